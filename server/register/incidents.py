# SPDX-License-Identifier: Apache-2.0
"""Incidents: what became known and when, what is recorded of it, and who was told.

Rules: an incident closes once; words lie here locked under a key of their own, with
their digest; who was told is noted once for each.
Not here: by when (`incident_duties.py`), opening and closing
(`server/keeper/incident_record.py`).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

TABLES = (
    """
CREATE TABLE IF NOT EXISTS incidents (
    number BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    nature TEXT NOT NULL,
    about TEXT NOT NULL,
    known INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS incident_parts (
    number BLOB NOT NULL,
    part TEXT NOT NULL,
    time INTEGER NOT NULL,
    digest BLOB NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (number, part)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS incident_touched (
    number BLOB PRIMARY KEY,
    digest BLOB NOT NULL,
    devices INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    recipients INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS incident_told (
    number BLOB NOT NULL,
    whom TEXT NOT NULL,
    time INTEGER NOT NULL,
    digest BLOB NOT NULL,
    needed INTEGER NOT NULL,
    PRIMARY KEY (number, whom)
) STRICT, WITHOUT ROWID
""",
)


class Nature(Enum):
    """What sort of breach it is (GDPR, article 4(12))."""

    CONFIDENTIALITY = "confidentiality"
    """Somebody may have seen what they should not."""
    INTEGRITY = "integrity"
    """Something may have been altered."""
    AVAILABILITY = "availability"
    """Something is lost, or cannot be reached."""


class About(Enum):
    """What sort of thing it concerns."""

    KEY = "key"
    DEVICE = "device"
    PERSON = "person"
    TECHNICIAN = "technician"


class Part(Enum):
    """What is recorded (GDPR, article 33(5)), and what the incident is about."""

    SUBJECT = "subject"
    """Which key, device, person or technician."""
    FACTS = "facts"
    EFFECTS = "effects"
    ACTION = "action"
    """What was done about it."""
    WHY_AUTHORITY = "why-authority"
    """Why the authority is told late, or need not be told."""
    WHY_PEOPLE = "why-people"
    """Why the persons concerned need not be told."""


RECORD = (Part.FACTS, Part.EFFECTS, Part.ACTION)
"""What an incident must have before it closes."""


class Whom(Enum):
    """Who is told."""

    CLIENT = "client"
    AUTHORITY = "authority"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident.

    Attributes:
        number: 16 bytes; its notes and its notice are under it.
        name: its slug.
        nature: what sort of breach it is.
        about: what sort of thing it concerns.
        known: when it became known, in seconds since the epoch.
        opened: when it was opened.
        closed: when it was closed; None before.
    """

    number: bytes
    name: str
    nature: Nature
    about: About
    known: int
    opened: int
    closed: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A part of the record: when it was written, its digest, and its locked note."""

    time: int
    digest: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Touched:
    """What the incident query said: digest of its answer, and its counts."""

    digest: bytes
    devices: int
    columns: int
    recipients: int


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was told, or need not be.

    Attributes:
        time: when it was entered, in seconds since the epoch.
        digest: of the file that proves it, or of the reason.
        needed: whether they were told.
    """

    time: int
    digest: bytes
    needed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """An incident with all that the register has of it."""

    incident: Incident
    parts: Mapping[Part, Recorded] = field(default_factory=dict)
    touched: Touched | None = None
    told: Mapping[Whom, Told] = field(default_factory=dict)


def add(connection: sqlite3.Connection, incident: Incident) -> None:
    """Add an incident; in a transaction that writes."""
    connection.execute(
        "INSERT INTO incidents VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (
            *(incident.number, incident.name, incident.nature.value),
            *(incident.about.value, incident.known, incident.opened),
        ),
    )


def record(
    connection: sqlite3.Connection, number: bytes, part: Part, recorded: Recorded
) -> None:
    """Put a part of the record in place of the one before."""
    connection.execute(
        "INSERT OR REPLACE INTO incident_parts VALUES (?, ?, ?, ?, ?)",
        (number, part.value, recorded.time, recorded.digest, recorded.note),
    )


def attach(connection: sqlite3.Connection, number: bytes, touched: Touched) -> None:
    """Put what was touched in place of the answer before."""
    connection.execute(
        "INSERT OR REPLACE INTO incident_touched VALUES (?, ?, ?, ?, ?)",
        (
            *(number, touched.digest, touched.devices),
            *(touched.columns, touched.recipients),
        ),
    )


def tell(connection: sqlite3.Connection, number: bytes, whom: Whom, told: Told) -> None:
    """Note that somebody was told; what was noted first stays."""
    connection.execute(
        "INSERT OR IGNORE INTO incident_told VALUES (?, ?, ?, ?, ?)",
        (number, whom.value, told.time, told.digest, int(told.needed)),
    )


def close(connection: sqlite3.Connection, number: bytes, now: int) -> None:
    """Note that an incident is over; an earlier end stays."""
    connection.execute(
        "UPDATE incidents SET closed = ? WHERE number = ? AND closed IS NULL",
        (now, number),
    )


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete an incident and all that is recorded of it."""
    for table in ("incidents", "incident_parts", "incident_touched", "incident_told"):
        connection.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608 - names from above


def every(connection: sqlite3.Connection) -> list[Held]:
    """Return all incidents, the one that became known last first."""
    rows = connection.execute("SELECT * FROM incidents ORDER BY known DESC, name")
    return [_held(connection, _incident(row)) for row in rows.fetchall()]


def _held(connection: sqlite3.Connection, incident: Incident) -> Held:
    parts = connection.execute(
        "SELECT part, time, digest, note FROM incident_parts WHERE number = ?",
        (incident.number,),
    ).fetchall()
    touched = connection.execute(
        "SELECT digest, devices, columns, recipients FROM incident_touched"
        " WHERE number = ?",
        (incident.number,),
    ).fetchone()
    told = connection.execute(
        "SELECT whom, time, digest, needed FROM incident_told WHERE number = ?",
        (incident.number,),
    ).fetchall()
    return Held(
        incident,
        {Part(name): Recorded(*rest) for name, *rest in parts},
        None if touched is None else Touched(*touched),
        {
            Whom(name): Told(time, digest, bool(needed))
            for name, time, digest, needed in told
        },
    )


def _incident(
    row: tuple[bytes, str, str, str, int, int, int | None],
) -> Incident:
    number, name, nature, about, known, opened, closed = row
    return Incident(
        *(number, name, Nature(nature), About(about)), known, opened, closed
    )
