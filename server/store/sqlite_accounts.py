# SPDX-License-Identifier: Apache-2.0
"""The tables from which a store accounts for what devices accepted.

Rules: what an envelope announces stands in a row of its own, beside the envelope and
after it; a deleted envelope leaves its digest, so that it cannot come back as another.
Not here: the other tables (`sqlite_schema.py`), what is asked of these
(`sqlite_chains.py`).
"""

import sqlite3

from wire import envelope
from wire.envelope import EnvelopeKind, Gap
from wire.errors import WireError

_BEHIND = """
ALTER TABLE chains ADD COLUMN highest INTEGER NOT NULL DEFAULT 0
"""
"""The highest sequence that has arrived."""
_BEHIND_BEFORE = """
UPDATE chains SET highest = max(sequence, coalesce((
    SELECT max(e.sequence) FROM envelopes e WHERE e.tenant = chains.tenant
    AND e.device = chains.device AND e.incarnation = chains.incarnation), 0))
"""
_SAID = (
    "ALTER TABLE chains ADD COLUMN said INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chains ADD COLUMN said_accepted INTEGER",
    "ALTER TABLE chains ADD COLUMN said_marked INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chains ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chains ADD COLUMN said_first INTEGER",
    "ALTER TABLE chains ADD COLUMN doubted INTEGER",
    "CREATE INDEX doubted ON chains (doubted) WHERE doubted IS NOT NULL",
    "ALTER TABLE devices ADD COLUMN queue BLOB",
)
"""A device's word; `said_first`: when it named this spool first; `doubted`: since when
it holds a mark that is beyond the end."""
_GAPS = """
CREATE TABLE gaps (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    sequence INTEGER NOT NULL, kind INTEGER NOT NULL, purpose TEXT NOT NULL,
    retention TEXT NOT NULL, instead BLOB, records INTEGER, since INTEGER NOT NULL,
    until INTEGER NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence)
) STRICT, WITHOUT ROWID
"""
"""Beside the envelopes: a column behind `octets` costs a walk over its pages."""
_SPENT = """
CREATE TABLE spent (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    sequence INTEGER NOT NULL, digest BLOB NOT NULL, kind INTEGER NOT NULL,
    purpose TEXT NOT NULL, retention TEXT NOT NULL, records INTEGER NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, sequence)
) STRICT, WITHOUT ROWID
"""
_SPENDING = """
CREATE TRIGGER spending AFTER DELETE ON envelopes BEGIN
    INSERT OR REPLACE INTO spent VALUES (
        old.tenant, old.device, old.incarnation, old.sequence, old.digest, old.kind,
        old.purpose, old.retention, old.records
    );
END
"""
_LOST = """
CREATE TABLE lost (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, noticed INTEGER NOT NULL,
    PRIMARY KEY (tenant, device, incarnation, first)
) STRICT, WITHOUT ROWID
"""
_USAGE = """
CREATE TABLE usage (
    tenant BLOB NOT NULL, day INTEGER NOT NULL, device BLOB NOT NULL,
    octets INTEGER NOT NULL, PRIMARY KEY (tenant, day, device)
) STRICT, WITHOUT ROWID
"""
ACCOUNTS = (_BEHIND, _BEHIND_BEFORE, *_SAID, _GAPS, _SPENT, _SPENDING, _LOST, _USAGE)
"""One statement each: a script would end the transaction that they are part of."""


def announce(
    database: sqlite3.Connection,
    place: tuple[bytes, bytes, bytes, int],
    filed: tuple[int, str, str],
    instead: bytes | None,
    gap: Gap,
) -> None:
    """Write down what an envelope announces.

    Args:
        database: within a transaction.
        place: tenant, device, incarnation, sequence.
        filed: kind, purpose, retention class.
        instead: of a void.
        gap: how many records, from when until when, and why.
    """
    database.execute(
        "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *place,
            *filed,
            instead,
            gap.count,
            gap.since,
            gap.until,
            gap.reason,
        ),
    )


def announced_before(database: sqlite3.Connection) -> None:
    """Write down what the envelopes of an older store announce."""
    for *place, purpose, retention, octets in database.execute(
        "SELECT tenant, device, incarnation, sequence, purpose, retention, octets"
        " FROM envelopes WHERE kind = ?",
        (EnvelopeKind.GAP.value,),
    ).fetchall():
        tenant, device, incarnation, sequence = place
        try:
            _, header = envelope.read(octets)
        except WireError:
            continue  # damaged since: a reading counts it by its reason
        if header.gap is not None:
            announce(
                database,
                (tenant, device, incarnation, sequence),
                (EnvelopeKind.GAP.value, purpose, retention),
                None,
                header.gap,
            )
