# SPDX-License-Identifier: Apache-2.0
"""The rotation of all keys: when it is done, and that all opens afterwards.

Rules: a real installation; time is the test's.
Not here: what a rotation does to copies (`test_keyring_destroying.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room

from server.keeper.rounds import rotation
from server.ledger import SqliteLedger

pytestmark = pytest.mark.slow
DAY = 86_400


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make one."""
    made = Room(tmp_path)
    yield made
    made.site.store.close()
    made.site.keyring.close()


def rotations(room: Room) -> int:
    """Return how many rotations the ledger tells of."""
    ledger = SqliteLedger(room.site.layout.ledger)
    acts = [entry.act for entry in ledger.entries()]
    ledger.close()
    return acts.count("keyring-rotated")


def test_once_a_month(room: Room) -> None:
    """Keys are wrapped anew when a month has gone by, once, and go on opening."""
    key = room.live()
    with room.keeper() as desk:
        before = desk.keyring.generation()
        for days, expected in ((29, 0), (1, 1), (29, 1), (1, 2)):
            room.machine.passes(days * DAY)
            rotation.turn(desk, room.machine.system)
            assert desk.keyring.generation() == before + expected
        assert desk.keyring.for_ending(key.key_id) is not None
    assert rotations(room) == 2


def test_a_clock_that_is_set_forward_rotates_nothing(room: Room) -> None:
    """Rotation goes by believed time, so that it is not years until the next one."""
    with room.keeper() as desk:
        before = desk.keyring.generation()
        room.machine.system += 3_650 * DAY
        rotation.turn(desk, room.machine.system)
        assert desk.keyring.generation() == before
