# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The window on Linux: a Unix socket, one question at a time, each in a child.

Rules: the kernel says who asks (SO_PEERCRED), and nothing that comes over the socket;
who asks slowly or too much is let go; what waits here loads nothing of what answers,
and ends by itself where systemd starts it again.
Not here: what may be asked (`door.py`).
Source: unix(7), sd_listen_fds(3).
"""

import os
import select
import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from agent.errors import UsageError
from agent.host.at_screen import at_screen
from agent.host.child import in_child
from agent.host.ended import Ceiling
from agent.orders.consent import ADMINISTRATOR, AT_SCREEN
from agent.state import State
from agent.window.bounds import ANSWER_BYTES, QUESTION_BYTES

if sys.platform == "win32":
    reason = "agent.window.unix is for Linux"
    raise ImportError(reason)

SOCKET = Path("/run/discreet-agent/window")
"""In a directory that only the agent's own user can write."""
VARIABLE = "DISCREET_AGENT_WINDOW"
"""Names another socket than the default one."""
_QUESTION_SECONDS = 2.0
"""For the whole of it, however many pieces it comes in."""
_LEAST_SECONDS = 0.001
"""A socket takes no time that is over: this is as good."""
_ANSWER_SECONDS = 30.0
_IDLE_SECONDS = 60.0
"""After which one that systemd has started ends; the next question starts another."""
_QUEUE = 8
_FIRST = 3
"""The first descriptor that systemd hands over."""
_CREDENTIALS = struct.Struct("3i")
_CEILING = Ceiling(256 * 1024 * 1024, 20, low=True)
"""Twice what the fullest page needs; it stands back for everything else."""
_CHUNK = 65_536


def place() -> Path:
    """Return where the socket is."""
    return Path(os.environ.get(VARIABLE) or SOCKET)


def exchange(question: bytes) -> bytes:
    """Ask, and return all that is answered.

    Raises:
        OSError: nobody who may answer does.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.settimeout(_ANSWER_SECONDS)
        made.connect(str(place()))
        owner = Path(place()).parent.stat().st_uid
        if _peer(made) not in {0, owner, os.geteuid()}:
            raise PermissionError
        made.sendall(question)
        parts: list[bytes] = []
        while part := made.recv(_CHUNK):
            parts.append(part)
            if sum(map(len, parts)) > ANSWER_BYTES:
                raise OSError
        return b"".join(parts)


def serve(
    state: State, environment: Mapping[str, str], idle: float = _IDLE_SECONDS
) -> None:
    """Answer until told to end, or until nobody asks where systemd listens.

    Args:
        state: the state directory, of this process's own user.
        environment: says whether systemd hands the socket over.
        idle: seconds without a question after which one that systemd started ends.

    Raises:
        UsageError: there can be no socket at that place.
    """
    handed = environment.get("LISTEN_PID") == str(os.getpid())
    with _handed() if handed else _bound(place()) as listener:
        while True:
            ready, _, _ = select.select([listener], [], [], idle if handed else None)
            if not ready:
                return
            with suppress(OSError):  # it has gone, or is slow: the next one's turn
                connection, _ = listener.accept()
                with connection:
                    _answer(state, connection)


def _answer(state: State, connection: socket.socket) -> None:
    question = b""
    until = time.monotonic() + _QUESTION_SECONDS
    while not question.endswith(b"\n") and len(question) < QUESTION_BYTES:
        connection.settimeout(max(until - time.monotonic(), _LEAST_SECONDS))
        part = connection.recv(QUESTION_BYTES - len(question))
        if not part:
            return
        question += part

    def work() -> bytes:
        from agent.window.door import answer  # noqa: PLC0415 - the child's alone

        return answer(state, question, partial(answers_as, _peer(connection)))

    ended = in_child(work, _ANSWER_SECONDS, ANSWER_BYTES, ceiling=_CEILING)
    connection.settimeout(_ANSWER_SECONDS)
    connection.sendall(ended.report)


def answers_as(user: int) -> str:
    """Return as what a user may say yes or no here; empty for not at all."""
    if user in {0, os.geteuid()}:
        return ADMINISTRATOR
    return AT_SCREEN if user in {one.user for one in at_screen()} else ""


def _peer(connection: socket.socket) -> int:
    """Return who is at the other end, as the kernel knows it."""
    octets = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
    )
    _, user, _ = _CREDENTIALS.unpack(octets)
    return int(user)


def _handed() -> socket.socket:
    return socket.socket(fileno=_FIRST)


def _bound(path: Path) -> socket.socket:
    """Return a socket that everybody here may connect to."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o755, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        made.bind(str(path))
        path.chmod(0o666)
        made.listen(_QUEUE)
    except OSError:
        made.close()
        msg = f"there can be no window at {path}: run as the agent's own user"
        raise UsageError(msg) from None
    return made
