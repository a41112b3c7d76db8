# SPDX-License-Identifier: Apache-2.0
"""Deleting what has ended from an SQLite store, inside the caller's transaction.

Rules: a slice is bounded in rows and in octets, for whoever stores waits for it; an
envelope leaves its digest behind (the trigger `spending`), so that it cannot come back.
Not here: the tables (`sqlite_ended.py`), the transaction (`sqlite.py`), who decides
(`server/keeper`).
"""

import sqlite3
from collections.abc import Iterable

from server.store.bounds import DELETED_BYTES, RECORDS, SAMPLE_BYTES
from server.store.ending import Deleted, KeyUse
from server.store.sqlite_ended import SEALED, is_ended

_USE = " UNION ALL ".join(
    f"SELECT '{table}' AS held, device, length(octets) AS size,"  # noqa: S608 - constant names
    f" {'0' if table == 'blocks' else 'records'} AS records"
    f" FROM {table} WHERE tenant = :tenant AND key_id = :key"
    for table in SEALED
)
_SUMS = (
    "SELECT coalesce(sum(held = 'envelopes'), 0),"  # noqa: S608 - constant names
    " coalesce(sum(CASE held WHEN 'envelopes' THEN min(records, :most) END), 0),"
    " coalesce(sum(size), 0), count(DISTINCT device),"
    f" coalesce(sum(held <> 'envelopes'), 0) FROM ({_USE})"
)
_ENDS = (
    "SELECT octets FROM {table} WHERE tenant = ? AND key_id = ? ORDER BY rowid {order}"
    " LIMIT 1"
)
_BY_KEY = "tenant = ? AND key_id = ?"
_OF_HOLDER = "tenant = ? AND holder = ?"
_BY_AGE = "kind <> 0 AND tenant = ? AND purpose = ? AND retention = ? AND created < ?"


def sealed_to(database: sqlite3.Connection, tenant: bytes, key_id: bytes) -> KeyUse:
    """Return what is sealed to a key."""
    values = {"tenant": tenant, "key": key_id, "most": RECORDS}
    sums = database.execute(_SUMS, values).fetchone()
    # the oldest lie in the database alone, the newest perhaps in the log alone
    held: set[bytes] = set()
    for table in SEALED:
        for order in ("ASC", "DESC"):
            query = _ENDS.format(table=table, order=order)
            held.update(row[0] for row in database.execute(query, (tenant, key_id)))
    samples = sorted(
        sample
        for octets in held
        for sample in (
            octets[-2 * SAMPLE_BYTES : -SAMPLE_BYTES],
            octets[-SAMPLE_BYTES:],
        )
        if len(sample) == SAMPLE_BYTES
    )
    envelopes, records, octets, devices, others = sums
    return KeyUse(envelopes, records, octets, devices, others, tuple(samples))


def devices_of(
    database: sqlite3.Connection, tenant: bytes, key_ids: Iterable[bytes]
) -> int:
    """Return how many devices have anything sealed to any of some keys."""
    devices: set[bytes] = set()
    for key_id in key_ids:
        for table in SEALED:
            query = f"SELECT DISTINCT device FROM {table} WHERE {_BY_KEY}"  # noqa: S608 - constant names
            devices.update(row[0] for row in database.execute(query, (tenant, key_id)))
    return len(devices)


def delete_ended(
    database: sqlite3.Connection, tenant: bytes, key_id: bytes, most: int
) -> Deleted:
    """Delete a slice of what is sealed to a key; nothing where that has not ended."""
    if not is_ended(database, tenant, key_id):
        return Deleted()
    rows: dict[str, int] = {}
    records = octets = 0
    for table in SEALED:
        counted = "0" if table == "blocks" else f"min(records, {RECORDS})"
        found = _slice(
            database, (table, _BY_KEY, counted), (tenant, key_id), most, octets
        )
        rows[table], of_them, size = found
        records += of_them if table == "envelopes" else 0
        octets += size
        most -= rows[table]
    envelopes = rows.pop("envelopes")
    return Deleted(envelopes, records, octets, sum(rows.values()))


def delete_announced(
    database: sqlite3.Connection, which: tuple[bytes, str, str, int], most: int
) -> int:
    """Delete a slice of what announces something.

    Args:
        database: within a transaction.
        which: tenant, purpose, retention class, and before which second it was made.
        most: rows.
    """
    return _slice(database, ("envelopes", _BY_AGE, "0"), which, most)[0]


def delete_extracts(
    database: sqlite3.Connection, tenant: bytes, holder: bytes, most: int
) -> int:
    """Delete a slice of a holder's extracts."""
    return _slice(database, ("extracts", _OF_HOLDER, "0"), (tenant, holder), most)[0]


def _slice(
    database: sqlite3.Connection,
    which: tuple[str, str, str],
    values: tuple[bytes | str | int, ...],
    most: int,
    octets: int = 0,
) -> tuple[int, int, int]:
    """Delete rows of a table, up to a number and until their octets are a slice.

    Args:
        database: within a transaction.
        which: table, condition and what is summed.
        values: of the condition.
        most: rows.
        octets: that went already in this slice.

    Returns:
        How many rows, their sum, and their octets.
    """
    table, condition, summed = which
    query = (
        f"SELECT rowid, {summed}, length(octets) FROM {table} WHERE {condition}"  # noqa: S608 - constant names
        " LIMIT ?"
    )
    rows: list[tuple[int]] = []
    total = size = 0
    for row, part, length in database.execute(query, (*values, max(most, 0))):
        if octets + size >= DELETED_BYTES:
            break
        rows.append((row,))
        total += part
        size += length
    database.executemany(f"DELETE FROM {table} WHERE rowid = ?", rows)  # noqa: S608 - constant names
    return len(rows), total, size
