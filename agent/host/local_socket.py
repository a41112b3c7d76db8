# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""A Unix socket's ends on one machine: who is there, and one short line.

Rules: the kernel says who asks, and nothing that comes over the socket; a line has a
bound in bytes, and in time for the whole of it, however many pieces it comes in.
Not here: what is asked (`agent/window`, `agent/privileged`).
Source: unix(7), sd_listen_fds(3).
"""

import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path

from agent.errors import UsageError

if sys.platform == "win32":
    reason = "agent.host.local_socket is for Linux"
    raise ImportError(reason)

_LEAST_SECONDS = 0.001
"""A socket takes no time that is over: this is as good."""
_CHUNK = 65_536
_QUEUE = 8
_FIRST = 3
"""The first descriptor that systemd hands over."""
_CREDENTIALS = struct.Struct("3i")


def peer(connection: socket.socket) -> int:
    """Return who is at the other end, as the kernel knows it."""
    octets = connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
    )
    _, user, _ = _CREDENTIALS.unpack(octets)
    return int(user)


def line(connection: socket.socket, limit: int, seconds: float) -> bytes:
    """Return a line; without its end where it is too long, empty where none comes.

    Raises:
        OSError: who asks is slow.
    """
    question = b""
    until = time.monotonic() + seconds
    while not question.endswith(b"\n") and len(question) < limit:
        connection.settimeout(max(until - time.monotonic(), _LEAST_SECONDS))
        part = connection.recv(limit - len(question))
        if not part:
            return b""
        question += part
    return question


def exchange(
    path: Path | str, question: bytes, seconds: float, most: int, of: Container[int]
) -> bytes:
    """Ask, and return all that is answered.

    Args:
        path: where the socket is; a name of no file where it begins with a NUL.
        question: a line with its end.
        seconds: between two pieces of the answer.
        most: bytes of it.
        of: users who may answer.

    Raises:
        OSError: nobody who may answer does, or too much.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.settimeout(seconds)
        made.connect(str(path))
        if peer(made) not in of:
            raise PermissionError
        made.sendall(question)
        parts: list[bytes] = []
        while part := made.recv(_CHUNK):
            parts.append(part)
            if sum(map(len, parts)) > most:
                raise OSError
        return b"".join(parts)


def attend(
    path: Path,
    mode: int,
    environment: Mapping[str, str],
    idle: float,
    answer: Callable[[socket.socket], None],
) -> None:
    """Answer until told to end, or until nobody asks where systemd listens.

    Args:
        path: where the socket is.
        mode: who may connect.
        environment: says whether systemd hands the socket over.
        idle: seconds without a question after which one that systemd started ends.
        answer: answers one connection; who is slow or gone is an OSError.

    Raises:
        UsageError: there can be no socket at that place.
    """
    handed = environment.get("LISTEN_PID") == str(os.getpid())
    with _handed() if handed else _bound(path, mode) as listener:
        while True:
            ready, _, _ = select.select([listener], [], [], idle if handed else None)
            if not ready:
                return
            with suppress(OSError):  # it has gone, or is slow: the next one's turn
                connection, _ = listener.accept()
                with connection:
                    answer(connection)


def _handed() -> socket.socket:
    return socket.socket(fileno=_FIRST)


def _bound(path: Path, mode: int) -> socket.socket:
    """Return a socket at a place."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o755, exist_ok=True)
        with suppress(FileNotFoundError):
            path.unlink()
        made.bind(str(path))
        path.chmod(mode)
        made.listen(_QUEUE)
    except OSError:
        made.close()
        msg = f"there can be no socket at {path}: run as the agent's own user"
        raise UsageError(msg) from None
    return made
