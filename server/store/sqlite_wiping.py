# SPDX-License-Identifier: Apache-2.0
"""Wipes what deleted rows left in the free parts of an SQLite store's pages.

Rules: by SQL alone, so nothing can be damaged; a row grows until it fills its page and
shrinks again, in one transaction: SQLite then has written over all of the free part.
Not here: finding it (`leftovers.py`), when (`sqlite_files.py`).
"""

import sqlite3
from collections.abc import Sequence

from server.store.leftovers import Leftover
from server.store.sqlite_ended import SEALED


def roots(database: sqlite3.Connection) -> dict[str, int]:
    """Return the number of the first page of each table that has octets."""
    query = "SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"
    return {name: root for name, root in database.execute(query) if name in SEALED}


def wipe(database: sqlite3.Connection, found: Sequence[Leftover]) -> None:
    """Write over the free parts of pages, within the caller's transaction."""
    for one in found:
        _fill(database, one)


def _fill(database: sqlite3.Connection, one: Leftover) -> None:
    query = f"SELECT octets FROM {one.table} WHERE rowid = ?"  # noqa: S608 - constant names
    row = database.execute(query, (one.row,)).fetchone()
    if row is None:
        return  # deleted since
    for octets in (row[0] + bytes(one.growth), row[0]):
        database.execute(
            f"UPDATE {one.table} SET octets = ? WHERE rowid = ?",  # noqa: S608 - constant names
            (octets, one.row),
        )
