# SPDX-License-Identifier: Apache-2.0
"""The files of an SQLite store: scrubbing its log, shrinking it, copying it.

Rules: nobody who stores waits for more than a moment; what is copied is of one moment;
a copy is whole or not there.
Not here: deleting (`sqlite_deleting.py`), who may have a copy (`server/commands`).
"""

import sqlite3
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from threading import Event

from server.errors import StateError
from server.key_files import sync_directory, write_new
from server.store import sqlite_schema, sqlite_wiping
from server.store.bounds import COMPACTED_PAGES, SCRUB_ROUNDS, SCRUB_WAIT_SECONDS
from server.store.leftovers import Leftover, leftovers
from server.store.purging import purged
from server.store.sqlite_connections import Connections


def scrub(connections: Connections, stopping: Event) -> bool:
    """Empty the log and wipe what is left in pages; false where that is not done.

    Wiping writes to the log again, so both are done until nothing is found.
    """
    for _ in range(SCRUB_ROUNDS):
        if not connections.outside(_emptied):
            return False
        with connections.view() as database:
            roots = sqlite_wiping.roots(database)
        found = leftovers(connections.path, roots)
        if not found:
            return True
        for _ in purged(partial(_wiped, connections, found), int, wait=stopping.wait):
            if stopping.is_set():
                return False
    return False


def _wiped(connections: Connections, found: list[Leftover], most: int) -> int:
    """Wipe a slice of what was found, and take it from the list; returns how much."""
    some, found[:] = found[:most], found[most:]
    if some:
        with connections.transaction() as database:
            sqlite_wiping.wipe(database, some)
    return len(some)


def _emptied(path: Path) -> bool:
    """Move the log into the database and make it empty; false where someone uses it.

    Most is moved while others write. What is left needs the writers' lock, and SQLite
    holds that while it waits for views to end, so it may not wait long.
    """
    with closing(sqlite_schema.reopened(path)) as database:
        database.execute(f"PRAGMA busy_timeout = {int(SCRUB_WAIT_SECONDS * 1_000)}")
        database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def compact(database: sqlite3.Connection, share: float) -> bool:
    """Give back a slice of free pages; returns whether there is more to give back."""
    if not _is_above(database, share):
        return False
    before = _number(database, "freelist_count")
    # a row for each page: all are to be asked for
    database.execute(f"PRAGMA incremental_vacuum({COMPACTED_PAGES})").fetchall()
    return _number(database, "freelist_count") < before and _is_above(database, share)


def _is_above(database: sqlite3.Connection, share: float) -> bool:
    free, pages = (_number(database, name) for name in ("freelist_count", "page_count"))
    return free > share * pages


def _number(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute(f"PRAGMA {name}").fetchone()[0])


def snapshot(path: Path, copy: Path) -> None:
    """Copy a store to a path where nothing is.

    Raises:
        StateError: something is there, or the disk refuses.
        sqlite3.Error: the store cannot be read.
    """
    if copy.exists():
        msg = f"{copy} is there already: choose another name"
        raise StateError(msg)
    part = copy.with_name(f"{copy.name}.part")
    try:
        with suppress(FileNotFoundError):  # of a copy that was killed
            part.unlink()
        write_new(part, b"")
        with (
            closing(sqlite_schema.reopened(path)) as database,
            closing(sqlite3.connect(part)) as target,
        ):
            database.backup(target)  # all in one step: of one view
        part.rename(copy)
        sync_directory(copy.parent)
    except OSError as error:
        msg = f"cannot make {copy}: {error.strerror}; choose another place"
        raise StateError(msg) from None
    finally:
        with suppress(OSError):
            part.unlink()
