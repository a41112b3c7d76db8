# SPDX-License-Identifier: Apache-2.0
"""Holds: which cases keep data beyond its time, and since when.

Rules: a hold is in force from its placing to its release and never again.
Not here: what is in its scope (its case), keeping it (`server/keeper/holding.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS holds (
    case_id BLOB PRIMARY KEY,
    placed INTEGER NOT NULL,
    review INTEGER NOT NULL,
    released INTEGER
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A hold.

    Attributes:
        case: id of its case, 16 bytes.
        placed: when, in seconds since the epoch.
        review: when somebody is to look at it again.
        released: when it ended; None while it is in force.
    """

    case: bytes
    placed: int
    review: int
    released: int | None


def place(connection: sqlite3.Connection, case: bytes, now: int, review: int) -> None:
    """Place a hold, unless it was placed."""
    connection.execute(
        "INSERT OR IGNORE INTO holds VALUES (?, ?, ?, NULL)", (case, now, review)
    )


def release(connection: sqlite3.Connection, case: bytes, now: int) -> None:
    """Release a hold, unless it was released."""
    connection.execute(
        "UPDATE holds SET released = ? WHERE case_id = ? AND released IS NULL",
        (now, case),
    )


def every(connection: sqlite3.Connection) -> list[Placed]:
    """Return all holds, the oldest first."""
    rows = connection.execute("SELECT * FROM holds ORDER BY placed, case_id").fetchall()
    return [Placed(*row) for row in rows]


def in_force(connection: sqlite3.Connection) -> list[Placed]:
    """Return the holds that were not released, the oldest first."""
    return [hold for hold in every(connection) if hold.released is None]
