# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The reader's process: `python -I -m server.reader --directory DIR`.

Rules: one process for one installation holds the keyring; it listens on a Unix socket
that only its own user can open, and asks the kernel who is there; marks and pseudonym
keys are looked at several times a second and wait for no query.
Not here: what a reading is (`requests.py`), the duties themselves (`duties.py`).
"""

import argparse
import fcntl
import os
import pwd
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from policies import catalogue
from server import configuration
from server.errors import DeniedError, LimitError, ServerError, StateError
from server.gate.privileges import forbid_core_dumps
from server.keyring import open_keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.query import frames
from server.reader import accounting
from server.reader.duties import give_up_holes, send_pseudonym_keys, sign_marks
from server.reader.folding import FoldJob
from server.reader.mending import Mender
from server.reader.requests import Desk, Message, parse
from server.reader.standing import policy_in_force
from server.statements import Statements
from server.store.sqlite import open_store
from wire.errors import WireError
from wire.policy import PolicyStatement

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

READY = "reader listening on "
"""Start of the one line that says that requests are taken."""
TICK_SECONDS = 0.2
"""How often chains are looked at: a device waits no longer for its mark."""
DEVICES_SECONDS = 1.0
"""How often devices are looked at for pseudonym keys: a look at each message."""
HOLES_SECONDS = 60.0
"""How often holes are looked at that nobody can fill: each waits a day anyway."""
FOLD_SECONDS = 60.0
"""How often the fold job looks for work: a reading costs little more meanwhile."""
READINGS = 4
"""At a time: each may hold half a gigabyte."""
PATIENCE_SECONDS = 60.0
"""A person's terminal may stop this long (a pager) before the reading is ended."""
CONNECTIONS = 32
"""At a time, readings among them: more would take descriptors from the marks."""
REQUEST_SECONDS = 10.0
"""A request is one small frame from the same machine; who is slower is no command."""
REQUEST_BYTES = 256 * 1024
"""SQL of 64 KiB, escaped as JSON, and the rest."""
FOLD_NOW = {"job": "fold"}
"""What `discreet-server fold` asks."""
_PEER = struct.Struct("3i")


def main(arguments: Sequence[str]) -> int:
    """Run the reader until it is told to end.

    Returns:
        The exit code, as in docs/exit-codes.md.
    """
    parser = argparse.ArgumentParser(prog="server.reader")
    parser.add_argument("--directory", type=Path, required=True)
    layout = Layout(parser.parse_args(arguments).directory)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=_follow, args=(ended,), daemon=True).start()
    try:
        forbid_core_dumps()
        run(layout, ended, lambda: print(f"{READY}{layout.socket}", flush=True))  # noqa: T201 - the ready line is this program's output
    except (ServerError, WireError) as error:
        sys.stderr.write(f"reader: {error}\n")
        return getattr(error, "exit_code", StateError.exit_code)
    return 0


def _follow(ended: threading.Event) -> None:
    """End when the pipe from whoever started this process closes."""
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        while os.read(0, 1):
            pass
        ended.set()


def run(layout: Layout, ended: threading.Event, ready: Callable[[], None]) -> None:
    """Serve until `ended` is set.

    Args:
        layout: the installation.
        ended: set to end.
        ready: called once requests are taken.

    Raises:
        ServerError: the reader cannot start.
    """
    with _opened(layout) as desk, _listening(layout.socket) as listener:
        duties = _Duties(desk)
        duties.round(int(time.time()))
        threading.Thread(
            target=_take_requests, args=(listener, desk, ended), daemon=True
        ).start()
        threading.Thread(target=_fold, args=(desk, ended), daemon=True).start()
        ready()
        while not ended.wait(TICK_SECONDS):
            duties.round(int(time.time()))


@contextmanager
def _opened(layout: Layout) -> Iterator[Desk]:
    """Open everything that a reading needs, and close it afterwards."""
    tenant = configuration.read(layout).tenant
    with ExitStack() as stack:
        store = open_store(layout.store)
        stack.callback(store.close)
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)

        def policy(now: int) -> PolicyStatement:
            statements = Statements(layout.authority / "statements.sqlite")
            try:
                return policy_in_force(statements, tenant, now)
            finally:
                statements.close()

        mender = Mender(store, keyring.store_role_key())
        known = catalogue()
        job = FoldJob(store, keyring, ledger, known)
        yield Desk(layout, store, keyring, ledger, known, policy, mender, job=job)


class _Duties:
    """Marks, pseudonym keys, holes; what fails is told once and tried again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._role = desk.keyring.store_role_key()
        self._looked = self._searched = -HOLES_SECONDS
        self._told = ""

    def round(self, now: int) -> None:
        """Do what is due."""
        desk = self._desk
        try:
            sign_marks(desk.store, self._role, now)
            if time.monotonic() - self._looked >= DEVICES_SECONDS:
                self._looked = time.monotonic()
                policy = desk.policy(now)
                send_pseudonym_keys(desk.store, desk.keyring, self._role, policy, now)
            if time.monotonic() - self._searched >= HOLES_SECONDS:
                self._searched = time.monotonic()
                give_up_holes(desk.store, desk.ledger, now)
            self._told = ""
        except (ServerError, WireError) as error:
            if str(error) != self._told:
                self._told = str(error)
                sys.stderr.write(f"reader: {self._told}\n")


def _fold(desk: Desk, ended: threading.Event) -> None:
    """Run the fold job, beside all else; what fails is told once and tried again."""
    told = ""
    while not ended.wait(FOLD_SECONDS):
        now = int(time.time())
        try:
            settings = configuration.read(desk.layout)
            if desk.job is not None:
                desk.job.batch(settings, desk.policy(now).policy, now)
            told = ""
        except (ServerError, WireError) as error:
            if str(error) != told:
                told = str(error)
                sys.stderr.write(f"reader: fold: {told}\n")


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """Listen on a socket that only this user can open; one reader at a time."""
    try:
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        msg = f"cannot use {path.parent}: {error.strerror}"
        raise StateError(msg) from None
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(CONNECTIONS)
        yield listener
        path.unlink(missing_ok=True)
    except BlockingIOError:
        msg = f"another reader runs for {path.parent.parent}: stop its `serve` first"
        raise StateError(msg) from None
    except OSError as error:
        reason = error.strerror or "its path is too long, choose a shorter --directory"
        msg = f"cannot listen on {path}: {reason}"
        raise StateError(msg) from None
    finally:
        listener.close()
        os.close(lock)


def _take_requests(listener: socket.socket, desk: Desk, ended: threading.Event) -> None:
    """Give each person that connects a thread."""
    free = threading.BoundedSemaphore(READINGS)
    places = threading.BoundedSemaphore(CONNECTIONS)
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:  # no descriptor is free, or the listener was closed
            ended.wait(TICK_SECONDS)
            continue
        if not places.acquire(blocking=False):
            connection.close()
            continue
        threading.Thread(
            target=_serve, args=(connection, desk, free, places), daemon=True
        ).start()


class _Patient:
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
    desk: Desk,
    free: threading.BoundedSemaphore,
    places: threading.BoundedSemaphore,
) -> None:
    """Answer one person, and give the place back."""
    try:
        _answer(connection, desk, free)
    finally:
        places.release()


def _answer(
    connection: socket.socket, desk: Desk, free: threading.BoundedSemaphore
) -> None:
    """Take a request for one reading, answer it, and end."""
    with suppress(OSError), connection, connection.makefile("wb") as stream:
        try:
            message = frames.read(_Patient(connection, REQUEST_SECONDS), REQUEST_BYTES)
            if message is None:
                return
            connection.settimeout(PATIENCE_SECONDS)
            now = int(time.time())
            answers = _asked(desk, message, _peer(connection), now)
            with _place(free), closing(answers):
                for answer in answers:
                    frames.write(stream, answer)
        except ServerError as error:
            frames.write(stream, {"error": _told(error)})
        except OSError:
            return  # the person went away
        except Exception as error:  # noqa: BLE001 - boundary: told by class only
            name = type(error).__name__
            sys.stderr.write(f"reader: a reading failed unexpectedly ({name})\n")
            msg = f"the reading failed unexpectedly ({name}): please report it"
            frames.write(stream, {"error": _told(ServerError(msg))})


def _asked(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Message, None, None]:
    """Return the answers to what somebody asks."""
    if message == FOLD_NOW:
        return desk.folded(now)
    if message.get("job") == accounting.JOB:
        request = {name: held for name, held in message.items() if name != "job"}
        return accounting.counted(desk, parse(request, user), now)
    return desk.answer(parse(message, user), now)


@contextmanager
def _place(free: threading.BoundedSemaphore) -> Iterator[None]:
    """Hold one of the places for readings."""
    if not free.acquire(blocking=False):
        msg = f"{READINGS} readings run already: try again when one is done"
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


def _peer(connection: socket.socket) -> str:
    """Return the name of the user at the other end, by the kernel's word."""
    octets = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, number, _ = _PEER.unpack(octets)
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
