# SPDX-License-Identifier: Apache-2.0
"""Promises of the collector's ledger, on a real file.

Rules: tampering is done to the file itself, as an intruder would.
Not here: the chain (`tests/unit/wire`), the command (`test_commands.py`).
"""

import multiprocessing
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errors import StateError, TrustError
from server.ledger import SqliteLedger

NOW = 1_800_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger lies."""
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqliteLedger]:
    """Return a ledger with five entries."""
    made = SqliteLedger.create(path)
    for number in range(5):
        made.add("store-lost", {"holes": number}, NOW + number)
    yield made
    made.close()


def add_many(path: Path) -> None:
    """Add twenty entries, in a process of its own."""
    ledger = SqliteLedger(path)
    for _ in range(20):
        ledger.add("store-lost", {}, NOW)


def test_entries(ledger: SqliteLedger) -> None:
    """Entries come back in order with time, act and body."""
    entries = list(ledger.entries())
    assert [entry.index for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.body for entry in entries] == [{"holes": n} for n in range(5)]
    assert (entries[4].time, entries[4].act) == (NOW + 4, "store-lost")
    assert entries[4].digest == ledger.head().digest


def test_entries_after(ledger: SqliteLedger) -> None:
    """Reading can go on where it stopped."""
    assert [entry.index for entry in ledger.entries(after=3)] == [4, 5]


@pytest.mark.slow
def test_the_newest_are_found_by_time_and_act(path: Path) -> None:
    """One act's alone, over several pages, and none whose name only begins so."""
    made = SqliteLedger.create(path)
    for number in range(1, 1_021):
        act = "opened" if number in {1, 700, 1_020} else "store-lost"
        made.add(act, {}, NOW + number)
    wanted = [
        *((0, "", range(1_020, 0, -1)), (NOW + 400, "", range(1_020, 399, -1))),
        *((0, "opened", [1_020, 700, 1]), (NOW + 2, "opened", [1_020, 700])),
        *((NOW + 700, "opened", [1_020, 700]), (NOW + 701, "opened", [1_020])),
        *((NOW + 1_021, "opened", []), (0, "store", []), (0, "denied", [])),
    ]
    for since, act, found in wanted:
        entries = [*made.recent(since, act)]
        assert [one.index for one in entries] == [*found], (since, act)
    made.close()


def test_verifies(path: Path, ledger: SqliteLedger) -> None:
    """An untouched ledger verifies, also after a restart, and can go on."""
    assert ledger.verify() == 5
    ledger.close()
    again = SqliteLedger(path)
    again.add("store-lost", {}, NOW)
    assert again.verify() == 6


def test_empty_verifies(path: Path) -> None:
    """A ledger without entries verifies as such."""
    assert SqliteLedger.create(path).verify() == 0


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE entries SET body = X'a0' WHERE number = 3", "ledger entry 3"),
        ("UPDATE entries SET entry = X'a0' WHERE number = 2", "ledger entry 2"),
        (
            "REPLACE INTO entries SELECT 4, entry, body, salt FROM entries LIMIT 1",
            "before entry 1",
        ),
        ("DELETE FROM entries WHERE number = 3", "before entry 4"),
        ("DELETE FROM entries WHERE number = 1", "before entry 2"),
        ("DELETE FROM entries WHERE number = 5", "ends at entry 4"),
        ("DELETE FROM entries", "ends at entry 0"),
        ("UPDATE entries SET number = 9 - number WHERE number > 3", "before entry 5"),
    ],
)
def test_tampering_is_found(
    path: Path, ledger: SqliteLedger, statement: str, sentence: str
) -> None:
    """An entry that was altered, moved or removed is found and named."""
    with sqlite3.connect(path) as connection:
        if "9 - number" in statement:
            connection.execute("UPDATE entries SET number = -number WHERE number > 3")
            statement = "UPDATE entries SET number = 9 + number WHERE number < 0"
        connection.execute(statement)
    with pytest.raises(TrustError, match=sentence):
        ledger.verify()


def test_equal_bodies_differ(ledger: SqliteLedger) -> None:
    """Bodies are salted: that two acts were alike does not show in the chain."""
    first = ledger.add("opened", {"user": "x"}, NOW)
    second = ledger.add("opened", {"user": "x"}, NOW)
    assert first.digest != second.digest
    rows = ledger._connection.execute("SELECT salt FROM entries").fetchall()
    assert len(set(rows)) == 7


@pytest.mark.slow
def test_processes_take_turns(path: Path, ledger: SqliteLedger) -> None:
    """Several processes add at once and the chain holds every entry."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_many, args=(path,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert ledger.verify() == 65


def test_mode(path: Path, ledger: SqliteLedger) -> None:
    """Nobody but the owner may read the ledger."""
    ledger.add("store-lost", {}, NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_create_twice(path: Path, ledger: SqliteLedger) -> None:
    """A ledger is never overwritten."""
    with pytest.raises(StateError):
        SqliteLedger.create(path)
    assert ledger.verify() == 5


def test_absent(path: Path) -> None:
    """An absent ledger is one sentence, and is not made by looking."""
    with pytest.raises(StateError, match="is missing: restore"):
        SqliteLedger(path)
    assert not path.exists()


def test_damaged(path: Path, ledger: SqliteLedger) -> None:
    """A damaged file is one sentence."""
    ledger.close()
    path.write_bytes(b"nonsense" * 2000)
    with pytest.raises(StateError, match="restore the ledger"):
        SqliteLedger(path)


def test_full_entry_or_none(path: Path, ledger: SqliteLedger) -> None:
    """An act that cannot be written leaves the chain as it was."""
    with sqlite3.connect(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DROP TABLE head")
        connection.commit()
    with pytest.raises(StateError):
        ledger.add("store-lost", {}, NOW)
    assert len(list(ledger.entries())) == 5
