# SPDX-License-Identifier: Apache-2.0
"""The door as connections meet it: real sockets, real TLS, real certificates.

Rules: a real event loop; the clients are threads of the standard library's.
Not here: any expectation but that a client's part can be played.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from installation_fixture import pinned
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import ServerState

from server.gate.admissions import Key
from server.gate.arrivals import Arrivals
from server.gate.bounds import SESSIONS
from server.gate.certificate import Certificate
from server.gate.connections import Connection
from server.gate.door import Door, Guest
from server.gate.pace import Pace
from server.key_files import replace_file, write_new
from wire.crypto.certificates import Credential, make_authority, make_server

HOST = "127.0.0.1"
KEY = (b"tenant", b"device")
HANDSHAKE = 22
"""The kind of TLS's first record."""
LOOPS = (
    asyncio.new_event_loop,
    uvicorn.Config("").get_loop_factory() or asyncio.new_event_loop,
)
"""The library's, and the one that a gate has."""
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Counted(Door):
    """A door that says who is in, and who came last."""

    last: Guest

    def enter(self, address: bytes, now: float) -> Guest | None:
        """Let a stranger in."""
        guest = super().enter(address, now)
        self.last = guest or self.last
        return guest

    def welcome(self, address: bytes, now: float, key: Key) -> Guest | None:
        """Let a device in that is known."""
        guest = super().welcome(address, now, key)
        self.last = guest or self.last
        return guest

    @property
    def inside(self) -> int:
        """Return how many connections are in."""
        return self._total


@dataclass
class Place:
    """A gate's directory with a certificate, and a door of the test's bounds."""

    directory: Path
    authority: Credential = field(
        default_factory=lambda: make_authority("Test CA", int(time.time()))
    )
    door: Counted = field(default_factory=lambda: Counted(9, 9, Pace(100.0, 99)))
    sessions: int = SESSIONS
    _context: ssl.SSLContext | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """Return TLS of one client."""
        if self._context is None:
            self._context = pinned(self.authority)
        return self._context

    def renew(self) -> None:
        """Put another pair in the place of the one there is."""
        made = make_server(self.authority, ["127.0.0.1"], int(time.time()))
        replace_file(self.directory / "tls.key", made.key)
        replace_file(
            self.directory / "tls.pem",
            ssl.DER_cert_to_PEM_cert(made.certificate).encode(),
        )

    @property
    def on_disk(self) -> bytes:
        """Return the certificate on the disk, DER."""
        return ssl.PEM_cert_to_DER_cert((self.directory / "tls.pem").read_text())


def place_in(directory: Path) -> Place:
    """Return a directory with a certificate."""
    write_new(directory / "tls.key", b"")
    write_new(directory / "tls.pem", b"")
    made = Place(directory)
    made.renew()
    return made


async def answer(_: Request) -> Response:
    """Answer."""
    return Response(b"done")


@asynccontextmanager
async def listening(place: Place) -> AsyncIterator[tuple[Arrivals, Certificate, int]]:
    """Take connections on loopback."""
    config = uvicorn.Config(
        Starlette(routes=[Route("/", answer)]), lifespan="off", log_config=None
    )
    config.load()
    admissions = place.door.admissions is not None
    state = ServerState()
    certificate = Certificate(
        place.directory, admissions=admissions, sessions=place.sessions
    )
    arrivals = Arrivals(
        place.door, certificate.for_handshake, lambda: Connection(config, state, {})
    )
    with socket.create_server((HOST, 0)) as listener:
        taking = asyncio.create_task(arrivals.take(listener))
        try:
            yield arrivals, certificate, listener.getsockname()[1]
        finally:
            taking.cancel()
            await asyncio.wait([taking])


@asynccontextmanager
async def quiet(
    place: Place, count: int
) -> AsyncIterator[tuple[Arrivals, list[socket.socket], list[socket.socket]]]:
    """Give arrivals that take nothing by themselves, and some lines, by both ends."""
    certificate = Certificate(place.directory, admissions=True)
    config = uvicorn.Config(Starlette(), lifespan="off", log_config=None)
    config.load()
    arrivals = Arrivals(
        place.door,
        certificate.for_handshake,
        lambda: Connection(config, ServerState(), {}),
    )
    pairs = [socket.socketpair() for _ in range(count)]
    for near, far in pairs:
        near.settimeout(0)
        far.settimeout(9)
    yield arrivals, [near for near, _ in pairs], [far for _, far in pairs]
    for near, far in pairs:
        near.close()
        far.close()


def connect(
    place: Place, port: int, session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    """Connect with a handshake; shows the ticket of a session, if there is one."""
    plain = socket.create_connection((HOST, port), timeout=9)
    return place.context.wrap_socket(plain, server_hostname=HOST, session=session)


def begun(place: Place, session: ssl.SSLSession | None) -> bytes:
    """Return what a connection begins with that shows the ticket of a session."""
    up = ssl.MemoryBIO()
    client = place.context.wrap_bio(
        ssl.MemoryBIO(), up, server_hostname=HOST, session=session
    )
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return up.read()


def asked(wire: ssl.SSLSocket) -> bytes:
    """Ask once and return the end of the answer."""
    wire.sendall(GET)
    told = wire.recv(4_096)
    while told.endswith(b"\r\n"):  # the head; the body is another record
        told += wire.recv(4_096)
    return told[-4:]


def shown(wire: ssl.SSLSocket) -> bytes:
    """Return the certificate that the server showed."""
    return wire.getpeercert(binary_form=True) or b""


async def holds(door: Counted, count: int) -> bool:
    """Tell whether so many are in before long."""
    for _ in range(900):
        if door.inside == count:
            return True
        await asyncio.sleep(0.01)
    return False


async def ended(reader: asyncio.StreamReader) -> bool:
    """Tell whether the other side ends a connection before long."""
    try:
        async with asyncio.timeout(9):
            await reader.read()
    except TimeoutError:
        return False
    except ConnectionResetError:  # not all that was sent had been taken
        return True
    return True


async def emptied(door: Counted) -> bool:
    """Tell whether everybody leaves before long."""
    return await holds(door, 0)


def over(line: socket.socket) -> bool:
    """Tell whether the other side ends a connection before its patience ends."""
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
