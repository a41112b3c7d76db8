# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Answers whoever connects to a local socket, each in a thread of its own.

Rules: only this user can open the socket, and those whom its directory lets in; the
kernel says who is there; one process at a time listens for an installation; a question
is one small frame that comes in time; places are bounded and each is given back; what
fails unexpectedly is told by its class alone.
Not here: what the answers are (`server/reader`, `server/keeper`), asking (`asking.py`).
"""

import fcntl
import os
import pwd
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from server import acl
from server.desk import asked_by, frames
from server.errors import (
    DeniedError,
    LimitError,
    OccupiedError,
    ServerError,
    StateError,
)
from server.key_files import have_directory, mode_of_new

if sys.platform == "win32":
    reason = "a collector's local sockets are on Linux"
    raise ImportError(reason)

Message = dict[str, object]
Answer = Callable[[Message, str, int], Generator[Message, None, None]]
"""Takes a question, the user who asks and the time; yields messages."""
CONNECTIONS = 32
"""At a time, those that say nothing among them: more would take descriptors from
the process's own work."""
QUESTION_SECONDS = 10.0
"""A question is one small frame from the same machine; who is slower is no command."""
QUESTION_BYTES = 256 * 1024
"""SQL of 64 KiB, escaped as JSON, and the rest."""
PATIENCE_SECONDS = 60.0
"""A person's terminal may stop this long (a pager) before the answer is ended."""
PAUSE_SECONDS = 0.2
"""Before the next try where no descriptor was free."""
_PEER = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Counter:
    """Where questions are answered.

    Attributes:
        name: what people call the process, such as "reader".
        answers: at a time; whoever comes then is told to try again.
        words: what `answers` counts, for people, such as "readings".
        answer: answers one question.
        known: numbers of the users who ask in their own name.
    """

    name: str
    answers: int
    words: str
    answer: Answer
    known: frozenset[int]


@contextmanager
def listening(path: Path, name: str) -> Iterator[socket.socket]:
    """Listen on a socket that only this user can open, and whom its directory lets in.

    Args:
        path: the socket, in a directory of its own; its lock lies beside it.
        name: what people call the process.

    Raises:
        OccupiedError: another process listens for this installation.
        StateError: none can.
    """
    try:
        have_directory(path.parent)
        place, mode = path.with_suffix(".lock"), mode_of_new(path)
        lock = os.open(place, os.O_RDWR | os.O_CREAT, mode)
    except OSError as error:
        msg = f"cannot use {path.parent}: {error.strerror}"
        raise StateError(msg) from None
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _take(lock, path, name)
        _bind(listener, path)
        yield listener
        path.unlink(missing_ok=True)
    finally:
        listener.close()
        os.close(lock)


def _take(lock: int, path: Path, name: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = (
            f"another {name} runs for {path.parents[2]}: stop it, or its `serve`, first"
        )
        raise OccupiedError(msg) from None


def _bind(listener: socket.socket, path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        before = os.umask(0o117 if acl.hands_down(path.parent) else 0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(CONNECTIONS)
    except OSError as error:
        why = error.strerror or "its path is too long, choose a shorter --directory"
        msg = f"cannot listen on {path}: {why}"
        raise StateError(msg) from None


def take_questions(
    listener: socket.socket, counter: Counter, ended: threading.Event
) -> None:
    """Give each person that connects a thread, until the end.

    Args:
        listener: from `listening`.
        counter: who answers.
        ended: set to end.
    """
    free = threading.BoundedSemaphore(counter.answers)
    places = threading.BoundedSemaphore(CONNECTIONS)
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:  # no descriptor is free, or the listener was closed
            ended.wait(PAUSE_SECONDS)
            continue
        if not places.acquire(blocking=False):
            connection.close()
            continue
        threading.Thread(
            target=_serve, args=(connection, counter, free, places), daemon=True
        ).start()


class Patient:
    """Reads from a connection until a moment, however slowly the bytes come."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._until = time.monotonic() + seconds

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or fewer where the stream ends.

        Raises:
            TimeoutError: they did not come in time.
        """
        found = bytearray()
        while len(found) < size:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            piece = self._connection.recv(size - len(found))
            found += piece
            if not piece:
                break
        return bytes(found)


def _serve(
    connection: socket.socket,
    counter: Counter,
    free: threading.BoundedSemaphore,
    places: threading.BoundedSemaphore,
) -> None:
    """Answer one person, and give the place back."""
    try:
        _answer(connection, counter, free)
    finally:
        places.release()


def _answer(
    connection: socket.socket, counter: Counter, free: threading.BoundedSemaphore
) -> None:
    """Take one question, answer it, and end."""
    with suppress(OSError), connection, connection.makefile("wb") as stream:
        try:
            message = frames.read(Patient(connection, QUESTION_SECONDS), QUESTION_BYTES)
            if message is None:
                return
            connection.settimeout(PATIENCE_SECONDS)
            now = int(time.time())
            if message == frames.ALIVE:
                frames.write(stream, {"end": {}})
                return
            number, user = _peer(connection)
            asked_by.check(number, message, counter.known)
            answers = counter.answer(message, user, now)
            with _place(free, counter), closing(answers):
                for answer in answers:
                    frames.write(stream, answer)
        except ServerError as error:
            frames.write(stream, {"error": _told(error)})
        except OSError:
            return  # the person went away
        except Exception as error:  # noqa: BLE001 - boundary: told by class only
            kind = type(error).__name__
            sys.stderr.write(
                f"{counter.name}: an answer failed unexpectedly ({kind})\n"
            )
            msg = f"the {counter.name} failed unexpectedly ({kind}): please report it"
            frames.write(stream, {"error": _told(ServerError(msg))})


@contextmanager
def _place(free: threading.BoundedSemaphore, counter: Counter) -> Iterator[None]:
    """Hold one of the places for answers."""
    if not free.acquire(blocking=False):
        msg = (
            f"{counter.answers} {counter.words} run already: try again when one is done"
        )
        raise LimitError(msg)
    try:
        yield
    finally:
        free.release()


def _told(error: ServerError) -> dict[str, object]:
    told: dict[str, object] = {"slug": error.slug, "sentence": str(error)}
    if isinstance(error, DeniedError):
        told["reason"] = error.reason
    return told


def _peer(connection: socket.socket) -> tuple[int, str]:
    """Return number and name of the user at the other end, by the kernel's word."""
    octets = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, number, _ = _PEER.unpack(octets)
    try:
        return number, pwd.getpwuid(number).pw_name
    except KeyError:
        return number, str(number)
