# SPDX-License-Identifier: Apache-2.0
"""Which periods of improvement data were released, and what noise was paid for.

Rules: a dataset's period is released once, to one question: two releases of the same
rows could be compared; what was spent of the budget is written down before anything is
released, and never taken back.
Not here: what is released (`server/anonymise`), who asks (`server/keeper`).
"""

import sqlite3
from dataclasses import dataclass

TABLES = (
    """
CREATE TABLE IF NOT EXISTS aggregates (
    dataset TEXT NOT NULL,
    start INTEGER NOT NULL,
    question TEXT NOT NULL,
    made INTEGER NOT NULL,
    octets BLOB,
    PRIMARY KEY (dataset, start)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS privacy_budget (
    spent INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    epsilon_micro INTEGER NOT NULL
) STRICT
""",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A period that was released, or lent to a release of another installation.

    Attributes:
        dataset: its name.
        start: the period's first second.
        question: what was asked, as text.
        made: when, in seconds since the epoch.
        octets: the release; None where it is not done, or lies elsewhere.
    """

    dataset: str
    start: int
    question: str
    made: int
    octets: bytes | None


def find(connection: sqlite3.Connection, dataset: str, start: int) -> Kept | None:
    """Return what was released of a period of a dataset, or None."""
    row = connection.execute(
        "SELECT * FROM aggregates WHERE dataset = ? AND start = ?", (dataset, start)
    ).fetchone()
    return None if row is None else Kept(*row)


def begin(connection: sqlite3.Connection, kept: Kept) -> bool:
    """Give a period to a question; false where it was given to one before."""
    return bool(
        connection.execute(
            "INSERT OR IGNORE INTO aggregates VALUES (?, ?, ?, ?, ?)",
            (kept.dataset, kept.start, kept.question, kept.made, kept.octets),
        ).rowcount
    )


def finish(
    connection: sqlite3.Connection, dataset: str, start: int, octets: bytes
) -> None:
    """Keep a release; the first one of a period stays."""
    connection.execute(
        "UPDATE aggregates SET octets = ? WHERE dataset = ? AND start = ?"
        " AND octets IS NULL",
        (octets, dataset, start),
    )


def spend(connection: sqlite3.Connection, dataset: str, micro: int, now: int) -> None:
    """Write down what noise is paid for, in millionths of epsilon."""
    connection.execute(
        "INSERT INTO privacy_budget VALUES (?, ?, ?)", (now, dataset, micro)
    )


def spent(connection: sqlite3.Connection, since: int) -> int:
    """Return what was spent on all datasets since a second, in millionths."""
    query = "SELECT coalesce(sum(epsilon_micro), 0) FROM privacy_budget WHERE spent > ?"
    return int(connection.execute(query, (since,)).fetchone()[0])
