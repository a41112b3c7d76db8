# SPDX-License-Identifier: Apache-2.0
"""Findings: what a test, an audit or an incident showed to be wrong, and until when.

Rules: a finding is never changed after it was opened; it closes once, with what shows
that it is over; one that is not closed in time is overdue until it is.
Not here: who may open one (`server/keeper/acts/finding.py`), risks that are borne
(`policies/risks.toml`).
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum

TABLE = """
CREATE TABLE IF NOT EXISTS findings (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    severity TEXT NOT NULL,
    source TEXT NOT NULL,
    owner TEXT NOT NULL,
    opened INTEGER NOT NULL,
    due INTEGER NOT NULL,
    closed INTEGER,
    closed_by TEXT,
    test TEXT,
    proof BLOB
) STRICT, WITHOUT ROWID
"""


class Severity(Enum):
    """How bad it is, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Source(Enum):
    """What showed it."""

    ASSESSMENT = "assessment"
    PENETRATION_TEST = "penetration-test"
    AUDIT = "audit"
    INCIDENT = "incident"


class Standing(Enum):
    """How a finding stands."""

    OVERDUE = "overdue"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding.

    Attributes:
        id: its slug.
        title: what is wrong, in a sentence.
        severity: how bad it is.
        source: what showed it.
        owner: who sees to it, a role or a team.
        opened: when, in seconds since the epoch.
        due: first second at which it is overdue.
    """

    id: str
    title: str
    severity: Severity
    source: Source
    owner: str
    opened: int
    due: int


@dataclass(frozen=True, slots=True)
class Closing:
    """What shows that a finding is over: a test or a file.

    Attributes:
        time: when it was closed, in seconds since the epoch.
        by: the user who closed it.
        test: as pytest names it; empty for a file.
        proof: SHA-256 of the file; empty for a test.
    """

    time: int
    by: str
    test: str = ""
    proof: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """A finding as the register has it, with its closing once there is one."""

    finding: Finding
    closing: Closing | None = None

    def standing(self, now: int) -> Standing:
        """Return how it stands at a moment."""
        if self.closing is not None:
            return Standing.CLOSED
        return Standing.OVERDUE if self.finding.due <= now else Standing.OPEN


def add(connection: sqlite3.Connection, finding: Finding) -> None:
    """Add a finding; in a transaction that writes."""
    connection.execute(
        "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)",
        (
            *(finding.id, finding.title, finding.severity.value, finding.source.value),
            *(finding.owner, finding.opened, finding.due),
        ),
    )


def find(connection: sqlite3.Connection, name: str) -> Held | None:
    """Return a finding, or None."""
    row = connection.execute("SELECT * FROM findings WHERE id = ?", (name,)).fetchone()
    return None if row is None else _held(row)


def every(connection: sqlite3.Connection) -> list[Held]:
    """Return all findings: those that are open first, then by their day."""
    rows = connection.execute(
        "SELECT * FROM findings ORDER BY closed IS NOT NULL, due, id"
    )
    return [_held(row) for row in rows]


def close(connection: sqlite3.Connection, name: str, closing: Closing) -> None:
    """Note that a finding is over; an earlier closing stays."""
    connection.execute(
        "UPDATE findings SET closed = ?, closed_by = ?, test = ?, proof = ?"
        " WHERE id = ? AND closed IS NULL",
        (closing.time, closing.by, closing.test, closing.proof, name),
    )


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Delete a finding that is over."""
    connection.execute(
        "DELETE FROM findings WHERE id = ? AND closed IS NOT NULL", (name,)
    )


def _held(
    row: tuple[str, str, str, str, str, int, int, int | None, str, str, bytes],
) -> Held:
    name, title, severity, source, owner, opened, due, closed, *rest = row
    finding = Finding(
        *(name, title, Severity(severity), Source(source)), owner, opened, due
    )
    return Held(finding, None if closed is None else Closing(closed, *rest))  # type: ignore[arg-type]  # columns as the table declares them
