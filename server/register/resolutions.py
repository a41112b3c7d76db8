# SPDX-License-Identifier: Apache-2.0
"""What was told of stand-ins' meanings: how many, of which grant; the sealed answers.

Rules: no stand-in and no meaning is here in clear; an answer opens for the recipient
alone; the count stays when the answer is gone.
Not here: what is in an answer (`server/keeper/sharing/resolving.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS resolutions (
    case_id BLOB PRIMARY KEY,
    release BLOB NOT NULL,
    granted BLOB NOT NULL,
    question BLOB NOT NULL UNIQUE,
    asked INTEGER NOT NULL,
    answer BLOB,
    fetched INTEGER
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """An answer to a recipient's question.

    Attributes:
        case: in which people decided it, 16 bytes.
        release: id of the release, 16 bytes.
        granted: digest of its grant.
        question: SHA-256 of the signed question.
        asked: how many stand-ins it is about.
        answer: signed by the keeper, sealed to the recipient; None once it is over.
        fetched: when it was handed out first.
    """

    case: bytes
    release: bytes
    granted: bytes
    question: bytes
    asked: int
    answer: bytes | None
    fetched: int | None = None


def add(connection: sqlite3.Connection, made: Resolution) -> None:
    """Add an answer, unless its case has one."""
    connection.execute(
        "INSERT OR IGNORE INTO resolutions VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (
            *(made.case, made.release, made.granted, made.question, made.asked),
            made.answer,
        ),
    )


def find(connection: sqlite3.Connection, case: bytes) -> Resolution | None:
    """Return the answer of a case, or None."""
    row = connection.execute(
        "SELECT * FROM resolutions WHERE case_id = ?", (case,)
    ).fetchone()
    return None if row is None else Resolution(*row)


def every(connection: sqlite3.Connection) -> list[Resolution]:
    """Return all answers by their cases."""
    rows = connection.execute("SELECT * FROM resolutions ORDER BY case_id")
    return [Resolution(*row) for row in rows]


def answered(connection: sqlite3.Connection, question: bytes) -> bool:
    """Tell whether a question was answered already, by its digest."""
    found = connection.execute(
        "SELECT 1 FROM resolutions WHERE question = ?", (question,)
    ).fetchone()
    return found is not None


def asked_of(connection: sqlite3.Connection, granted: bytes) -> int:
    """Return about how many stand-ins answers were made under a grant's digest."""
    found: tuple[int] = connection.execute(
        "SELECT coalesce(sum(asked), 0) FROM resolutions WHERE granted = ?", (granted,)
    ).fetchone()
    return found[0]


def note_fetched(connection: sqlite3.Connection, case: bytes, now: int) -> None:
    """Note when an answer was handed out; the first time stays."""
    connection.execute(
        "UPDATE resolutions SET fetched = ? WHERE case_id = ? AND fetched IS NULL",
        (now, case),
    )


def let_go(connection: sqlite3.Connection, case: bytes) -> None:
    """Drop an answer that is over; that it was made stays."""
    connection.execute(
        "UPDATE resolutions SET answer = NULL WHERE case_id = ?", (case,)
    )


def forget(connection: sqlite3.Connection, release: bytes) -> None:
    """Delete what is known of the questions about a release."""
    connection.execute("DELETE FROM resolutions WHERE release = ?", (release,))
