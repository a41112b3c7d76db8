# SPDX-License-Identifier: Apache-2.0
"""The window on Windows, and notices: a named pipe that really is one, and a page.

Rules: real processes; Wine has one user, who is everybody: who may not look or answer
is not shown here.
Not here: what may be asked (`tests/unit/agent/test_window.py`).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from wine_fixture import Windows, path

pytestmark = [pytest.mark.wine, pytest.mark.slow]
ASK = """
import json, sys
from agent.errors import AgentError
from agent.window.asking import ask
told = []
for question in sys.argv[1:]:
    try:
        told.append(ask(question).decode()[:200])
    except AgentError as problem:
        told.append("no: " + str(problem))
print(json.dumps(told))
"""
LISTEN = """
import sys
from pathlib import Path
from agent.state import State
from agent.window.pipe import serve
sys.stdout.write("ready")
sys.stdout.flush()
serve(State(Path(sys.argv[1])), {})
"""

HOLD = """
import win32con, win32file
from agent.window.pipe import place
access = win32con.GENERIC_READ | win32con.GENERIC_WRITE
held = win32file.CreateFile(place(), access, 0, None, win32con.OPEN_EXISTING, 0, None)
win32file.WriteFile(held, b"page en\\n")
"""
FORGED = """
import json, sys, threading
import win32file, win32pipe, win32security
from agent.window.pipe import exchange, place
words = sys.argv[1] + "D:(A;;GA;;;WD)"
rights = win32security.SECURITY_ATTRIBUTES()
rights.SECURITY_DESCRIPTOR = (
    win32security.ConvertStringSecurityDescriptorToSecurityDescriptor(words, 1)
)
pipe = win32pipe.CreateNamedPipe(place(), 3, 0, 1, 4096, 4096, 0, rights)
def answer():
    win32pipe.ConnectNamedPipe(pipe, None)
    try:
        win32file.ReadFile(pipe, 80)
        win32file.WriteFile(pipe, b"ok\\nsaid")
        win32file.FlushFileBuffers(pipe)
    except win32file.error:
        pass
    win32pipe.DisconnectNamedPipe(pipe)
threading.Thread(target=answer, daemon=True).start()
try:
    print(json.dumps(exchange(b"page en\\n").decode()))
except PermissionError:
    print(json.dumps("not asked"))
"""


@pytest.fixture
def window(windows: Windows, tmp_path: Path) -> Iterator[None]:
    """Have a window open."""
    started = subprocess.Popen(
        windows.command("-c", LISTEN, path(tmp_path / "state")),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert started.stdout is not None
    started.stdout.read(5)
    yield
    started.kill()
    started.communicate(timeout=200)


@pytest.mark.usefixtures("window")
def test_a_page_comes_over_the_pipe(windows: Windows, tmp_path: Path) -> None:
    """One question after another is answered, and nothing else can be asked."""
    asked = "page de", "approve 5f3c01aa", "run cmd", "page en"
    first, second, third, fourth = windows.told(ASK, *asked)
    assert first.startswith('<!doctype html>\n<html lang="de">')
    assert second == "no: this machine is not enrolled: run discreet-agent enrol TOKEN"
    assert third.startswith("no: the agent at the other end is of another release")
    assert fourth.startswith('<!doctype html>\n<html lang="en">')
    state = path(tmp_path / "state")
    done = windows.python("-m", "agent", "--state", state, "window", code=2)
    assert "there is a window already" in done.stderr


@pytest.mark.usefixtures("window")
def test_who_takes_no_answer_is_let_go(windows: Windows) -> None:
    """One that asks and does not read what comes keeps no other out."""
    first, second = windows.told(HOLD + ASK, "page de", "page en")
    assert second.startswith('<!doctype html>\n<html lang="en">')
    assert first.startswith(("<!doctype html>", "no: nothing answers"))


def test_nobody_else_is_asked(windows: Windows) -> None:
    """A pipe that others made in the window's place hears no question."""
    assert windows.told(FORGED, "O:BU") == "not asked"
    assert windows.told(FORGED, "O:BA") == "ok\nsaid"


def test_nobody_there_is_said_in_a_sentence(windows: Windows) -> None:
    """Where no window is open, the person reads what to do."""
    (said,) = windows.told(ASK, "page en")
    assert said.startswith("no: nothing answers at this machine's window")


def test_a_notice_blocks_nothing(windows: Windows) -> None:
    """Wine lists no session, takes no message and has no screen: nobody is told."""
    script = "import json\nfrom agent.host.notice import Notice, Said\n"
    script += "from agent.host.notify import tell\nsaid = {'en': Said('Title', 'Text')}"
    script += "\nprint(json.dumps([tell(Notice(said)), tell(Notice(said, '5f' * 16))]))"
    assert windows.told(script) == [False, False]
