# SPDX-License-Identifier: Apache-2.0
"""Fixtures of a keeper's room with people, and of the desk of its keeper.

Rules: a module that imports them has `room`, `desk` and `desk_of_ann`.
Not here: the room (`holding_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from holding_room import HoldRoom, say_as_ann
from reader_fixture import Speaker

from server.keeper.desk import Desk


@pytest.fixture(name="room")
def hold_room(tmp_path: Path) -> Iterator[HoldRoom]:
    """Install a collector with three people and some data."""
    made = HoldRoom(tmp_path)
    yield made
    made.close()


@pytest.fixture(name="desk")
def hold_desk(room: HoldRoom) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened


@pytest.fixture(name="desk_of_ann")
def speaking_ann(room: HoldRoom) -> Speaker:
    """Have one device say what is held, and another the same, which is not."""
    return say_as_ann(room)
