# SPDX-License-Identifier: Apache-2.0
"""The door as connections meet it: real sockets, real TLS, real certificates.

Rules: as its room's (`tests/arrivals_room.py`).
Not here: what may be counted (`test_gate_turns.py`), requests (`test_gate_app.py`), who
is waited for (`test_gate_arrivals_looks.py`), what TLS keeps (`test_gate_sessions.py`).
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from arrivals_room import (
    HANDSHAKE,
    HOST,
    KEY,
    LOOPS,
    Counted,
    Place,
    asked,
    begun,
    connect,
    emptied,
    ended,
    holds,
    listening,
    place_in,
    shown,
)

from server.gate.admissions import Admissions
from server.gate.certificate import Certificate
from server.gate.pace import Pace
from server.key_files import replace_file


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a directory with a certificate."""
    return place_in(tmp_path)


def test_a_renewed_certificate_is_used_without_a_restart(place: Place) -> None:
    """The next handshake shows the new one; who is connected stays connected."""

    async def play() -> None:
        async with listening(place) as (_, certificate, port):
            early = await asyncio.to_thread(connect, place, port)
            assert not certificate.look()
            place.renew()
            assert certificate.look()
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
    place.door = Counted(9, 9, Pace(0.01, 1), Admissions())

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


@pytest.mark.slow
def test_over_its_pace_an_address_waits_unread(place: Place) -> None:
    """A handshake that comes too soon is not begun, and goes on when it is time."""
    place.door = Counted(9, 9, Pace(0.5, 1))

    async def play() -> None:
        async with listening(place) as (_, _, port):
            first = await asyncio.to_thread(connect, place, port)
            second = asyncio.create_task(asyncio.to_thread(connect, place, port))
            assert await asyncio.to_thread(asked, first) == b"done"
            assert not second.done()
            with first, await second as late:
                assert await asyncio.to_thread(asked, late) == b"done"

    asyncio.run(play())
