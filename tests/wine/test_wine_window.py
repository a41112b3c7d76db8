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


def test_nobody_there_is_said_in_a_sentence(windows: Windows) -> None:
    """Where no window is open, the person reads what to do."""
    (said,) = windows.told(ASK, "page en")
    assert said.startswith("no: nothing answers at this machine's window")


def test_a_notice_blocks_nothing(windows: Windows) -> None:
    """Wine has no session of anybody: nobody is told, at once, and nothing fails."""
    script = "import json\nfrom agent.host.notify import tell\nprint(json.dumps("
    script += "[tell('Title', 'Text'), tell('Title', 'Text', lasting=True)]))"
    assert windows.told(script) == [False, False]
