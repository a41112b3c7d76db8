# SPDX-License-Identifier: Apache-2.0
"""Notices in a person's own session: shown, answered there, and forged by nobody.

Rules: a real socket that systemd's own program hands over, a real session bus with a
desktop behind it, the real window; other users are real ones where root runs this.
Not here: that a session of the packaged agent has it (`tests/packaging`).
"""

import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

if sys.platform == "win32":
    pytest.skip("a person's session on Linux", allow_module_level=True)

from agent.__main__ import main
from agent.catalogue import declared
from agent.host.at_screen import SignedIn, signed_in, terminals_of
from agent.host.notice import Notice, Said
from agent.host.notice_line import LINE_BYTES, read_line, write_line
from agent.host.notice_socket import NAME, hand_over
from agent.host.notify import tell
from agent.orders.notices import notice
from agent.window.notifier import Session, attend
from agent.words import LANGUAGES, speech
from tests.desktop_room import HAS_DESKTOP, desktop
from tests.order_room import Room, alone
from tests.page_room import LOG
from tests.vectors import order_world
from tests.window_room import in_process, opened
from wire.order_state import OrderState
from wire.orders import Given

NOBODY = 65_534
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
HANDS_OVER = shutil.which("systemd-socket-activate")
PATIENCE = 30.0
ME = os.geteuid()
ORDER = "5f" * 16
TITLE, TEXT = "Discreet: a technician looks", "ana (ticket T-1) wants to know: <b>"
GERMAN = Said("Discreet: Ein Techniker sieht nach", "ana möchte wissen: <b>")
NOTICE = Notice({"en": Said(TITLE, TEXT), "de": GERMAN})
LONG = "\N{GRINNING FACE}"
"""A character of four octets."""


@pytest.fixture
def here(tmp_path: Path) -> Room:
    """Return a device whose technicians may ask."""
    return alone(tmp_path)


@contextmanager
def session(state: Path, runtime: Path) -> Iterator[None]:
    """Have a person's session wait for notices, as its unit has it."""
    name = NAME.format(user=ME)
    command = [
        *(HANDS_OVER or "", "--accept", "--inetd", f"--listen=@{name}"),
        *(
            "--setenv=XDG_RUNTIME_DIR",
            "--setenv=DISCREET_AGENT_WINDOW",
            "--setenv=LC_ALL",
        ),
        *(sys.executable, "-m", "agent", "--state", str(state), "notices"),
    ]
    variables = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "de_AT.UTF-8"}
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE) as waits:
        assert waits.stderr is not None
        try:
            assert b"Listening" in waits.stderr.readline()
            yield
        finally:
            waits.terminate()


def listening(user: int) -> socket.socket:
    """Return a socket in the place of a person's session."""
    made = socket.socket(socket.AF_UNIX)
    made.bind("\0" + NAME.format(user=user))
    made.listen()
    return made


def through(
    line: bytes,
    terminal: str = "",
    of: frozenset[int] = frozenset({ME}),
    language: str = "en",
) -> bytes:
    """Return what is answered to a line, where a person has one terminal at most."""
    ours, theirs = socket.socketpair()
    with ours, TemporaryDirectory() as folder:
        ours.sendall(line)
        ours.shutdown(socket.SHUT_WR)
        names = [terminal] if terminal else []
        attend(
            theirs,
            of,
            Session(speech(language), Path(folder) / "none", "/none", names, Path("/")),
        )
        with suppress(ConnectionResetError):
            return ours.recv(64)
    return b""


def test_a_notice_is_one_line_and_comes_back_whole() -> None:
    """Umlauts and signs are kept; a request is named in full or not at all."""
    told = Notice(
        {"en": Said("Title", "Te: xt"), "de": Said("T", "Grüße: <b>&")}, ORDER
    )
    assert read_line(write_line(told)) == told


def test_the_longest_notice_has_room() -> None:
    """In every language, whatever a technician wrote that a request can hold."""
    request = order_world.request(
        diagnostic="log_slice",
        parameters=tuple(Given(f"{n}{LONG * 63}", LONG * 253) for n in range(8)),
        **dict.fromkeys(("ticket", "asked_by"), LONG * 64),
        reason=LONG * 512,
    )
    told = notice(request, declared().datasets["log_slice"], asks=True)
    line = write_line(told)
    assert len(line) <= LINE_BYTES
    assert read_line(line) == told
    assert set(told.said) == set(LANGUAGES)
    for one in told.said.values():
        assert f"approve {request.id.hex()[:8]}" in one.text


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"\ten\tTitle\n",
        b"\ten\tTitle\tText",
        b"\ten\tTitle\tText\tmore\n",
        b"\ten\tTitle\tText\tde\tTitel\n",
        b"\ten\tTitle\tText\ten\tTitle\tText\n",
        b"\ten\tTitle\tText\t--\tTitle\tText\n",
        b"\tenglish\tTitle\tText\n",
        b"\ten\tTitle\tTe\x1b[2Jxt\n",
        b"\ten\tTitle\tText\nText\n",
        "\ten\tTitle\t\N{RIGHT-TO-LEFT OVERRIDE}Text\n".encode(),
        b"5f3c\ten\tTitle\tText\n",
        b"--help\ten\tTitle\tText\n",
        b"\ten\tTitle\t\xff\n",
        b"\ten\tTitle\t" + b"x" * LINE_BYTES + b"\n",
    ],
)
def test_what_is_no_notice_is_not_shown(line: bytes) -> None:
    """Too long, half, with controls or more parts: nothing is written anywhere."""
    ours, theirs = pty.openpty()
    try:
        os.fchmod(theirs, 0o620)
        assert read_line(line) is None
        assert through(line, os.ttyname(theirs)) == b""
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_terminal_is_told_where_no_desktop_is() -> None:
    """The text is on it, and only then does the agent hear that it was shown."""
    ours, theirs = pty.openpty()
    try:
        os.fchmod(theirs, 0o620)
        line = write_line(NOTICE)
        assert through(line, os.ttyname(theirs)) == b"shown\n"
        assert f"{TITLE}. {TEXT}" in os.read(ours, 4_096).decode()
        assert through(line, os.ttyname(theirs), language="de") == b"shown\n"
        told = os.read(ours, 4_096).decode()
        assert f"{GERMAN.title}. {GERMAN.text}" in told
        assert TEXT not in told
        os.fchmod(theirs, 0o600)  # mesg n: this person wants no messages
        assert through(line, os.ttyname(theirs)) == b"nobody\n"
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_file_in_the_place_of_a_terminal_is_none(tmp_path: Path) -> None:
    """What a session's file names is written to only if it is a terminal of theirs."""
    (tmp_path / "file").touch(0o620)
    assert through(b"\ten\tTitle\tText\n", str(tmp_path / "file")) == b"nobody\n"
    assert through(b"\ten\tTitle\tText\n", "dev/none") == b"nobody\n"
    assert not (tmp_path / "file").read_bytes()


def test_a_stranger_shows_nothing_in_somebodys_session() -> None:
    """Only root and the agent's user are heard; others are let go without a word."""
    ours, theirs = pty.openpty()
    try:
        os.fchmod(theirs, 0o620)
        line = b"\ten\tTitle\tText\n"
        assert through(line, os.ttyname(theirs), frozenset({NOBODY})) == b""
    finally:
        os.close(ours)
        os.close(theirs)


@ROOT
def test_who_has_taken_a_persons_place_is_told_nothing() -> None:
    """A socket of that name that is somebody else's is not the person's."""
    os.seteuid(NOBODY)
    try:
        taken = listening(1_000)
    finally:
        os.seteuid(0)
    with taken:
        assert not hand_over(1_000, NOTICE, 5.0)
        connection, _ = taken.accept()
        with connection:
            assert connection.recv(64) == b""


def test_nobody_waits_and_nobody_was_told() -> None:
    """Where no session waits that is all; one that never answers is left."""
    assert not hand_over(NOBODY, NOTICE, 0.1)
    with listening(ME):
        assert not hand_over(ME, NOTICE, 0.1)


@pytest.mark.slow
@HAS_DESKTOP
@pytest.mark.skipif(HANDS_OVER is None, reason="needs Debian's systemd")
def test_a_desktop_shows_what_comes_into_the_session(
    here: Room, tmp_path: Path
) -> None:
    """In their language; no right is needed but that one is who sits there."""
    people = [SignedIn(ME, graphical=False)]  # no other way to their desktop
    runtime = tmp_path / "runtime"
    with desktop(runtime) as shown, session(here.state.directory, runtime):
        assert tell(NOTICE, people=people, runtime=tmp_path)
        assert shown() == {
            "application": "Discreet",
            "title": GERMAN.title,
            "text": GERMAN.text.replace("<", "&lt;").replace(">", "&gt;"),
            "urgency": 1,
            "acts": [],
            "replaces": 0,
        }


@pytest.mark.slow
@HAS_DESKTOP
@pytest.mark.skipif(HANDS_OVER is None, reason="needs Debian's systemd")
@pytest.mark.parametrize(
    ("button", "state"),
    [("approve", OrderState.RECEIVED), ("deny", OrderState.DENIED)],
)
def test_a_button_answers_as_a_command_does(
    here: Room, tmp_path: Path, button: str, state: OrderState
) -> None:
    """A yes or a no goes over the window, and what had waited goes on, or ends."""
    order = here.send(here.request(**LOG))
    here.work(order)
    people = [SignedIn(ME, graphical=False)]  # no other way to their desktop
    runtime = tmp_path / "runtime"
    with (
        TemporaryDirectory() as folder,
        opened(here, Path(folder)),
        desktop(runtime, button) as shown,
        session(here.state.directory, runtime),
    ):
        asks = replace(NOTICE, asks=order)
        assert tell(asks, people=people, runtime=tmp_path)
        first, asks = shown(), shown()
        assert (first["acts"], first["urgency"], asks["replaces"]) == ([], 2, 1)
        assert asks["acts"] == ["approve", "Einmal erlauben", "deny", "Ablehnen"]
        until = time.monotonic() + PATIENCE
        while here.held(order).state is OrderState.ASKING and time.monotonic() < until:
            select.select([], [], [], 0.05)
        assert here.held(order).state is state


def test_who_is_signed_in_and_where(tmp_path: Path) -> None:
    """Who sits here first; people from elsewhere too; their own terminals alone."""
    for name, said in {
        "1": "UID=1000\nACTIVE=1\nREMOTE=1\nCLASS=user\nTYPE=tty\nTTY=pts/3\n",
        "2": "UID=1001\nACTIVE=1\nREMOTE=0\nCLASS=user\nTYPE=x11\nTTY=tty2\n",
        "3": "UID=1000\nACTIVE=1\nREMOTE=1\nCLASS=user\nTYPE=tty\nTTY=pts/4\n",
        "4": "UID=120\nACTIVE=1\nREMOTE=0\nCLASS=greeter\nTYPE=x11\n",
        "5": "UID=1000\nACTIVE=1\nREMOTE=1\nCLASS=user\nTYPE=unspecified\n",
    }.items():
        (tmp_path / name).write_text(said)
    assert signed_in(tmp_path) == [
        SignedIn(1001, graphical=True),
        SignedIn(1000, graphical=False, here=False),
    ]
    assert terminals_of(1000, tmp_path) == ["pts/3", "pts/4"]
    assert terminals_of(120, tmp_path) == []


def test_the_command_is_for_a_session(capfd: pytest.CaptureFixture[str]) -> None:
    """Who types it reads that the agent gives notices, and nothing is shown."""
    process = in_process(_typed)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert "a notice comes from the agent" in capfd.readouterr().err


def _typed() -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    main(["notices"])
