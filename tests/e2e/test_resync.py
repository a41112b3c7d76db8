# SPDX-License-Identifier: Apache-2.0
"""A change that the store lost is noticed, asked for and mended by the device.

Rules: the installed programs on a recorded machine; what is lost is deleted from the
store's file, as a restored backup or a thief would.
Not here: forged requests (`tests/unit/agent/test_resyncs.py`).
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run

from server.layout import Layout

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"
ASKED = ("query", "--purpose", "security", "--reason", "test", "--format", "json")
NAMES = "SELECT name FROM software WHERE name LIKE 'extra%' ORDER BY name"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Collector]:
    """Run a collector."""
    with collector(tmp_path / "collector") as running:
        yield running


def once(folder: Path) -> None:
    """Run one full pass of the agent on the recorded machine."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    subprocess.run(
        [sys.executable, AGENT, folder / "machine", folder / "agent"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )


def add_package(folder: Path, name: str) -> None:
    """Install a package on the recorded machine."""
    status = folder / "machine/var/lib/dpkg/status"
    status.write_text(
        status.read_text().rstrip("\n")
        + f"\n\nPackage: {name}\nStatus: install ok installed\nVersion: 1\n"
        "Architecture: all\n"
    )


def query(made: Collector) -> tuple[list[str], str]:
    """Return the extra packages that security sees, and what is told beside them."""
    done = run("discreet-server", *ASKED, NAMES, state=made.folder)
    return [json.loads(line)["name"] for line in done.stdout.splitlines()], done.stderr


def stored(made: Collector) -> list[tuple[int, int]]:
    """Return number and size of each envelope that is held for security."""
    with closing(sqlite3.connect(Layout(made.folder).store)) as database:
        return database.execute(
            "SELECT sequence, length(octets) FROM envelopes WHERE purpose = 'security'"
            " ORDER BY sequence"
        ).fetchall()


def lose(made: Collector, sequence: int) -> None:
    """Delete one envelope from the store's file."""
    with closing(sqlite3.connect(Layout(made.folder).store)) as database:
        with database:
            gone = database.execute(
                "DELETE FROM envelopes WHERE sequence = ?", (sequence,)
            )
        assert gone.rowcount == 1


def acts(folder: Path) -> list[str]:
    """Return the acts of the agent's ledger."""
    told = run("discreet-agent", "ledger", "--json", "--last", "0", state=folder)
    return [json.loads(line)["act"] for line in told.stdout.splitlines()]


def test_a_lost_change_is_mended_by_a_whole_state(
    tmp_path: Path, made: Collector
) -> None:
    """A query counts the mismatch, the next poll asks, and the next pass mends it."""
    canary_machine(tmp_path / "machine")
    for number in range(8):
        add_package(tmp_path, f"extra{number}")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    once(tmp_path)
    whole = stored(made)
    add_package(tmp_path, "extra8")
    once(tmp_path)
    (lost,) = stored(made)[len(whole) :]
    add_package(tmp_path, "extra9")
    once(tmp_path)
    every = [f"extra{number}" for number in range(10)]
    names, told = query(made)
    assert names == every
    assert "not shown" not in told
    lose(made, lost[0])
    names, told = query(made)
    assert names == [*every[:8], "extra9"]
    assert "not shown: 1 x state-differs-from-its-digest" in told
    assert "asked for again: 1 whole inventory state" in told
    assert "asked for again" not in query(made)[1]
    before = stored(made)
    assert "resync" not in acts(tmp_path / "agent")
    once(tmp_path)
    (mended,) = stored(made)[len(before) :]
    assert mended[1] > lost[1]
    names, told = query(made)
    assert names == every
    assert "not shown" not in told
    assert acts(tmp_path / "agent").count("resync") == 1
    once(tmp_path)
    assert stored(made) == [*before, mended]
    assert acts(tmp_path / "agent").count("resync") == 1
    assert "resync-asked" in made.ask("ledger", "show")
