# SPDX-License-Identifier: Apache-2.0
"""Fixtures of a provider with technicians, and of a device of it.

Rules: a module that imports them has `installation`, once for all its tests, and
`here`, a test's own.
Not here: what they are (`order_room.py`).
"""

from pathlib import Path

import pytest
from installation_fixture import Installation

from tests.order_room import Room, provider, room


@pytest.fixture(name="installation", scope="module")
def technicians(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a provider with technicians."""
    return provider(tmp_path_factory.mktemp("provider"))


@pytest.fixture(name="here")
def device_to_ask(tmp_path: Path, installation: Installation) -> Room:
    """Return a device of it."""
    return room(tmp_path, installation)
