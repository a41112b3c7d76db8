# SPDX-License-Identifier: Apache-2.0
"""The door as connections meet it: real sockets, real TLS, real certificates.

Rules: a real event loop; the clients are threads of the standard library's.
Not here: what may be counted (`test_gate_turns.py`), requests (`test_gate_app.py`).
"""

import asyncio
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
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

from server.gate.arrivals import Arrivals
from server.gate.certificate import Certificate
from server.gate.connections import Connection
from server.gate.door import Door, Guest
from server.gate.pace import Pace
from server.gate.passes import Key, Passes
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


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a directory with a certificate."""
    write_new(tmp_path / "tls.key", b"")
    write_new(tmp_path / "tls.pem", b"")
    made = Place(tmp_path)
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
    passes = place.door.passes is not None
    state, certificate = ServerState(), Certificate(place.directory, passes=passes)
    arrivals = Arrivals(
        place.door, certificate.context, lambda: Connection(config, state, {})
    )
    with socket.create_server((HOST, 0)) as listener:
        taking = asyncio.create_task(arrivals.take(listener))
        try:
            yield arrivals, certificate, listener.getsockname()[1]
        finally:
            taking.cancel()
            await asyncio.wait([taking])


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


def test_a_renewed_certificate_is_used_without_a_restart(place: Place) -> None:
    """The next handshake shows the new one; who is connected stays connected."""

    async def play() -> None:
        async with listening(place) as (arrivals, certificate, port):
            early = await asyncio.to_thread(connect, place, port)
            assert not certificate.look()
            place.renew()
            assert certificate.look()
            arrivals.context = certificate.context
            late = await asyncio.to_thread(connect, place, port)
            with early, late:
                assert shown(late) == place.on_disk != shown(early)
                for wire in (early, late):
                    assert await asyncio.to_thread(asked, wire) == b"done"

    asyncio.run(play())


def test_a_pair_that_does_not_fit_is_told_and_not_used(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new certificate without its key changes nothing, and is told once."""
    certificate, before = Certificate(place.directory), place.on_disk
    key = (place.directory / "tls.key").read_bytes()
    place.renew()
    replace_file(place.directory / "tls.key", key)
    in_use = certificate.context
    assert [certificate.look(), certificate.look()] == [False, False]
    assert certificate.context is in_use
    assert capsys.readouterr().err.count("certificate-kept") == 1
    place.renew()
    assert certificate.look()
    assert place.on_disk != before


def test_who_leaves_makes_room(place: Place) -> None:
    """A connection counts until it is gone, and no longer."""

    async def play() -> None:
        async with listening(place) as (_, _, port):
            wire = await asyncio.to_thread(connect, place, port)
            assert await asyncio.to_thread(asked, wire) == b"done"
            assert place.door.inside == 1
            wire.close()
            assert await emptied(place.door)

    asyncio.run(play())


def test_a_failed_handshake_leaves_nothing(place: Place) -> None:
    """Whoever speaks no TLS, or goes away in the middle, is out again."""

    async def play() -> None:
        async with listening(place) as (_, _, port):
            for octets in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""):
                reader, writer = await asyncio.open_connection(HOST, port)
                writer.write(octets)
                writer.write_eof()
                await reader.read()
                writer.close()
            assert await emptied(place.door)

    asyncio.run(play())


def test_over_its_part_an_address_loses_its_oldest(place: Place) -> None:
    """Whoever comes next is served, and the first connection ends for it."""
    place.door = Counted(9, 2, Pace(100.0, 99))

    async def play() -> None:
        async with listening(place) as (_, _, port):
            wires = [await asyncio.to_thread(connect, place, port) for _ in range(3)]
            for wire in wires[1:]:
                assert await asyncio.to_thread(asked, wire) == b"done"
            with pytest.raises((OSError, AssertionError)):
                assert await asyncio.to_thread(wires[0].recv, 1)
            assert place.door.inside == 2
            for wire in wires:
                wire.close()
            assert await emptied(place.door)

    asyncio.run(play())


def test_who_waits_for_its_turn_may_be_put_out(place: Place) -> None:
    """A handshake that has not begun ends with its connection, and leaves nothing."""
    place.door = Counted(9, 9, Pace(0.01, 1))

    async def play() -> None:
        async with listening(place) as (_, _, port):
            held = await asyncio.to_thread(connect, place, port)
            reader, writer = await asyncio.open_connection(HOST, port)
            assert await holds(place.door, 2)
            place.door.last.leave()
            place.door.last.put_out()
            assert await ended(reader)
            writer.close()
            assert place.door.inside == 1
            held.close()

    asyncio.run(play())


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_a_device_that_was_heard_comes_past_a_crowd(place: Place) -> None:
    """By the ticket of its last connection it is in where strangers wait, once."""
    place.door = Counted(9, 9, Pace(0.01, 1), Passes())

    async def play() -> None:
        async with listening(place) as (_, _, port):
            first = await asyncio.to_thread(connect, place, port)
            assert await asyncio.to_thread(asked, first) == b"done"
            place.door.last.heard(KEY)
            second = await asyncio.to_thread(connect, place, port, first.session)
            assert await asyncio.to_thread(asked, second) == b"done"
            assert place.door.last.key == KEY
            copied = begun(place, first.session)
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(copied)
            assert await holds(place.door, 3)
            assert place.door.last.key is None
            assert place.door.last.delay > 0
            place.door.last.put_out()
            assert await ended(reader)
            for wire in first, second:
                wire.close()
            writer.close()

    asyncio.run(play())


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_a_hello_that_comes_in_parts_is_waited_for(place: Place) -> None:
    """Where only a part of the first message is there, the rest of it still counts."""
    place.door = Counted(9, 9, Pace(0.01, 1), Passes())

    async def play() -> None:
        async with listening(place) as (_, _, port):
            first = await asyncio.to_thread(connect, place, port)
            assert await asyncio.to_thread(asked, first) == b"done"
            place.door.last.heard(KEY)
            hello = begun(place, first.session)
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(hello[:100])
            await asyncio.sleep(0.05)
            writer.write(hello[100:])
            assert (await reader.read(1))[0] == HANDSHAKE
            assert place.door.last.key == KEY
            writer.close()
            first.close()

    asyncio.run(play())


@pytest.mark.parametrize("loop", LOOPS)
def test_who_is_put_out_as_hands_are_shaken_is_gone(
    place: Place, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """A handshake under way ends with its place; nobody is inside uncounted."""

    async def play() -> None:
        async with listening(place) as (_, _, port):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(begun(place, None))
            assert (await reader.read(1))[0] == HANDSHAKE
            place.door.last.leave()
            place.door.last.put_out()
            assert await ended(reader)
            writer.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(play())


def test_over_its_pace_an_address_waits_unread(place: Place) -> None:
    """A handshake that comes too soon is not begun, and goes on when it is time."""
    place.door = Counted(9, 9, Pace(4.0, 1))

    async def play() -> None:
        async with listening(place) as (_, _, port):
            first = await asyncio.to_thread(connect, place, port)
            second = asyncio.create_task(asyncio.to_thread(connect, place, port))
            assert await asyncio.to_thread(asked, first) == b"done"
            assert not second.done()
            with first, await second as late:
                assert await asyncio.to_thread(asked, late) == b"done"

    asyncio.run(play())
