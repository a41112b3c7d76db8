# SPDX-License-Identifier: Apache-2.0
"""Keeps the tombstones of destroyed keys in the keyring's database.

Rules: one epoch has one at most, so that an epoch which ended is never made anew.
Not here: what a tombstone says (`wire/papers/tombstone.py`), destroying
(`destroying.py`), the journal of tombstones (`journal.py`).
Source: docs/spec/keyring.md.
"""

import sqlite3

from server.keyring.schema import Spot
from wire.papers.tombstone import UNKNOWN, KeyKind, Tombstone
from wire.purposes import Purpose

__all__ = ["UNKNOWN", "KeyKind", "Tombstone", "lay", "of_row", "read", "stands_on"]

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
    bytes | None,
]
"""A row of the table, in the order of `COLUMNS`."""
COLUMNS = (
    "key_id, destroyed, reason, generation, created, tenant, purpose, retention,"
    " epoch, start, end, kind, ticket"
)


def lay(connection: sqlite3.Connection, tombstone: Tombstone) -> None:
    """Add a tombstone, unless the key has one."""
    purpose = tombstone.purpose and tombstone.purpose.value
    kind = tombstone.kind and tombstone.kind.value
    connection.execute(
        f"INSERT OR IGNORE INTO tombstones ({COLUMNS})"  # noqa: S608 - names of ours
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(tombstone.key_id, tombstone.destroyed, tombstone.reason),
            *(tombstone.generation, tombstone.created, tombstone.tenant, purpose),
            *(tombstone.retention, tombstone.epoch, tombstone.start, tombstone.end),
            *(kind, tombstone.ticket),
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
    return Tombstone(*row[:6], purpose, *row[7:11], kind, row[12])


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
            " AND start = ? AND end = ? AND retention = ? AND ticket IS NULL",
            (*spot, retention),
        ).fetchone()
        is not None
    )
