# SPDX-License-Identifier: Apache-2.0
"""A collector whose store is put back from a backup names what only it had.

Rules: both programs are the installed ones, the machine is a recorded tree; the day for
which a newer backup is waited for passes in the store's file.
Not here: the same among other faults (`tests/simulation/backups.py`).
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run

from agent.spool.spool import open_spool
from agent.state import State
from server.layout import Layout

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"
DAY, TURNS = 86_400, 60
VERIFIED = ("--verify", "--purpose", "security", "--reason", "test")


def once(folder: Path, *arguments: str) -> None:
    """Run a pass of the agent on the recorded machine."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    subprocess.run(
        [sys.executable, AGENT, folder / "machine", folder / "agent", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )


def settle(folder: Path) -> int:
    """Poll until marks cover all that was sent; return the last number."""
    for _ in range(TURNS):
        once(folder, "--dataset", "software")  # which is as it was: nothing is sealed
        with closing(open_spool(State(folder / "agent").spool, 0, mend=False)) as spool:
            facts = spool.facts()
        if facts.marked == facts.sequence:
            return facts.sequence
    pytest.fail("marks stay out")


def account(made: Collector, *arguments: str, sound: bool = True) -> dict[str, Any]:
    """Return the account of the one chain, and what was verified with it."""
    (device,) = json.loads(made.ask("device", "list", "--json"))
    asked = ("accounting", "--device", device["device"], "--json", *arguments)
    done = run("discreet-server", *asked, state=made.folder, fails=not sound)
    assert done.returncode == (0 if sound else 11)
    told = json.loads(done.stdout)
    (chain,) = told["chains"]
    return dict(chain, verified=told.get("verified"))


def put(source: Path, target: Path, name: str) -> None:
    """Put a store of another folder in the place of the one that is there."""
    for old in target.glob(f"{name}*"):
        old.unlink()
    for file in source.glob(f"{name}*"):
        shutil.copy2(file, target / file.name)


def test_a_store_that_was_put_back_names_what_it_lost(tmp_path: Path) -> None:
    """Numbers, records and ledger name it; what comes afterwards arrives as ever."""
    canary_machine(tmp_path / "machine")
    with collector(tmp_path / "collector") as made:
        store = Layout(made.folder).store
        backup = tmp_path / "backup"
        backup.mkdir()
        run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
        once(tmp_path)
        first = settle(tmp_path)
        before = account(made)
        made.stop()
        put(store.parent, backup, store.name)
        made.start()
        canary_machine(tmp_path / "machine").log("Nov 24 05:00:00 host cupsd[7]: gone")
        once(tmp_path)
        last = settle(tmp_path)
        whole = account(made)
        gone = whole["visible"] - before["visible"]
        assert (last > first, gone > 0) == (True, True)
        made.stop()
        put(backup, store.parent, store.name)
        made.start()
        once(tmp_path)
        told = account(made, sound=False)
        assert told["unfillable"] == [[first + 1, last]]
        assert (told["under_way"], told["difference"]) == (gone, 0)
        assert "store-lost" not in made.ask("ledger", "show")
        made.stop()
        with closing(sqlite3.connect(store)) as database, database:
            database.execute("UPDATE chains SET doubted = doubted - ?", (DAY,))
        made.start()
        assert settle(tmp_path) > last
        told = account(made, *VERIFIED, sound=False)
        assert (told["lost"], told["lost_records"]) == ([[first + 1, last]], gone)
        assert (told["missing"], told["unfillable"]) == ([], [])
        assert (told["under_way"], told["difference"]) == (0, 0)
        assert told["visible"] + gone == told["accepted"]
        assert told["verified"]["rows"] == told["verified"]["records"] > 0
        assert (told["verified"]["wrong"], told["verified"]["unopened"]) == ({}, {})
        assert made.ask("ledger", "show").count("store-lost") == 1
