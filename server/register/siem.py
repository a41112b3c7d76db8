# SPDX-License-Identifier: Apache-2.0
"""How far the ledger was sent to a SIEM, and to which.

Rules: one row; a number goes on only when what is before it was sent.
Not here: sending (`server/keeper/rounds/siem.py`).
"""

import sqlite3

TABLE = """
CREATE TABLE IF NOT EXISTS siem (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    address TEXT NOT NULL,
    number INTEGER NOT NULL
) STRICT
"""


def sent(connection: sqlite3.Connection, address: str) -> int | None:
    """Return the number of the last entry that went to an address; None for another."""
    row = connection.execute(
        "SELECT number FROM siem WHERE address = ?", (address,)
    ).fetchone()
    return None if row is None else int(row[0])


def note(connection: sqlite3.Connection, address: str, number: int) -> None:
    """Write down how far an address has the ledger; in a transaction that writes."""
    connection.execute(
        "INSERT OR REPLACE INTO siem VALUES (1, ?, ?)", (address, number)
    )
