# SPDX-License-Identifier: Apache-2.0
"""Who is waited for where it is crowded, and who is ended before it had begun.

Rules: as `test_gate_arrivals.py`; where one step of the loop matters, what arrives is
handed over without a listener.
Not here: what an admission is (`test_gate_admissions.py`).
"""

import asyncio
import socket
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
    holds,
    listening,
    over,
    place_in,
    quiet,
)

from server.gate.admissions import Admissions
from server.gate.bounds import HELLOS
from server.gate.door import address_of
from server.gate.pace import Pace


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a directory with a certificate."""
    return place_in(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_a_hello_that_comes_in_parts_is_waited_for(place: Place) -> None:
    """Where only a part of the first message is there, the rest of it still counts."""
    place.door = Counted(9, 9, Pace(0.01, 1), Admissions())

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


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_a_flood_of_first_octets_keeps_nobody_from_being_looked_at(
    place: Place,
) -> None:
    """Of those waited for the first goes for one more, so who comes late is known."""
    place.door = Counted(HELLOS + 9, HELLOS + 9, Pace(0.01, 1), Admissions())

    async def play() -> None:
        async with listening(place) as (_, _, port):
            first = await asyncio.to_thread(connect, place, port)
            assert await asyncio.to_thread(asked, first) == b"done"
            place.door.last.heard(KEY)
            hello = begun(place, first.session)
            flood = [await asyncio.open_connection(HOST, port) for _ in range(HELLOS)]
            for _, writer in flood:
                writer.write(hello[:1])
            await asyncio.sleep(0.1)
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(hello[:100])
            await asyncio.sleep(0.1)
            writer.write(hello[100:])
            assert (await reader.read(1))[0] == HANDSHAKE
            assert place.door.last.key == KEY
            for _, other in flood:
                other.close()
            writer.close()
            first.close()

    asyncio.run(play())


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_who_comes_at_once_is_counted_at_once(place: Place) -> None:
    """Of connections taken in one step no more are waited for than may be."""
    place.door = Counted(9 * HELLOS, 9 * HELLOS, Pace(0.01, 1), Admissions())

    async def play() -> None:
        async with quiet(place, HELLOS + 9) as (arrivals, near, _):
            place.door.delay(address_of(HOST), asyncio.get_running_loop().time())
            for line in near:
                arrivals._arrive(line, HOST)
                assert len(arrivals._looks) <= HELLOS
            assert await holds(place.door, 9)
            await arrivals.end()

    asyncio.run(play())


@pytest.mark.parametrize("loop", LOOPS)
def test_who_is_put_out_before_it_can_hear_it_is_gone(
    place: Place, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """Of two that come in one step, where one may be in, the first is closed."""
    place.door = Counted(9, 1, Pace(100.0, 99))

    async def play() -> None:
        async with listening(place) as (_, _, port):
            lines = [socket.create_connection((HOST, port), 9) for _ in range(2)]
            assert await asyncio.to_thread(over, lines[0])
            assert place.door.inside == 1
            lines[1].settimeout(0.1)
            assert not over(lines[1])
            for line in lines:
                line.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(play())


@pytest.mark.skipif(sys.platform == "win32", reason="its loop lets nobody look first")
def test_whoever_comes_at_the_end_is_closed(place: Place) -> None:
    """What was begun in the gate's last step leaves no connection and no place."""
    place.door = Counted(9, 9, Pace(0.01, 1), Admissions())

    async def play() -> None:
        async with quiet(place, 2) as (arrivals, near, far):
            arrivals._arrive(near[0], HOST)
            arrivals._arrive(near[1], HOST)
            assert len(arrivals._looks) == 1
            await arrivals.end()
            assert [over(line) for line in far] == [True, True]
            assert place.door.inside == 0

    asyncio.run(play())
