# SPDX-License-Identifier: Apache-2.0
"""What most tests of the agent begin with: an installation, a device of it, its queue.

Rules: real, of the standard policy, at the time of the test; one installation serves a
file's tests, a device is a test's own.
Not here: making them (`installation_fixture.py`, `device_fixture.py`,
`spool_fixture.py`), devices that technicians ask (`order_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation, install
from spool_fixture import Queue, queue

from agent.state import State


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of an enrolled device."""
    return enrolled(tmp_path / "state", installation)


@pytest.fixture
def held(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a new device and its queue."""
    with queue(tmp_path / "state", installation) as found:
        yield found
