# SPDX-License-Identifier: Apache-2.0
"""Tables of the SQLite store for what ends, and which keys have ended.

Rules: whatever is sealed to a key is found by that key; what is sealed to an ended key
is not taken in, whichever way it comes; a device that is not heard is left no keys.
Not here: deleting (`sqlite_deleting.py`), the other tables (`sqlite_schema.py`).
"""

import sqlite3
from collections.abc import Iterable

from wire.envelope import NO_KEY

SEALED = ("envelopes", "blocks", "remainders", "extracts")
"""Every table that has something sealed to a purpose's or a hold's key."""
_ENDED = """
CREATE TABLE ended (
    tenant BLOB NOT NULL, key_id BLOB NOT NULL, noticed INTEGER NOT NULL,
    PRIMARY KEY (tenant, key_id)
) STRICT, WITHOUT ROWID
"""
_REMAINDERS = """
CREATE TABLE remainders (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    sequence INTEGER NOT NULL, purpose TEXT NOT NULL, retention TEXT NOT NULL,
    key_id BLOB NOT NULL, source BLOB NOT NULL, created INTEGER NOT NULL,
    records INTEGER NOT NULL, erased INTEGER NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence)
) STRICT
"""
_EXTRACTS = """
CREATE TABLE extracts (
    tenant BLOB NOT NULL, holder BLOB NOT NULL, device BLOB NOT NULL,
    incarnation BLOB NOT NULL, sequence INTEGER NOT NULL, purpose TEXT NOT NULL,
    key_id BLOB NOT NULL, source BLOB NOT NULL, created INTEGER NOT NULL,
    records INTEGER NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, holder, device, incarnation, sequence)
) STRICT
"""
_BY_KEY = (
    "CREATE INDEX by_key ON envelopes (tenant, key_id)",
    "CREATE INDEX blocks_by_key ON blocks (tenant, key_id)",
    "CREATE INDEX remainders_by_key ON remainders (tenant, key_id)",
    "CREATE INDEX extracts_by_key ON extracts (tenant, key_id)",
)
_BY_AGE = """
CREATE INDEX by_age ON envelopes (tenant, purpose, retention, created) WHERE kind <> 0
"""
"""Of what announces something, which no key's end takes along."""
_SILENCED = """
CREATE TRIGGER silenced AFTER UPDATE OF state ON devices WHEN new.state <> 'active'
BEGIN
    DELETE FROM pseudonyms WHERE tenant = new.tenant AND device = new.device;
END
"""
_SILENCED_BEFORE = """
DELETE FROM pseudonyms WHERE NOT EXISTS (
    SELECT 1 FROM devices d WHERE d.tenant = pseudonyms.tenant
    AND d.device = pseudonyms.device AND d.state = 'active')
"""
ENDING = (
    *(_ENDED, _REMAINDERS, _EXTRACTS, *_BY_KEY, _BY_AGE),
    *(_SILENCED, _SILENCED_BEFORE),
)
"""One statement each: a script would end the transaction that they are part of."""
_IS_ENDED = "SELECT 1 FROM ended WHERE tenant = ? AND key_id = ?"
NOT_ENDED = f"NOT EXISTS ({_IS_ENDED})"
EVERY = "SELECT key_id, noticed FROM ended WHERE tenant = ? ORDER BY key_id"
_NEXT_KEY = (
    "SELECT min(key_id) FROM {table} WHERE tenant = :tenant AND key_id > {after}"
)
_KEYS = (
    "WITH RECURSIVE found(key_id) AS ({first} UNION ALL SELECT ({next}) FROM found"
    " WHERE key_id IS NOT NULL) SELECT key_id FROM found WHERE key_id IS NOT NULL"
)
"""From one key to the next in the index, however much is sealed to each."""


def of(key_id: bytes, noticed: int) -> tuple[bytes, int]:
    """Return the key of a row of `EVERY`, and when the store was told."""
    return key_id, noticed


def is_ended(database: sqlite3.Connection, tenant: bytes, key_id: bytes) -> bool:
    """Tell whether a key has ended."""
    return database.execute(_IS_ENDED, (tenant, key_id)).fetchone() is not None


def end_keys(
    database: sqlite3.Connection, tenant: bytes, key_ids: Iterable[bytes], now: int
) -> list[bytes]:
    """End keys; returns those that something is sealed to."""
    ended = set(key_ids)
    database.executemany(
        "INSERT INTO ended VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(tenant, key_id, now) for key_id in sorted(ended)],
    )
    return [key for key in sealed_keys(database, tenant) if key in ended]


def sealed_keys(database: sqlite3.Connection, tenant: bytes) -> list[bytes]:
    """Return every key that something is sealed to, in order."""
    found: set[bytes] = set()
    for table in SEALED:
        query = _KEYS.format(
            first=_NEXT_KEY.format(table=table, after=":nothing"),
            next=_NEXT_KEY.format(table=table, after="found.key_id"),
        )
        values = {"tenant": tenant, "nothing": NO_KEY}  # keys are behind it in order
        found.update(key for (key,) in database.execute(query, values))
    return sorted(found)
