# SPDX-License-Identifier: Apache-2.0
"""What whole paths begin with: an installation and its gate, a database server.

Not here: making them (`installation_fixture.py`, `gates_room.py`).
"""

from collections.abc import Iterator

import pytest
from gates_room import prepared
from installation_fixture import Installation, RunningGate, install, running_gate
from postgres_fixture import Cluster


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


@pytest.fixture(scope="module")
def gate(made: Installation) -> Iterator[RunningGate]:
    """Return a running gate."""
    with running_gate(made) as running:
        yield running


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Return a server that may be killed, prepared as an administrator does."""
    with prepared() as made:
        yield made
