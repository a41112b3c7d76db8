# SPDX-License-Identifier: Apache-2.0
"""The gate's process: `python -I -m server.gate --gate DIR --store FILE ...`.

Rules: it is given its own directory, the store and a socket, and nothing else; TLS 1.3
only; keys are read and rights given up before the first connection; a renewed
certificate is used without a restart; it ends with one
sentence and an exit code when it cannot start, and when whoever started it is gone.
Not here: what is answered (`app.py`), starting it again (`server/serve.py`).
"""

import argparse
import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import uvicorn

from server.errors import ServerError, StateError
from server.gate import privileges
from server.gate.app import Gate
from server.gate.arrivals import Arrivals
from server.gate.bounds import (
    ADDRESS_CONNECTIONS,
    BACKLOG,
    CERTIFICATE_SECONDS,
    CONNECTIONS,
    GRACE_SECONDS,
    IDLE_SECONDS,
    OTHER_DESCRIPTORS,
    RECEIVE_BYTES,
)
from server.gate.certificate import Certificate
from server.gate.connections import Connection
from server.gate.door import Door
from server.gate.protocol import Post
from server.key_files import read_signing_key
from server.store.bounds import DEVICE_DAY_BYTES
from server.store.interface import Quotas
from server.store.sqlite import open_store
from wire.limits import MESSAGE_BYTES

READY = "gate listening on "
"""Start of the one line that says that connections are taken."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the gate is started with; `fd` wins over `host` and `port`."""

    directory: Path
    store: Path
    host: str
    port: int
    fd: int | None
    user: str | None
    lifeline: bool
    connections: int = CONNECTIONS
    quotas: Quotas = field(default_factory=Quotas)


def main(arguments: Sequence[str]) -> int:
    """Run the gate until it is told to end.

    Returns:
        The exit code, as in docs/exit-codes.md.
    """
    options = _options(arguments)
    try:
        _quieten()
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
    post = read_post(options.directory)
    certificate = Certificate(options.directory)
    listener = _listener(options)
    privileges.forbid_core_dumps()
    privileges.take_descriptors(options.connections + OTHER_DESCRIPTORS)
    _configuration(Gate.application)  # imports what the user may not read
    if options.user is not None:
        privileges.drop(options.user)
    door = Door(options.connections, min(ADDRESS_CONNECTIONS, options.connections))
    gate = Gate(post, open_store(options.store, options.quotas), door=door)
    try:
        server = _Server(gate, door, certificate, ready)
        if options.lifeline:
            threading.Thread(target=server.follow, args=(0,), daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, server.handle_exit)
        # what is here stays; to look through it for garbage would hold up all, 30 ms
        gc.collect()
        gc.freeze()
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


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any that is free.

    Raises:
        StateError: the address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"cannot listen on {host} port {port}: {error.strerror}"
        raise StateError(msg) from None


def address(listener: socket.socket) -> str:
    """Return HOST:PORT of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Server(uvicorn.Server):
    """Tells when it is ready, and ends when whoever started it is gone."""

    def __init__(
        self,
        gate: Gate,
        door: Door,
        certificate: Certificate,
        ready: Callable[[str], None],
    ) -> None:
        super().__init__(_configuration(gate.application(), self._look))
        self._gate = gate
        self._certificate = certificate
        self._arrivals = Arrivals(door, certificate.context, self._connection)
        self._ready = ready
        self._taking: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where; connections are taken by us and not by uvicorn."""
        await super().startup([])
        for listener in sockets or ():
            task = asyncio.create_task(self._arrivals.take(listener))
            self._taking.append(task)
            self._ready(address(listener))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and end those there are."""
        for task in self._taking:
            task.cancel()
        await asyncio.wait(self._taking)
        self._gate.end_waits()
        await super().shutdown(sockets)

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, {})

    async def _look(self) -> None:
        """Use the certificate that is on the disk by now."""
        self._certificate.look()
        self._arrivals.context = self._certificate.context

    def follow(self, lifeline: int) -> None:
        """End when the other end of a pipe closes."""
        while os.read(lifeline, 1):
            pass
        self.should_exit = True


def _configuration(
    application: Callable[..., object],
    look: Callable[[], Awaitable[None]] | None = None,
) -> uvicorn.Config:
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level=logging.CRITICAL,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        callback_notify=look,
        timeout_notify=CERTIFICATE_SECONDS,
    )
    config.load()
    config.get_loop_factory()
    return config


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


def _quieten() -> None:
    """Log our own events to standard error, and not what strangers cause."""
    # uvicorn and asyncio log a line for each broken request, with its sender
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _options(arguments: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="server.gate", description="Run the blind gate.", allow_abbrev=False
    )
    parser.add_argument("--gate", type=Path, required=True, help="its directory")
    parser.add_argument("--store", type=Path, required=True, help="the sealed store")
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
    )
