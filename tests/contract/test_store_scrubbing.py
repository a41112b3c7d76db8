# SPDX-License-Identifier: Apache-2.0
"""What a store leaves in its files: nothing of what was deleted and scrubbed.

Rules: files are read when no connection of this process is open, for closing one drops
SQLite's locks.
Not here: what is deleted (`test_store_ending.py`).
"""

import hashlib
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import DEVICE, TENANT, chain

from server.errors import StateError
from server.store.interface import StoredEnvelope
from server.store.sqlite import SqliteStore, create_store, open_store

KEY = b"y" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the store is."""
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """Return a new store that knows one device and its token."""
    made = create_store(path)
    made.add_token(TENANT, b"k" * 32, 2_000, 1)
    made.enrol(DEVICE, b"k" * 32, 1_000)
    yield made
    made.close()


def large(count: int) -> list[StoredEnvelope]:
    """Return a chain of envelopes of 1 to 20 KiB, as devices send them."""
    return [
        replace(
            one,
            octets=hashlib.shake_256(one.octets).digest(
                1_024 * (one.sequence % 20 + 1)
            ),
        )
        for one in chain(count)
    ]


def ended(store: SqliteStore) -> None:
    """Delete all that is sealed to the key."""
    store.end_key(TENANT, KEY, 6)
    while store.delete_ended(TENANT, KEY, 50).rows:
        pass


def log_of(path: Path) -> Path:
    """Return the store's write-ahead log."""
    return path.with_name(f"{path.name}-wal")


def test_nothing_deleted_stays_in_the_log(store: SqliteStore, path: Path) -> None:
    """Octets of deleted envelopes are in the log until it is scrubbed, then nowhere."""
    sent = large(100)
    store.put(sent, 5)
    samples = store.sealed_to(TENANT, KEY).samples
    ended(store)
    log = log_of(path).read_bytes()
    assert any(sample in log for sample in samples)
    assert store.scrub()
    store.close()
    files = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert [one for one in sent if one.octets[:32] in files] == []
    assert [sample for sample in samples if sample in files] == []


def test_a_view_keeps_the_log(store: SqliteStore, path: Path) -> None:
    """While someone reads what was there before the log stays, and that is said."""
    sent = large(40)
    store.put(sent, 5)
    reading = store.envelopes(TENANT)
    first = next(reading)
    ended(store)
    assert not store.scrub()
    assert [first, *reading] == sent
    assert store.scrub()
    assert log_of(path).stat().st_size == 0


def test_who_stores_is_not_kept_waiting(store: SqliteStore) -> None:
    """What is put between two tries of a scrub is stored, and the next one ends it."""
    sent = large(4)
    store.put(sent[:2], 5)
    reading = store.envelopes(TENANT)
    next(reading)
    assert not store.scrub()
    store.put(sent[2:], 6)
    reading.close()
    assert store.scrub()
    assert list(store.envelopes(TENANT)) == sent


def test_free_pages_are_given_back(store: SqliteStore, path: Path) -> None:
    """A store of which more than a share is free shrinks, slice by slice."""
    store.put(large(250), 5)
    assert store.scrub()
    full = path.stat().st_size
    assert not store.compact(0.5)
    ended(store)
    slices = 1
    while store.compact(0.5):
        slices += 1
    assert store.scrub()
    assert slices > 1
    assert path.stat().st_size < full // 2
    assert store.put(chain(251)[250:], 7)


def test_a_copy_is_of_one_moment(store: SqliteStore, tmp_path: Path) -> None:
    """A copy is a whole store for its owner alone, and nothing stands beside it."""
    sent = large(60)
    store.put(sent[:50], 5)
    copy = tmp_path / "copies" / "store.sqlite"
    copy.parent.mkdir()
    store.snapshot(copy)
    store.put(sent[50:], 6)
    assert [one.name for one in copy.parent.iterdir()] == ["store.sqlite"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    opened = open_store(copy)
    assert list(opened.envelopes(TENANT)) == sent[:50]
    database = sqlite3.connect(copy)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()
    opened.close()


def test_a_copy_replaces_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """Where something is there is made no copy, and that stays as it was."""
    there = tmp_path / "kept"
    there.write_bytes(b"kept")
    with pytest.raises(StateError, match="is there already"):
        store.snapshot(there)
    assert there.read_bytes() == b"kept"
    with pytest.raises(StateError, match="cannot write"):
        store.snapshot(tmp_path / "absent" / "copy")
