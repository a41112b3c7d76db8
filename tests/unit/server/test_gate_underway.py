# SPDX-License-Identifier: Apache-2.0
"""Small shipments, which are taken as they come and answered without a task.

Rules: a real installation, store and keys; octets are handed to a connection in the
parts that a network may make of them.
Not here: shipments that a task takes (`test_gate_app.py`), the head alone
(`test_gate_exchange.py`), sockets and TLS (`tests/e2e/test_gate.py`).
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from gate_asgi import gate_of
from gate_line import Line
from installation_fixture import CBOR, Installation, install
from stranger_fixture import enrolled

from server.gate.app import Gate
from server.gate.bounds import BODY_BYTES_AT_ONCE, STRANGER_BYTES
from server.gate.shares import Bounds
from server.store.interface import DeviceState
from wire import envelope, messages, signed
from wire.messages import Fate
from wire.purposes import Purpose
from wire.signed import SignedKind

ONE = Bounds(requests=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


class Sender(Line):
    """A connection on which a device ships."""

    def __init__(self, gate: Gate) -> None:
        """Connect to a gate."""
        super().__init__(gate.application())

    def close(self) -> None:
        """Hang up."""
        self.end()

    def say(self, *parts: bytes) -> None:
        """Hand over octets, part by part."""
        for part in parts:
            self.connection.data_received(part)

    async def answered(self) -> tuple[int, bytes, bytes]:
        """Return the next answer: status, head and body."""
        await self.transport.wrote.wait()
        self.transport.wrote.clear()
        head, _, body = self.transport.written.pop(0).partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head, body

    async def slug(self) -> str:
        """Return why the next answer is a refusal."""
        _, _, body = await self.answered()
        return str(json.loads(body)["type"]).rpartition(":")[2]


def request(body: bytes, more: bytes = b"") -> bytes:
    """Return a shipment's request."""
    head = b"POST /v1/shipments HTTP/1.1\r\nHost: c\r\n%bContent-Type: %b\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return head % (more, CBOR.encode()) + length + body


def fates(made: Installation, body: bytes) -> list[Fate]:
    """Return what a receipt says, which the gate has signed."""
    public = made.roles.gate.public
    told = messages.RECEIPT.decode(signed.verified(body, SignedKind.RECEIPT, public))
    return [one.fate for one in told.results]


def large(made: Installation, octets: int) -> tuple[bytes, bytes]:
    """Return a shipment of one large envelope of a device, and that envelope."""
    device, key = enrolled(made), made.key(Purpose.SECURITY)
    parts = envelope.Envelope(
        envelope.HEADER.encode(device.header(key)), bytes(octets), bytes(64)
    )
    sealed = envelope.ENVELOPE.encode(parts)
    return device.ship([sealed]), sealed


@pytest.mark.parametrize("split", [1, 90, 140, 160, 300, 500, 700])
def test_a_small_shipment_takes_no_task(made: Installation, split: int) -> None:
    """Wherever the network cuts it, its receipt follows in one write and no task."""
    device = enrolled(made)
    octets = request(device.ship([device.gap(), device.gap()]))

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(octets[:split], octets[split:])
                assert not line.state.tasks
                status, head, body = await line.answered()
                assert (status, fates(made, body)) == (200, [Fate.STORED] * 2)
                assert b"content-length: %d" % len(body) in head
                assert not line.transport.ended

    asyncio.run(play())
    held = made.store.envelopes(device.tenant, device=device.device)
    assert [item.sequence for item in held] == [1, 2]


def test_one_connection_ships_again(made: Installation) -> None:
    """The next shipment goes over the same connection, and what came is known."""
    device = enrolled(made)
    first = device.gap()

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(request(device.ship([first])))
                _, _, body = await line.answered()
                assert fates(made, body) == [Fate.STORED]
                line.say(request(device.ship([first, device.gap()])))
                _, _, body = await line.answered()
                assert fates(made, body) == [Fate.DUPLICATE, Fate.STORED]

    asyncio.run(play())


def test_what_is_refused_is_answered_as_ever(made: Installation) -> None:
    """Who may not ship gets its problem document, is counted, and may go on."""
    device = enrolled(made)
    made.store.set_state(device.tenant, device.device, DeviceState.REVOKED)
    octets = request(device.ship([device.gap()]))

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(octets)
                assert await line.slug() == "revoked"
                assert not line.transport.ended
                line.say(octets)
                assert await line.slug() == "revoked"
            counted = 'gate_requests_total{operation="ship",outcome="revoked"} 2'
            assert f"discreet_{counted}" in gate.figures.text()

    asyncio.run(play())


def test_what_was_shipped_before_is_a_replay(made: Installation) -> None:
    """The same octets again are refused, and the first ones stand."""
    device = enrolled(made)
    octets = request(device.ship([device.gap()]))

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(octets)
                assert (await line.answered())[0] == 200
                line.say(octets)
                assert await line.slug() == "replay"

    asyncio.run(play())


def test_who_hangs_up_gives_its_place_back(made: Installation) -> None:
    """Half a shipment holds a place until its connection ends, and then no more."""
    one, two = enrolled(made), enrolled(made)
    half, whole = request(one.ship([one.gap()])), request(two.ship([two.gap()]))

    async def play() -> None:
        async with gate_of(made, bounds=ONE) as gate:
            with closing(Sender(gate)) as other:
                line = Sender(gate)
                line.say(half[:-1])
                other.say(whole)
                assert await other.slug() == "overloaded"
                line.close()
                other.say(whole)
                assert (await other.answered())[0] == 200

    asyncio.run(play())


def test_what_comes_too_slowly_is_refused(made: Installation) -> None:
    """A body that stops on its way ends its connection, and holds nothing then."""
    one, two = enrolled(made), enrolled(made)
    half, whole = request(one.ship([one.gap()])), request(two.ship([two.gap()]))

    async def play() -> None:
        async with gate_of(made, bounds=ONE, seconds=0.01) as gate:
            with closing(Sender(gate)) as line, closing(Sender(gate)) as other:
                line.say(half[:-1])
                _, head, _ = await line.answered()
                assert b" 400 " in head
                assert b"connection: close" in head
                assert line.transport.ended
                other.say(whole)
                assert (await other.answered())[0] == 200

    asyncio.run(play())


def test_nobody_is_read_further_than_a_manifest(made: Installation) -> None:
    """Of a body that begins like a shipment no more is kept than a manifest has."""
    start = bytes([0xA2, 1, 0x59, 0x20, 0])
    octets = request(start + bytes(100_000))

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(octets[:5_000])
                pauses = line.transport.pauses
                line.say(octets[5_000 : STRANGER_BYTES + 500])
                assert await line.slug() == "malformed"
                assert line.transport.ended
                assert line.transport.pauses == pauses + 1

    asyncio.run(play())


def test_while_a_body_comes_the_others_are_heard(made: Installation) -> None:
    """A body of several parts is read with pauses, as any other, and is stored."""
    shipment, sealed = large(made, 3 * BODY_BYTES_AT_ONCE)
    octets = request(shipment)
    size = BODY_BYTES_AT_ONCE // 4
    parts = [octets[at : at + size] for at in range(0, len(octets), size)]

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(*parts[:4])
                assert line.transport.pauses == 0
                line.say(*parts[4:6])
                assert line.transport.pauses == 1
                line.say(*parts[6:])
                _, _, body = await line.answered()
                assert fates(made, body) == [Fate.STORED]
                assert not line.state.tasks

    asyncio.run(play())
    digest = envelope.digest(sealed)
    held = made.store.envelopes(made.tenant)
    assert [one.octets for one in held if one.digest == digest] == [sealed]


def test_a_gate_that_leaves_ends_its_connections(made: Installation) -> None:
    """What was taken before is answered, and the connection with it."""
    device = enrolled(made)

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(request(device.ship([device.gap()])))
                gate.leave()
                _, head, body = await line.answered()
                assert fates(made, body) == [Fate.STORED]
                assert b"connection: close" in head
                assert line.transport.ended

    asyncio.run(play())


def test_an_answer_waits_for_whoever_reads_none(made: Installation) -> None:
    """As long as nothing is taken on the other side nothing more is written."""
    one, two = enrolled(made), enrolled(made)

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line, closing(Sender(gate)) as other:
                line.connection.pause_writing()
                line.say(request(one.ship([one.gap()])))
                other.say(request(two.ship([two.gap()])))
                await other.answered()
                assert not line.transport.written
                line.connection.resume_writing()
                await line.transport.wrote.wait()
                assert fates(made, line.transport.written[-1]) == [Fate.STORED]

    asyncio.run(play())


@pytest.mark.parametrize(
    "more", [b"Expect: 100-continue\r\n", b"Content-Encoding: identity\r\n"]
)
def test_what_is_unusual_takes_a_task(made: Installation, more: bytes) -> None:
    """A head with more to it than that of a shipment is answered as any request."""
    device = enrolled(made)
    octets = request(device.ship([device.gap()]), more)

    async def play() -> None:
        async with gate_of(made) as gate:
            with closing(Sender(gate)) as line:
                line.say(octets)
                assert line.state.tasks

    asyncio.run(play())
