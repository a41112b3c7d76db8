# SPDX-License-Identifier: Apache-2.0
"""How many endpoints there were on each day: what the client is billed for.

Rules: a number a day and nothing that tells one machine from another; a number that
stands is never changed, so whoever asks again reads the same.
Not here: what counts (`server/keeper/endpoints.py`), asking (`acts/billing.py`).
"""

import sqlite3

TABLE = """
CREATE TABLE IF NOT EXISTS endpoint_counts (
    day INTEGER PRIMARY KEY,
    endpoints INTEGER NOT NULL
) STRICT
"""


def place(connection: sqlite3.Connection, day: int, endpoints: int) -> None:
    """Note the number of a day that is over, unless it is noted.

    Args:
        connection: of a transaction that writes.
        day: days since 1970-01-01, UTC.
        endpoints: how many.
    """
    connection.execute(
        "INSERT OR IGNORE INTO endpoint_counts VALUES (?, ?)", (day, endpoints)
    )


def last(connection: sqlite3.Connection) -> int | None:
    """Return the last day that is noted; None where none is."""
    (found,) = connection.execute("SELECT max(day) FROM endpoint_counts").fetchone()
    return None if found is None else int(found)


def between(connection: sqlite3.Connection, since: int, until: int) -> dict[int, int]:
    """Return the number of each day that is noted, from one day to another."""
    return dict(
        connection.execute(
            "SELECT day, endpoints FROM endpoint_counts WHERE day BETWEEN ? AND ?"
            " ORDER BY day",
            (since, until),
        )
    )
