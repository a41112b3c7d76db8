# SPDX-License-Identifier: Apache-2.0
"""Reviews of uses that protect rights: by when each is looked at, and which are over.

Rules: the day is the one that people approved, later a year from each look; a use of an
earlier release has a year from its asking; once it is over nobody is reminded; why is
locked with the words of its case.
Not here: holds, which have a day of their own (`holds.py`), asking (`cases.py`).
"""

import sqlite3
from dataclasses import dataclass

from server.register import cases
from server.register.cases import Case, State

TABLE = """
CREATE TABLE IF NOT EXISTS reviews (
    case_id BLOB PRIMARY KEY,
    due INTEGER NOT NULL,
    looked INTEGER,
    over INTEGER NOT NULL,
    note BLOB
) STRICT, WITHOUT ROWID
"""
KIND = "protect"
YEAR_SECONDS = 366 * 86_400
"""A use to protect rights is weighed again within a year."""
_DONE = frozenset({State.APPROVED, State.DONE})


@dataclass(frozen=True, slots=True)
class Use:
    """A use of data to protect rights, which people approved.

    Attributes:
        case: in which it was approved.
        due: first second at which its review is late; None once it is over.
    """

    case: Case
    due: int | None

    def late(self, now: int) -> bool:
        """Tell whether nobody looked at it in time."""
        return self.due is not None and self.due <= now


def place(connection: sqlite3.Connection, case: bytes, due: int) -> None:
    """Note by when a use is looked at, unless that is noted."""
    connection.execute(
        "INSERT OR IGNORE INTO reviews VALUES (?, ?, NULL, 0, NULL)", (case, due)
    )


def look(
    connection: sqlite3.Connection, case: bytes, time: int, note: bytes, *, over: bool
) -> None:
    """Note that a use was looked at; in a transaction that writes."""
    connection.execute(
        "INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)",
        (case, time + YEAR_SECONDS, time, int(over), note),
    )


def uses(connection: sqlite3.Connection) -> list[Use]:
    """Return the uses that people approved, the newest first."""
    known: dict[bytes, tuple[int, int]] = {
        case: (due, over)
        for case, due, over in connection.execute(
            "SELECT case_id, due, over FROM reviews"
        )
    }
    found = []
    for case in cases.every(connection):
        if case.kind == KIND and case.state in _DONE:
            due, over = known.get(case.id, (case.opened + YEAR_SECONDS, 0))
            found.append(Use(case, None if over else due))
    return found


def forget(connection: sqlite3.Connection, case: bytes) -> None:
    """Delete what was noted of a case."""
    connection.execute("DELETE FROM reviews WHERE case_id = ?", (case,))
