# SPDX-License-Identifier: Apache-2.0
"""A fixture: an update repository that is served, and a client of it.

Rules: a module that imports it has `room`.
Not here: what they are (`updates_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from updates_room import Client, Repository, updates_room


@pytest.fixture(name="room")
def served_updates(tmp_path: Path) -> Iterator[tuple[Repository, Client]]:
    """Give a repository that has no release yet."""
    with updates_room(tmp_path) as found:
        yield found
