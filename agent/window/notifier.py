# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Shows one notice of the agent in the session of a person, and takes their answer.

Rules: runs as that person, for one line that came over their own socket, and ends; who
gave it must be root or the agent's user, and the kernel says so; what is answered is
that the text reached a desktop or a terminal of theirs, and never that it was tried; a
yes or a no goes over the window, where it is judged as one that was typed.
Not here: the line (`agent/host/notice_line.py`), who may answer (`door.py`).
Source: systemd.socket(5) Accept=, the Desktop Notifications Specification, mesg(1).
"""

import os
import socket
import stat
import sys
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.budget import ASK_SECONDS
from agent.errors import AgentError
from agent.host.at_screen import terminals_of
from agent.host.desktop_notice import PROGRAM, command_for, show
from agent.host.local_socket import line, peer
from agent.host.notice import Said
from agent.host.notice_line import LINE_BYTES, NOBODY, SHOWN, read_line
from agent.words import Speech

if sys.platform == "win32":
    reason = "agent.window.notifier is for Linux"
    raise ImportError(reason)

_LINE_SECONDS = 2.0
_SHOW_SECONDS = 2.0
_DEVICES = Path("/dev")
_TITLE = "Discreet"
_ACTS = ("approve", "deny")
"""What a desktop's buttons are called, as the window knows them."""


@dataclass(frozen=True, slots=True)
class Session:
    """The session that a notice is shown in.

    Attributes:
        speech: the person's language.
        folder: the person's own, with the socket of their bus.
        program: what shows a notice on a desktop.
        terminals: theirs, below `devices`; None to look.
        devices: where terminals are.
    """

    speech: Speech
    folder: Path
    program: str = PROGRAM
    terminals: Sequence[str] | None = None
    devices: Path = _DEVICES


def attend(connection: socket.socket, of: Container[int], session: Session) -> str:
    """Show the notice of one connection; return the answer that the window is to have.

    Args:
        connection: over which it comes; closed as soon as it is known who has read it.
        of: users whose notices are shown.
        session: where.

    Returns:
        A question of the window; empty where nobody has chosen one.
    """
    with connection:
        if peer(connection) not in of:
            return ""
        given = read_line(line(connection, LINE_BYTES, _LINE_SECONDS))
        if given is None:
            return ""
        said, asks = given.of(session.speech.language), bool(given.asks)
        number = _on_desktop(said, session, asks=asks)
        shown = number is not None or _written(said, session)
        connection.settimeout(_LINE_SECONDS)
        with suppress(OSError):  # the agent waits no longer
            connection.sendall(SHOWN if shown else NOBODY)
            connection.shutdown(socket.SHUT_RDWR)  # standard input is it as well
    if not given.asks or not number:
        return ""
    act = _chosen(said, session, number)
    return f"{act} {given.asks}" if act in _ACTS else ""


def _on_desktop(said: Said, session: Session, *, asks: bool) -> str | None:
    """Show a notice without buttons; None where no desktop has taken it.

    Returns:
        The desktop's number of it; empty where its program does not tell.
    """
    told = _show(said, session, "--print-id", asks=asks)
    if told is None:
        told = _show(said, session, asks=asks)  # an older program
        return None if told is None else ""
    number = told.decode("ascii", "replace").strip()
    return number if number.isdecimal() else ""


def _show(
    said: Said,
    session: Session,
    *options: str,
    asks: bool = False,
    seconds: float = _SHOW_SECONDS,
) -> bytes | None:
    """Show a notice; None where that was not done, else what the program printed."""
    command = command_for(said, *options, asks=asks, program=session.program)
    return show(command, session.folder, os.geteuid(), seconds)


def _written(said: Said, session: Session) -> bool:
    """Write a notice to this person's terminals; tell whether any has taken it."""
    names = session.terminals
    if names is None:
        names = terminals_of(os.geteuid())
    octets = f"\r\n{said.title}. {said.text}\r\n".encode()
    return any(_write(session.devices / name, octets) for name in names)


def _write(terminal: Path, octets: bytes) -> bool:
    """Write to a terminal that is this person's and takes messages."""
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW
    with suppress(OSError):
        opened = os.open(terminal, flags)
        try:
            facts = os.fstat(opened)
            theirs = facts.st_uid == os.geteuid() and os.isatty(opened)
            if theirs and facts.st_mode & stat.S_IWGRP:
                return os.write(opened, octets) == len(octets)
        finally:
            os.close(opened)
    return False


def _chosen(said: Said, session: Session, number: str) -> str:
    """Give a notice that is shown two buttons; return which was chosen, or nothing."""
    buttons = [f"--action={act}={session.speech.text(f'act-{act}')}" for act in _ACTS]
    options = f"--replace-id={number}", *buttons
    chosen = _show(said, session, *options, asks=True, seconds=ASK_SECONDS) or b""
    return chosen.decode("ascii", "replace").strip()


def answer(question: str, session: Session) -> None:
    """Give the window an answer; say on the desktop why it was not taken."""
    from agent.window.asking import ask  # noqa: PLC0415 - only where one was chosen

    try:
        ask(question)
    except AgentError as problem:
        _show(Said(_TITLE, f"{problem}."), session)
