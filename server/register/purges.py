# SPDX-License-Identifier: Apache-2.0
"""What ended before its time lately, and what was stopped because it was too much.

Rules: a key that was stopped waits until people allow it, or until it is due no more.
Not here: how much is too much (`server/keeper/keeping.py`).
"""

import sqlite3
from collections.abc import Collection

_EARLY = """
CREATE TABLE IF NOT EXISTS ended_early (at INTEGER NOT NULL, keys INTEGER NOT NULL)
STRICT
"""
_STOPPED = """
CREATE TABLE IF NOT EXISTS stopped (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id BLOB NOT NULL UNIQUE
) STRICT
"""
TABLES = (_EARLY, _STOPPED)


def add_early(connection: sqlite3.Connection, keys: int, now: int) -> None:
    """Count keys that end before their time; in a transaction that writes."""
    connection.execute("INSERT INTO ended_early VALUES (?, ?)", (now, keys))


def early_since(connection: sqlite3.Connection, moment: int) -> int:
    """Return how many keys ended before their time since a second; forget the rest.

    Args:
        connection: in a transaction that writes.
        moment: seconds since the epoch.
    """
    connection.execute("DELETE FROM ended_early WHERE at < ?", (moment,))
    query = "SELECT coalesce(sum(keys), 0) FROM ended_early"
    return int(connection.execute(query).fetchone()[0])


def stop(connection: sqlite3.Connection, keys: Collection[bytes]) -> bool:
    """Let keys wait, and no others; returns whether one of them is new.

    Args:
        connection: in a transaction that writes.
        keys: ids of all keys that are too much at once now.
    """
    before = {
        key for (key,) in connection.execute("SELECT key_id FROM stopped").fetchall()
    }
    connection.executemany(
        "DELETE FROM stopped WHERE key_id = ?", [(key,) for key in before - set(keys)]
    )
    new = sorted(set(keys) - before)
    connection.executemany(
        "INSERT INTO stopped (key_id) VALUES (?)", [(key,) for key in new]
    )
    return bool(new)


def waiting(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return how many keys wait for people, and the number of the newest that waits."""
    query = "SELECT count(*), coalesce(max(number), 0) FROM stopped"
    keys, newest = connection.execute(query).fetchone()
    return int(keys), int(newest)


def through(connection: sqlite3.Connection, number: int) -> set[bytes]:
    """Return the ids of the keys that wait, up to a number."""
    query = "SELECT key_id FROM stopped WHERE number <= ?"
    return {key for (key,) in connection.execute(query, (number,)).fetchall()}


def go_on(connection: sqlite3.Connection, number: int) -> None:
    """Let keys wait no longer, up to a number; in a transaction that writes."""
    connection.execute("DELETE FROM stopped WHERE number <= ?", (number,))
