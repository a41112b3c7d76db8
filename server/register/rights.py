# SPDX-License-Identifier: Apache-2.0
"""Rights in force: restrictions, notes, objections; exports that wait; longer times.

Rules: whom each is about, and every word of a person, is in a note that only the key of
its case opens; of an objection there is the id of a device, for jobs that have no such
key.
Not here: cases (`cases.py`), what each right does (`server/keeper/rights`,
`server/reader/marked.py`).
"""

import sqlite3
from dataclasses import dataclass, field

from wire import limits
from wire.codec import Field, Message, Text

TABLES = (
    """
CREATE TABLE IF NOT EXISTS restrictions (
    case_id BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS annotations (
    case_id BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS objections (
    case_id BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    device BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS exports (
    case_id BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS extensions (
    case_id BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    note BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
)
RESTRICTIONS, ANNOTATIONS, OBJECTIONS = "restrictions", "annotations", "objections"
EXPORTS, EXTENSIONS = "exports", "extensions"
NOTE = b"subject"
"""The name under which is locked whom a right is about."""


@dataclass(frozen=True, slots=True)
class Held:
    """A row of one of the tables.

    Attributes:
        case: id of its case, 16 bytes.
        since: when it came to be, in seconds since the epoch.
        note: locked under the case's key; of an objection the id of a device.
    """

    case: bytes
    since: int
    note: bytes


@dataclass(frozen=True, slots=True)
class SubjectNote:
    """Whom a restriction or a note is about.

    Attributes:
        kind: class of the identifier.
        value: the identifier.
        text: what a note says; empty of a restriction.
    """

    kind: str
    value: str = field(repr=False)
    text: str = field(repr=False)


SUBJECT_NOTE = Message(
    "subject-note",
    SubjectNote,
    (
        Field(1, "kind", Text(limits.NAME_CHARS, 1)),
        Field(2, "value", Text(limits.TEXT_CHARS, 1)),
        Field(3, "text", Text(limits.TEXT_CHARS)),
    ),
)

_ADD = {
    name: f"INSERT OR IGNORE INTO {name} VALUES (?, ?, ?)"  # noqa: S608 - names of ours
    for name in (RESTRICTIONS, ANNOTATIONS, OBJECTIONS, EXPORTS, EXTENSIONS)
}
_EVERY = {
    name: f"SELECT * FROM {name} ORDER BY since, case_id"  # noqa: S608 - names of ours
    for name in _ADD
}
_REMOVE = {
    name: f"DELETE FROM {name} WHERE case_id = ?"  # noqa: S608 - names of ours
    for name in _ADD
}


def add(connection: sqlite3.Connection, table: str, held: Held) -> bool:
    """Add a row to a table; false where its case has one there."""
    row = held.case, held.since, held.note
    return bool(connection.execute(_ADD[table], row).rowcount)


def every(connection: sqlite3.Connection, table: str) -> list[Held]:
    """Return all rows of a table, the oldest first."""
    return [Held(*row) for row in connection.execute(_EVERY[table])]


def remove(connection: sqlite3.Connection, table: str, case: bytes) -> bool:
    """Delete a case's row of a table; false where it has none there."""
    return bool(connection.execute(_REMOVE[table], (case,)).rowcount)


def objecting(connection: sqlite3.Connection) -> set[bytes]:
    """Return the ids of the devices that no aggregate is made of."""
    return {held.note for held in every(connection, OBJECTIONS)}
