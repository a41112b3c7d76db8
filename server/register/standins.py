# SPDX-License-Identifier: Apache-2.0
"""The secrets of recipients' stand-ins, locked; of each recipient and each grant one.

Rules: a secret is drawn once and never changed; what locks it is in the keyring.
Not here: what is made of them (`server/keeper/sharing/standins.py`).
"""

import sqlite3

TABLE = """
CREATE TABLE IF NOT EXISTS stand_ins (
    name BLOB PRIMARY KEY,
    note BLOB NOT NULL
) STRICT, WITHOUT ROWID
"""


def add(connection: sqlite3.Connection, name: bytes, note: bytes) -> None:
    """Add a locked secret, unless there is one of that name."""
    connection.execute("INSERT OR IGNORE INTO stand_ins VALUES (?, ?)", (name, note))


def find(connection: sqlite3.Connection, name: bytes) -> bytes | None:
    """Return a locked secret, or None."""
    row: tuple[bytes] | None = connection.execute(
        "SELECT note FROM stand_ins WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else row[0]


def forget(connection: sqlite3.Connection, name: bytes) -> None:
    """Delete a locked secret."""
    connection.execute("DELETE FROM stand_ins WHERE name = ?", (name,))
