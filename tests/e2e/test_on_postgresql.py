# SPDX-License-Identifier: Apache-2.0
"""The whole path over a PostgreSQL store: real programs, a real server that is killed.

Rules: a log's lines are numbered, so that one lost or doubled is seen; each process
signs in over TLS as its own role.
Not here: what a store answers (`tests/contract/test_store*.py`), kills of a store's
user (`test_whole_path.py`).
"""

import json
import tomllib
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
REFUSED = 6
"""As docs/exit-codes.md has it: nothing is lost, overloaded, it is sent later."""


@pytest.fixture
def made(tmp_path: Path, cluster: Cluster) -> Iterator[Collector]:
    """Run a collector whose store is there."""
    store = "--store", cluster.for_each(DATABASE)
    with collector(tmp_path / "collector", "standard", *store) as running:
        running.ask("ticket", "open", "T-1")
        yield running


def test_nothing_is_lost_when_the_database_is_killed(
    tmp_path: Path, made: Collector, cluster: Cluster
) -> None:
    """Through kills of the database, each line arrives once and is read."""
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(60) == 0
    written = log(tmp_path, 0)
    for _ in range(3):
        agent = begin(tmp_path)
        cluster.kill()
        cluster.start()
        assert agent.wait(120) == 0
        written = log(tmp_path, written)
    assert begin(tmp_path).wait(60) == 0
    assert numbers(made) == list(range(written))
    made.ask("ledger", "verify")
    (device,) = json.loads(made.ask("device", "list", "--json"))
    assert device["state"] == "active"
    made.ask("accounting", "--device", device["device"])
    with psycopg.connect(cluster.address(DATABASE)) as connection:
        found = connection.execute(
            "SELECT count(*) FILTER (WHERE period > 0), count(*) FILTER (WHERE"
            " period = 0) FROM discreet.places WHERE kind = 0"
        ).fetchone()
    assert found is not None
    assert found[0] > 0
    assert found[1] == 0  # each lies in the partition that ends with its key


def test_a_database_that_is_away_is_waited_for(
    tmp_path: Path, made: Collector, cluster: Cluster
) -> None:
    """While it is away longer than anybody waits, nothing ends; then all goes on."""
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(60) == 0
    written = log(tmp_path, 0)
    cluster.stop()
    before = made.children()
    assert begin(tmp_path).wait(120) == REFUSED
    told = made.ask("device", "list", fails=True)
    assert "start PostgreSQL there" in told
    assert made.children() == before
    cluster.start()
    assert begin(tmp_path).wait(120) == 0
    assert numbers(made) == list(range(written))
    assert made.children() == before


def test_each_process_signs_in_as_itself(
    tmp_path: Path, made: Collector, cluster: Cluster
) -> None:
    """Gate, reader and keeper have each their own role, and nobody the owner's."""
    settings = tomllib.loads((tmp_path / "collector/config.toml").read_text())
    assert settings["store"]["address"].startswith("postgresql://localhost:")
    assert not list((tmp_path / "collector" / "store").iterdir())
    query = (
        "SELECT DISTINCT a.usename, s.ssl FROM pg_stat_activity a"
        " JOIN pg_stat_ssl s USING (pid) WHERE a.application_name = 'discreet'"
        " AND a.usename LIKE 'discreet%' ORDER BY 1"
    )
    with psycopg.connect(cluster.address(DATABASE)) as connection:
        found = connection.execute(query).fetchall()
    assert [name for name, _ in found] == [
        *("discreet_gate", "discreet_keeper", "discreet_reader")
    ]
    assert all(secured for _, secured in found)
    told = made.ask("backup", str(tmp_path / "copy"), fails=True)
    assert "pg_basebackup" in told
