# SPDX-License-Identifier: Apache-2.0
"""A collector that moves from its file into PostgreSQL, as its operator does it.

Rules: real programs, a real agent before and after; nothing is lost or doubled.
Not here: every table (`tests/contract/test_store_copied.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import postgres_fixture
import psycopg
import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run
from e2e.test_whole_path import begin, log, numbers
from gates_room import DATABASE
from postgres_fixture import Cluster

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Collector]:
    """Run a collector with a store in its file."""
    with collector(tmp_path / "collector") as running:
        running.ask("ticket", "open", "T-1")
        yield running


def test_a_collector_moves(tmp_path: Path, made: Collector, cluster: Cluster) -> None:
    """What was stored before and after is read together, and ends by partition."""
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(120) == 0
    written = log(tmp_path, 0)
    assert begin(tmp_path).wait(120) == 0
    devices = made.ask("device", "list", "--json")
    owner = cluster.address(DATABASE)
    made.stop()
    told = made.ask("store", "copy", owner)
    assert "rows are the same in both" in told
    address = cluster.for_each(DATABASE)
    with (made.folder / "config.toml").open("a") as file:
        file.write(f'\n[store]\naddress = "{address}"\n')
    assert "already" in made.ask("store", "copy", owner, fails=True)
    made.start()
    assert made.ask("device", "list", "--json") == devices
    written = log(tmp_path, written)
    assert begin(tmp_path).wait(120) == 0
    assert numbers(made) == list(range(written))
    made.ask("ledger", "verify")
    with psycopg.connect(owner) as connection:
        query = "SELECT count(*) FROM discreet.places WHERE kind = 0 AND period = 0"
        assert connection.execute(query).fetchone() == (0,)
