# SPDX-License-Identifier: Apache-2.0
"""Extracts, remainders and blocks in an SQLite store, inside the caller's transaction.

Rules: a remainder takes the place of its envelope in the transaction that deletes that;
it never has more records; beside one no block stands, for that might hold what was
erased.
Not here: making them (`server/keeper`), the tables (`sqlite_ended.py`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import astuple

from server.store.blocks import HeldBlock
from server.store.ending import HeldExtract, HeldRemainder
from server.store.sqlite_ended import NOT_ENDED
from wire.envelope import EnvelopeKind

_PUT_EXTRACT = (
    "INSERT OR REPLACE INTO extracts SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
    f" WHERE {NOT_ENDED}"
)
_OF_HOLDER = (
    "SELECT * FROM extracts WHERE tenant = ? AND holder = ?"
    " ORDER BY device, incarnation, sequence"
)
_HOLD_BLOCK = (
    "INSERT OR REPLACE INTO blocks SELECT ?, ?, ?, ?, ?, ?, ?, ?"  # noqa: S608 - constant names
    f" WHERE {NOT_ENDED} AND NOT EXISTS (SELECT 1 FROM remainders WHERE tenant = ?"
    " AND key_id = ? AND device = ? AND purpose = ? AND incarnation = ?)"
)
_STANDS = (
    "tenant = ? AND device = ? AND incarnation = ? AND sequence = ? AND purpose = ?"
    " AND retention = ? AND key_id = ? AND created = ? AND records >= ?"
)
_ENVELOPE = f"kind = {EnvelopeKind.DATA.value} AND digest = ? AND {_STANDS}"
_FORMER = f"source = ? AND {_STANDS}"


def replace(database: sqlite3.Connection, remainder: HeldRemainder) -> bool:
    """Put a remainder in its place; false where what it stands for is not there."""
    place = (
        *(remainder.tenant, remainder.device, remainder.incarnation),
        remainder.sequence,
    )
    filed = remainder.purpose, remainder.retention, remainder.key_id
    values = remainder.source, *place, *filed, remainder.created, remainder.records
    deleted = sum(
        database.execute(f"DELETE FROM {table} WHERE {condition}", values).rowcount  # noqa: S608 - constant names
        for table, condition in (("envelopes", _ENVELOPE), ("remainders", _FORMER))
    )
    if not deleted:
        return False
    database.execute(
        "INSERT INTO remainders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(remainder),
    )
    database.execute(
        "DELETE FROM blocks WHERE tenant = ? AND device = ? AND incarnation = ?"
        " AND purpose = ? AND key_id = ?",
        (*place[:3], remainder.purpose, remainder.key_id),
    )
    return True


def put_extracts(database: sqlite3.Connection, extracts: Sequence[HeldExtract]) -> None:
    """Store extracts, but those whose key has ended by now."""
    values = [(*astuple(one), one.tenant, one.key_id) for one in extracts]
    database.executemany(_PUT_EXTRACT, values)


def extracts(
    database: sqlite3.Connection, tenant: bytes, holder: bytes
) -> Iterator[HeldExtract]:
    """Yield the extracts of a holder."""
    for row in database.execute(_OF_HOLDER, (tenant, holder)):
        yield HeldExtract(*row)


def hold_block(database: sqlite3.Connection, block: HeldBlock) -> None:
    """Store a block, unless its key has ended or something was erased meanwhile."""
    whose = block.tenant, block.key_id, block.device, block.purpose, block.incarnation
    values = *astuple(block), block.tenant, block.key_id, *whose
    database.execute(_HOLD_BLOCK, values)
