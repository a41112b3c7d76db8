# SPDX-License-Identifier: Apache-2.0
"""The spool at its edges: full disk, broken commits, readers beside a writer, damage.

Rules: a real database on a real file; a failure is one that SQLite itself raises.
Not here: what is sealed into it (`test_sealing.py`).
"""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import StateError
from agent.spool.change import Owed, Snapshot
from agent.spool.spool import Spool, open_spool
from wire.ledger import verify

NOW = 1_763_960_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the spool lies."""
    return tmp_path / "spool.sqlite"


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    """Return an open spool."""
    opened = open_spool(path, NOW)
    yield opened
    opened.close()


def fill_disk(spool: Spool) -> None:
    """Let the database grow no further, as on a full disk."""
    spool._database.execute("PRAGMA max_page_count = 1")


def test_a_full_disk_changes_nothing_and_passes(spool: Spool) -> None:
    """What did not fit is not there at all, and the spool works when there is room."""

    def fail() -> None:
        with spool.transaction() as change:
            change.set_number("before", 1)
            change.set_cursor("support", "event_logs", bytes(1 << 20))

    fill_disk(spool)
    with pytest.raises(StateError, match="free some space"):
        fail()
    assert spool.value("before") is None
    spool._database.execute("PRAGMA max_page_count = 1000000")
    spool.set_value("after", 2)
    assert spool.value("after") == 2


def test_a_commit_that_fails_leaves_nothing_open(spool: Spool) -> None:
    """After a commit that the database refuses, the next change goes through."""
    database = spool._database
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    database.execute(
        "CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"
    )

    def fail() -> None:
        with spool.transaction() as change:
            change.set_number("before", 1)
            database.execute("INSERT INTO child VALUES (7)")

    with pytest.raises(StateError, match="spool cannot be written"):
        fail()
    spool.set_value("after", 2)
    assert (spool.value("before"), spool.value("after")) == (None, 2)


@pytest.mark.slow
def test_the_ledger_is_read_whole_while_it_grows(path: Path, spool: Spool) -> None:
    """Who reads beside an agent at work never sees an altered chain."""
    ended = threading.Event()

    def write() -> None:
        writer = open_spool(path, NOW)
        for number in range(200):
            with writer.transaction() as change:
                change.note("tried", {"number": number}, NOW)
        writer.close()
        ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not ended.is_set():
        verify(*spool.ledger())
    thread.join()
    assert len(spool.ledger()[0]) == 200


def test_who_only_looks_mends_nothing(path: Path) -> None:
    """A damaged or missing spool is told of, and left as it is for the agent."""
    with pytest.raises(StateError, match="missing"):
        open_spool(path, NOW, mend=False)
    assert list(path.parent.iterdir()) == []
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(StateError, match="damaged"):
        open_spool(path, NOW, mend=False)
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("marked", [None, NOW - 60])
def test_an_emptied_file_is_a_loss_where_there_was_a_mark(
    path: Path, marked: int | None
) -> None:
    """A file of no bytes is a new spool; what a mark shows to be lost is owed."""
    path.touch()
    opened = open_spool(path, NOW, marked)
    try:
        lost = [Owed(None, None, None, marked or 0, "spool-corrupt")]
        assert opened.owed() == ([] if marked is None else lost)
    finally:
        opened.close()


def test_a_directory_in_its_place_is_set_aside(path: Path) -> None:
    """Whatever lies where the spool belongs, the agent starts."""
    path.mkdir()
    opened = open_spool(path, NOW)
    try:
        assert opened.owed() == [Owed(None, None, None, 0, "spool-corrupt")]
    finally:
        opened.close()
    assert path.with_name(f"{path.name}.foreign-{NOW}").is_dir()


_FIRST = """
BEGIN;
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation BLOB NOT NULL, secret BLOB NOT NULL,
    sequence INTEGER NOT NULL, previous BLOB NOT NULL, marked INTEGER NOT NULL,
    ledger_index INTEGER NOT NULL, ledger_digest BLOB NOT NULL
) STRICT;
CREATE TABLE envelopes (
    sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL, purpose TEXT NOT NULL,
    created INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0, octets BLOB NOT NULL
) STRICT;
CREATE INDEX waiting ON envelopes (sequence) WHERE sent = 0;
CREATE TABLE cursors (
    purpose TEXT, dataset TEXT, cursor BLOB NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE snapshots (
    purpose TEXT, dataset TEXT, key_id BLOB NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE passes (
    purpose TEXT, dataset TEXT, time INTEGER NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, entry BLOB NOT NULL, body BLOB, salt BLOB
) STRICT;
INSERT INTO chain VALUES (1, x'0707', x'0909', 1, {name}, 0, 0, zeroblob(32));
INSERT INTO envelopes VALUES (1, {name}, 'support', 5, 0, x'0a0b');
INSERT INTO cursors VALUES ('support', 'event_logs', x'0c');
INSERT INTO snapshots VALUES ('support', 'software', x'0d', x'0e');
PRAGMA user_version = 1;
COMMIT;
"""


def test_a_spool_of_the_first_version_opens(path: Path) -> None:
    """Queue, chain and cursors stay; states are forgotten, so the next are whole."""
    database = sqlite3.connect(path)
    name = hashlib.sha256(b"\x0a\x0b").hexdigest()
    database.executescript(_FIRST.replace("{name}", f"x'{name}'"))
    database.close()
    for _ in range(2):
        opened = open_spool(path, NOW)
        try:
            assert opened.incarnation() == b"\x07\x07"
            assert opened.waiting(9, 99) == []  # no envelope at all
            assert [item.sequence for item in opened.damaged()] == [1]
            assert opened.cursor("support", "event_logs") == b"\x0c"
            assert opened.snapshot("support", "software") is None
        finally:
            opened.close()
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA user_version").fetchone() == (8,)
    database.close()


def test_a_state_is_remembered_until_it_is_forgotten(spool: Spool) -> None:
    """What was sealed last is there with all it needs; each pair has its own."""
    first = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 7, bytes(36))
    later = Snapshot(b"k" * 16, b"p" * 32, b"t" * 32, 8, bytes(72))
    with spool.transaction() as change:
        change.set_snapshot("support", "software", first)
        change.set_snapshot("security", "software", first)
        change.set_snapshot("support", "software", later)
    assert spool.snapshot("support", "software") == later
    with spool.transaction() as change:
        forgotten = [change.forget_snapshot("support", "software") for _ in range(2)]
    assert forgotten == [True, False]
    assert spool.snapshot("support", "software") is None
    assert spool.snapshot("security", "software") == first


def test_a_forgotten_state_leaves_no_octets(path: Path, spool: Spool) -> None:
    """What is no more remembered is overwritten on the disk."""
    rows = b"zqxrowsqzv" * 4_000
    with spool.transaction() as change:
        change.set_snapshot("support", "software", Snapshot(b"k", b"p", b"s", 1, rows))
    with spool.transaction() as change:
        change.forget_snapshot("support", "software")
    spool._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"zqxrowsqzv" not in path.read_bytes()
