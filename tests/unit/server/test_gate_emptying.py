# SPDX-License-Identifier: Apache-2.0
"""What becomes of a message of the buffer, by what became of its envelopes.

Rules: a real store in a file; the buffer is a simulation, which tells how each ended.
Not here: real servers that are killed (`tests/e2e/test_intake.py`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from buffer_simulator import SimulatedBuffer
from installation_fixture import Installation, install
from stranger_fixture import Stranger, enrolled

from server.figures.kept import Figures
from server.gate.asked import clock
from server.gate.intake.emptying import Emptying
from server.gate.intake.figures import DECLARED
from server.gate.intake.remembered import Remembered
from server.store.interface import Quotas, StoredEnvelope, Verdict
from server.store.sqlite import SqliteStore
from wire import messages
from wire.purposes import Purpose

PATIENCE_SECONDS = 30.0
PREFIX = "discreet_gate_intake_total"


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """Return an installation."""
    return install(tmp_path)


def ended(
    made: Installation, *given: bytes, room: int = 10_000, **other: bool
) -> tuple[list[str], Figures]:
    """Empty a buffer into the store.

    Args:
        made: whose store it is.
        given: the buffer's messages.
        room: octets that a device has in a day.
        other: of the buffer.

    Returns:
        How each ended in the buffer, in the order of ends, and what was counted.
    """
    buffer, figures = SimulatedBuffer(given=list(given), **other), Figures(DECLARED)
    store = SqliteStore(made.layout.store, Quotas(room, 0))
    turns = iter(range(len(given)))

    async def commit(part: Sequence[StoredEnvelope]) -> list[Verdict]:
        for _ in range(2 * next(turns)):  # each takes longer than the one before
            await asyncio.sleep(0)
        return store.put(part, clock())

    async def play() -> None:
        emptying = Emptying(buffer, store, Remembered(store), commit, figures)
        task = asyncio.create_task(emptying.run())
        try:
            await asyncio.wait_for(buffer.idle.wait(), PATIENCE_SECONDS)
        finally:
            task.cancel()
            emptying.close()

    asyncio.run(play())
    store.close()
    return buffer.ends, figures


def emptied(
    made: Installation, octets: bytes, room: int = 10_000, **other: bool
) -> tuple[str, str]:
    """Return how a message ended in the buffer, and as what it was counted."""
    (end,), figures = ended(made, octets, room=room, **other)
    (counted,) = (
        line.split('"')[1]
        for line in figures.text().splitlines()
        if line.startswith(PREFIX) and not line.endswith(" 0")
    )
    return end, counted


def test_what_cannot_be_stored_holds_nothing_up(made: Installation) -> None:
    """What stands behind it is stored first: to set it aside may take long."""
    device = enrolled(made)
    ends, _ = ended(made, b"no shipment", device.ship([device.gap()]), b"nor this")
    assert ends == ["done", "malformed", "malformed"]
    assert len(held(made, device)) == 1


@pytest.mark.slow
def test_what_cannot_be_set_aside_is_given_back_at_once(made: Installation) -> None:
    """Nothing is held, for a minute, that nobody does anything with."""
    device = enrolled(made)
    made_up = changed(device, [device.gap(), device.gap()])
    every = b"no shipment", made_up, device.ship([device.gap()]), b"nor this"
    ends, _ = ended(made, *every, shut=True)
    assert ends == ["later", "done", "later", "later"]
    assert len(held(made, device)) == 2


def test_what_there_is_no_room_for_aside_is_told_as_deleted(
    made: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody looks for it where it does not lie."""
    assert emptied(made, b"no shipment", full=True) == ("deleted", "dropped")
    assert "intake-not-set-aside" in capsys.readouterr().err
    assert emptied(made, b"no shipment") == ("malformed", "set-aside")
    assert "intake-set-aside" in capsys.readouterr().err


def changed(device: Stranger, every: Sequence[bytes]) -> bytes:
    """Return a shipment of which the last envelope is another than was signed."""
    shipment = messages.SHIPMENT.decode(device.ship(every), 100_000)
    ours = (*every[:-1], every[-1][:-1])
    return messages.SHIPMENT.encode(replace(shipment, envelopes=ours))


def held(made: Installation, device: Stranger) -> list[bytes]:
    """Return what the store has of a device."""
    found = made.store.envelopes(made.tenant, device=device.device)
    return [one.octets for one in found]


def test_what_is_there_already_counts_as_stored(made: Installation) -> None:
    """A message that comes twice is a duplicate, which the store has."""
    device = enrolled(made)
    octets = device.ship([device.gap()])
    assert emptied(made, octets) == ("done", "stored")
    assert emptied(made, octets) == ("done", "stored")
    assert len(held(made, device)) == 1


def test_a_fork_is_dropped(made: Installation) -> None:
    """Two contents for one place: the second is not stored, and not counted so."""
    device = enrolled(made)
    other = replace(device, drift=1)
    first = device.gap()
    assert emptied(made, device.ship([first])) == ("done", "stored")
    assert emptied(made, other.ship([other.gap()])) == ("done", "dropped")
    assert held(made, device) == [first]


def test_what_a_day_has_no_room_for_is_dropped(made: Installation) -> None:
    """What fits is stored; the device keeps the other, and comes again with it."""
    device = enrolled(made)
    key = made.key(Purpose.SUPPORT)
    every = [device.seal(key), device.seal(key)]
    room = len(every[0]) + len(every[1]) - 1
    assert emptied(made, device.ship(every), room=room) == ("done", "dropped")
    assert held(made, device) == every[:1]


def test_what_was_changed_on_the_way_is_set_aside(made: Installation) -> None:
    """An envelope is another than was signed: the others of its shipment are stored."""
    device = enrolled(made)
    every = [device.gap(), device.gap()]
    octets = changed(device, every)
    assert emptied(made, octets) == ("bad-digest", "set-aside")
    assert held(made, device) == every[:1]
