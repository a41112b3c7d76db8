# SPDX-License-Identifier: Apache-2.0
"""Fixtures of a room with an acquirer, and of the desk of its keeper.

Rules: a module that imports both has `room` and `desk`.
Not here: the room (`transfer_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from transfer_room import TransferRoom

from server.keeper.desk import Desk


@pytest.fixture(name="room")
def transfer_room(tmp_path: Path) -> Iterator[TransferRoom]:
    """Install a collector with an acquirer."""
    made = TransferRoom(tmp_path)
    yield made
    made.close()


@pytest.fixture(name="desk")
def transfer_desk(room: TransferRoom) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened
