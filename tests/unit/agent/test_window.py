# SPDX-License-Identifier: Apache-2.0
"""The window: who may look at the page, who may answer, and who is let go.

Rules: a real socket, real processes, and a user without rights where there is one.
Not here: what the page shows (`test_window_page.py`).
"""

import os
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.__main__ import main
from agent.errors import AgentError
from agent.host.at_screen import SignedIn, at_screen
from agent.orders.consent import AT_SCREEN
from agent.window import unix
from agent.window.asking import ask
from agent.window.bounds import QUESTION_BYTES
from agent.window.door import answer
from tests.order_room import Room, alone
from tests.page_room import LOG
from tests.window_room import Window, in_process, opened
from wire.ledger import ENTRY
from wire.order_state import OrderState

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a Unix socket")
NOBODY = 65_534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
PATIENCE = 30.0
LET_GO = 15.0
APPROVED = "order-approved"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """Return the window of a device, of which a request waits for an answer."""
    here = alone(tmp_path)
    with TemporaryDirectory() as folder, opened(here, Path(folder)) as found:
        yield found


def _asked(here: Room) -> str:
    order = here.send(here.request(**LOG))
    here.work(order)
    return order


@ROOT
@pytest.mark.slow
def test_anybody_at_the_machine_can_look(window: Window) -> None:
    """A user who cannot read the state gets the page, in the language they want."""
    assert "<h1>What Discreet reads on this machine</h1>" in window.ask(
        "page en", NOBODY
    )
    assert '<html lang="de">' in window.ask("page de", NOBODY)


@ROOT
@pytest.mark.slow
def test_who_does_not_sit_here_cannot_answer(window: Window) -> None:
    """Neither yes nor no of another user changes anything; the administrator's do."""
    order = _asked(window.here)
    for act in ("approve", "deny"):
        said = window.ask(f"{act} {order[:8]}", NOBODY)
        assert said.startswith("no: only who sits at this machine")
    assert window.here.held(order).state is OrderState.ASKING
    assert window.ask(f"deny {order[:8]}") == order
    assert window.here.held(order).state is OrderState.DENIED


@ROOT
@pytest.mark.slow
def test_commands_of_others_go_through_the_window(window: Window) -> None:
    """Who cannot look into the state gets the page, and is told of it elsewhere."""
    state = ["--state", str(window.here.state.directory)]
    window.here.state.directory.parent.chmod(0o711)

    def said(*command: str) -> str:
        reading, writing = os.pipe()

        def work() -> None:
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.dup2(writing, 1)
            os.dup2(writing, 2)
            sys.stdout = sys.stderr = os.fdopen(1, "w", encoding="utf-8")
            main([*state, *command])
            sys.stdout.flush()

        process = in_process(work)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read().decode()
        os.waitpid(process, 0)
        return told

    assert "<!doctype html>" in said("page", "--to", "-")
    assert "discreet-agent page shows them to you" in said("diagnostics")
    assert "only who sits at this machine" in said("diagnostics", "approve", "00")


def test_who_sits_here_can_answer(window: Window) -> None:
    """A yes has the request begin, as one of the administrator has."""
    order = _asked(window.here)
    said = answer(
        window.here.state, f"approve {order[:8]}\n".encode(), lambda: AT_SCREEN
    )
    assert said == b"ok\n" + order.encode()
    assert window.here.held(order).consent == "yes"
    with window.here.device() as device:
        entries, _ = device.spool.ledger()
    bodies = [(ENTRY.decode(entry).act, body or b"") for entry, body, _ in entries]
    assert [AT_SCREEN.encode() in body for act, body in bodies if act == APPROVED] == [
        True
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "question",
    [
        b"\n",
        b"page\n",
        b"page ../../etc/passwd\n",
        b"run id\n",
        b"\xff\xfe\n",
        b"x" * QUESTION_BYTES,
        b"x" * 10_000,
    ],
)
def test_nothing_else_can_be_asked(window: Window, question: bytes) -> None:
    """Any other question is refused in a sentence, or let go; the next one is heard."""
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(PATIENCE)
        made.connect(str(window.path))
        made.sendall(question)
        try:
            said = made.recv(1_000)
        except ConnectionResetError:
            said = b"no\n"
    assert said.startswith(b"no\n")
    assert window.ask("page en").startswith("<!doctype html>")


@pytest.mark.slow
def test_who_says_nothing_is_let_go(window: Window) -> None:
    """One that connects and waits, or leaves, keeps no other out."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(window.path))
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(str(window.path))
        assert window.ask("page en").startswith("<!doctype html>")


@pytest.mark.slow
def test_who_says_it_octet_by_octet_is_let_go(window: Window) -> None:
    """One that is never quite silent keeps others out no longer than a silent one."""
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(window.path))
        began = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(QUESTION_BYTES):
                slow.sendall(b"x")
                if select.select([slow], [], [], 0.5)[0]:
                    break  # it was let go
        assert time.monotonic() - began < LET_GO


def test_nobody_there_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no window is open, the person reads what to do."""
    monkeypatch.setenv(unix.VARIABLE, str(tmp_path / "window"))
    with pytest.raises(AgentError, match="look-from-the-machine"):
        ask("page en")


def test_one_that_systemd_started_ends_when_nobody_asks(window: Window) -> None:
    """It takes over the socket that waits, and leaves it to the next."""
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(str(window.path.with_name("handed")))
        waiting.listen()

        def work() -> None:
            os.dup2(waiting.fileno(), 3)
            unix.serve(window.here.state, {"LISTEN_PID": str(os.getpid())}, 0.05)

        _, status = os.waitpid(in_process(work), 0)
    assert status == 0


def test_a_place_that_cannot_be_is_said(window: Window) -> None:
    """Who may not make the socket reads what to do."""
    window.path.unlink()
    window.path.mkdir()
    with pytest.raises(AgentError, match="own user"):
        unix.serve(window.here.state, {})


def test_who_sits_at_the_machine(tmp_path: Path) -> None:
    """Active people who are not from elsewhere; no greeter, nothing of bad files."""
    for name, words in {
        "1": "UID=1000\nACTIVE=1\nREMOTE=0\nCLASS=user\nTYPE=wayland\n",
        "2": "UID=1001\nACTIVE=1\nREMOTE=1\nCLASS=user\nTYPE=tty\n",
        "3": "UID=1002\nACTIVE=0\nREMOTE=0\nCLASS=user\nTYPE=x11\n",
        "c1": "UID=120\nACTIVE=1\nREMOTE=0\nCLASS=greeter\nTYPE=x11\n",
        "4": "UID=1003\nACTIVE=1\nREMOTE=0\nCLASS=user\nTYPE=tty\n",
        "5": "UID=zero\nACTIVE=1\nCLASS=user\n",
    }.items():
        (tmp_path / name).write_text(words)
    (tmp_path / "6").write_bytes(b"\xff")
    (tmp_path / "7").mkdir()
    assert at_screen(tmp_path) == [
        SignedIn(1000, graphical=True),
        SignedIn(1003, graphical=False),
    ]
    assert at_screen(tmp_path / "none") == []
