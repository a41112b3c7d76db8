# SPDX-License-Identifier: Apache-2.0
"""The gate's process: `python -I -m server.gate --gate DIR --store FILE ...`.

Rules: it is given its own directory, the store and a socket, and nothing else; TLS 1.3
only; keys are read and rights given up before the first connection; a renewed
certificate is used without a restart; it ends with one
sentence and an exit code when it cannot start, and when whoever started it is gone.
Not here: what is answered (`app.py`), starting it again (`server/serve.py`).
"""

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server import configuration_intake
from server.configuration_intake import IntakeSettings
from server.configuration_metrics import Where, where
from server.errors import ServerError, StateError
from server.figures.listening import shown
from server.gate import privileges
from server.gate.admissions import Admissions
from server.gate.app import Gate
from server.gate.bounds import (
    ADDRESS_CONNECTIONS,
    CONNECTIONS,
    OTHER_DESCRIPTORS,
    RECEIVE_BYTES,
)
from server.gate.buffers import give_buffers_back
from server.gate.certificate import Certificate
from server.gate.door import Door
from server.gate.garbage import spare_what_stays
from server.gate.intake.buffer import Buffer
from server.gate.protocol import Post
from server.gate.serving import Among, Server, configured, listen, quieten
from server.key_files import read_signing_key
from server.layout import UPDATES
from server.opening import open_at
from server.processes import Process
from server.store.bounds import DEVICE_DAY_BYTES
from server.store.interface import Quotas
from wire.limits import MESSAGE_BYTES

READY = "gate listening on "
"""Start of the one line that says that connections are taken."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the gate is started with; `fd` wins over `host` and `port`."""

    directory: Path
    store: str
    host: str
    port: int
    fd: int | None
    user: str | None
    lifeline: bool
    connections: int = CONNECTIONS
    quotas: Quotas = field(default_factory=Quotas)
    among: Among = field(default_factory=Among)
    metrics: Where | None = None
    intake: IntakeSettings | None = None


def main(arguments: Sequence[str]) -> int:
    """Run the gate until it is told to end.

    Returns:
        The exit code, as in docs/exit-codes.md.
    """
    options = _options(arguments)
    try:
        quieten()
        run(options, lambda where: print(f"{READY}{where}", flush=True))  # noqa: T201 - the ready line is this program's output
    except ServerError as error:
        sys.stderr.write(f"gate: {error}\n")
        return error.exit_code
    return 0


def run(options: Options, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or the end of the lifeline.

    Args:
        options: where everything is.
        ready: called with the address once connections are taken.

    Raises:
        ServerError: the gate cannot start.
    """
    give_buffers_back()
    post = read_post(options.directory)
    certificate = Certificate(options.directory, admissions=True)
    listener = _listener(options)
    privileges.forbid_core_dumps()
    privileges.take_descriptors(options.connections + OTHER_DESCRIPTORS)
    configured(Gate.application)  # imports what the user may not read
    buffer = _buffer(options.intake)
    if options.user is not None:
        privileges.drop(options.user)
    of_one = min(ADDRESS_CONNECTIONS, options.connections)
    door = Door(options.connections, of_one, admissions=Admissions())
    store = open_at(options.store, Process.GATE, options.quotas)
    gate = Gate(post, store, door=door, buffer=buffer)

    def listening(where: str) -> None:
        gate.begin()
        ready(where)

    try:
        server = Server(
            gate.application(options.directory / UPDATES),
            door,
            certificate,
            listening,
            ended=gate.leave,
            looked=gate.look,
            among=options.among,
        )
        if options.lifeline:
            threading.Thread(target=server.follow, args=(0,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.handle_exit)
        spare_what_stays()
        with shown(options.metrics, gate.figures.text):
            server.run([listener])
    finally:
        listener.close()
        gate.close()


def read_post(directory: Path) -> Post:
    """Return the gate's keys and roots from its directory.

    Raises:
        ServerError: a file is missing, damaged or readable by others.
    """
    roots = sorted((directory / "roots").glob("*.cbor"))
    if not roots:
        msg = f"no roots in {directory / 'roots'}: restore them from their backup"
        raise StateError(msg)
    return Post(
        read_signing_key(directory / "gate.key"),
        _read(directory / "authority.der"),
        tuple(_read(path) for path in roots),
    )


def _buffer(intake: IntakeSettings | None) -> Buffer | None:
    if intake is None:
        return None
    from server.gate.intake.opening import opened  # noqa: PLC0415 - an extra

    return opened(intake)


def _listener(options: Options) -> socket.socket:
    if options.fd is None:
        listener = listen(options.host, options.port)
    else:
        try:
            listener = socket.socket(fileno=options.fd)
        except OSError as error:
            msg = f"--fd {options.fd} is not a listening socket: {error.strerror}"
            raise StateError(msg) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return listener


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MESSAGE_BYTES)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="server.gate", description="Run the blind gate.", allow_abbrev=False
    )
    parser.add_argument("--gate", type=Path, required=True, help="its directory")
    parser.add_argument("--store", required=True, help="the sealed store")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8443, help="port to listen on")
    parser.add_argument("--fd", type=int, help="a socket that listens already")
    parser.add_argument("--user", help="become this user before the first connection")
    parser.add_argument(
        "--lifeline", action="store_true", help="end when standard input ends"
    )
    parser.add_argument(
        "--connections", type=int, default=CONNECTIONS, help="most at once"
    )
    parser.add_argument(
        "--device-day-bytes", type=int, default=DEVICE_DAY_BYTES, help="octets a day"
    )
    parser.add_argument("--tenant-day-bytes", type=int, help="octets a day")
    parser.add_argument("--metrics", type=where, help="where it shows its figures")
    parser.add_argument(
        "--intake", type=configuration_intake.of_text, help="where shipments may wait"
    )
    given = parser.parse_args(arguments)
    return Options(
        given.gate,
        given.store,
        given.host,
        given.port,
        given.fd,
        given.user,
        given.lifeline,
        given.connections,
        Quotas(given.device_day_bytes, tenant=given.tenant_day_bytes),
        metrics=given.metrics,
        intake=given.intake,
    )
