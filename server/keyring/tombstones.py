# SPDX-License-Identifier: Apache-2.0
"""What is left of a destroyed key: what it was for, when and why it died.

Rules: a tombstone has no secret and is never changed; one epoch has one at most, so
that an epoch which ended is never made anew.
Not here: destroying (`destroying.py`), the journal of tombstones (`journal.py`).
Source: docs/spec/keyring.md.
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum

from server.keyring.schema import Spot
from wire import limits
from wire.codec import Choice, Field, Message, Text, Uint, fixed
from wire.purposes import Purpose

REASON_CHARS = 40
"""A kebab-case slug, such as "maximum-age"."""
UNKNOWN = "unknown"
"""The reason of keys that died before reasons were kept."""


class KeyKind(Enum):
    """What a key was for that is of no epoch."""

    HOLD = "hold"
    TICKET = "ticket"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A destroyed key.

    Attributes:
        key_id: 16 bytes.
        destroyed: when, in seconds since the epoch; 0 where that was not kept.
        reason: why, as a slug; `UNKNOWN` where that was not kept.
        generation: the last one under which the key could be unwrapped.
        created: when the key was made; 0 where that was not kept.
        tenant: 16 bytes; this and what follows is None where it was not kept.
        purpose: for which purpose it was.
        retention: retention class within the purpose.
        epoch: number of the epoch.
        start: its first second.
        end: first second after it.
        kind: what it was for, where it was of no epoch.
    """

    key_id: bytes
    destroyed: int
    reason: str
    generation: int
    created: int
    tenant: bytes | None = None
    purpose: Purpose | None = None
    retention: str | None = None
    epoch: int | None = None
    start: int | None = None
    end: int | None = None
    kind: KeyKind | None = None


TOMBSTONE = Message(
    "tombstone",
    Tombstone,
    (
        Field(1, "key_id", fixed(16)),
        Field(2, "destroyed", Uint()),
        Field(3, "reason", Text(REASON_CHARS, 1)),
        Field(4, "generation", Uint()),
        Field(5, "created", Uint()),
        Field(6, "tenant", fixed(16), optional=True),
        Field(7, "purpose", Choice(Purpose), optional=True),
        Field(8, "retention", Text(limits.NAME_CHARS, 1), optional=True),
        Field(9, "epoch", Uint(), optional=True),
        Field(10, "start", Uint(), optional=True),
        Field(11, "end", Uint(), optional=True),
        Field(12, "kind", Choice(KeyKind), optional=True),
    ),
)
Row = tuple[
    bytes,
    int,
    str,
    int,
    int,
    bytes | None,
    str | None,
    str | None,
    int | None,
    int | None,
    int | None,
    str | None,
]
"""A row of the table, in the order of `COLUMNS`."""
COLUMNS = (
    "key_id, destroyed, reason, generation, created, tenant, purpose, retention,"
    " epoch, start, end, kind"
)


def lay(connection: sqlite3.Connection, tombstone: Tombstone) -> None:
    """Add a tombstone, unless the key has one."""
    purpose = tombstone.purpose and tombstone.purpose.value
    kind = tombstone.kind and tombstone.kind.value
    connection.execute(
        f"INSERT OR IGNORE INTO tombstones ({COLUMNS})"  # noqa: S608 - names of ours
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(tombstone.key_id, tombstone.destroyed, tombstone.reason),
            *(tombstone.generation, tombstone.created, tombstone.tenant, purpose),
            *(tombstone.retention, tombstone.epoch, tombstone.start, tombstone.end),
            kind,
        ),
    )


def read(connection: sqlite3.Connection) -> list[Tombstone]:
    """Return all tombstones, oldest death first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM tombstones"  # noqa: S608 - names of ours
        " ORDER BY destroyed, key_id"
    ).fetchall()
    return [of_row(row) for row in rows]


def of_row(row: Row) -> Tombstone:
    """Return the tombstone of a row in the order of `COLUMNS`."""
    purpose = None if row[6] is None else Purpose(row[6])
    kind = None if row[11] is None else KeyKind(row[11])
    return Tombstone(*row[:6], purpose, *row[7:11], kind)


def stands_on(connection: sqlite3.Connection, spot: Spot, retention: str) -> bool:
    """Tell whether the key of an epoch was destroyed.

    Args:
        connection: in a transaction.
        spot: tenant, purpose and time.
        retention: the class.
    """
    return (
        connection.execute(
            "SELECT 1 FROM tombstones WHERE tenant = ? AND purpose = ?"
            " AND start = ? AND end = ? AND retention = ?",
            (*spot, retention),
        ).fetchone()
        is not None
    )
