# SPDX-License-Identifier: Apache-2.0
"""Fixtures of a room with planted rows, and of the desk of its keeper.

Rules: a module that imports both has `room` and `desk`.
Not here: the room (`disclosing_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from disclosing_room import Case

from server.keeper.desk import Desk


@pytest.fixture(name="room")
def planted_room(tmp_path: Path) -> Iterator[Case]:
    """Install a collector with planted rows."""
    made = Case(tmp_path)
    made.plant(1)
    yield made
    made.close()


@pytest.fixture(name="desk")
def planted_desk(room: Case) -> Iterator[Desk]:
    """Open its keeper's desk."""
    with room.keeper() as opened:
        yield opened
