# SPDX-License-Identifier: Apache-2.0
"""The spool at its edges: full disk, broken commits, readers beside a writer, damage.

Rules: a real database on a real file; a failure is one that SQLite itself raises.
Not here: what is sealed into it (`test_sealing.py`).
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import StateError
from agent.spool import Spool, open_spool
from agent.spool_schema import GAP_OWED
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
    with pytest.raises(StateError, match="free space"):
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
        assert opened.value(GAP_OWED) == (None if marked is None else marked + 1)
    finally:
        opened.close()


def test_a_directory_in_its_place_is_one_sentence(path: Path) -> None:
    """Something else where the spool lies is the agent's error, not SQLite's."""
    path.mkdir()
    with pytest.raises(StateError, match="cannot be opened"):
        open_spool(path, NOW)
