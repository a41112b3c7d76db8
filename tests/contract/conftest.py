# SPDX-License-Identifier: Apache-2.0
"""A new store of each kind, for tests that promise the same of all.

Rules: real: a file of SQLite's, a database of PostgreSQL's; a test's own.
Not here: the kinds (`store_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_room import KINDS, Room, opened


@pytest.fixture(params=KINDS)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Return a new store of each kind, and what is under it."""
    with opened(request.param, tmp_path) as made:
        yield made
