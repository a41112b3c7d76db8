# SPDX-License-Identifier: Apache-2.0
"""Fixtures of a keeper's room with people, and of the desk of its keeper.

Rules: a module that imports both has `room` and `desk`.
Not here: the room (`holding_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from holding_room import HoldRoom

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
