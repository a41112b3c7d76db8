# SPDX-License-Identifier: Apache-2.0
"""Tables of the spool, and how they are opened safely.

Rules: WAL with synchronous=FULL; deleted rows are overwritten (secure_delete) and the
log truncated; a database of a newer release is refused, never guessed at; one of an
older release is brought up to date in one transaction.
Not here: what the tables mean (`agent/spool.py`).
"""

import sqlite3

from agent.errors import StateError
from wire.envelope import NO_PREVIOUS
from wire.ledger import EMPTY

VERSION = 2
"""1 had no rows of snapshots, so their states are forgotten and sent whole."""
_SNAPSHOTS = """
CREATE TABLE snapshots (
    purpose TEXT, dataset TEXT, key_id BLOB NOT NULL, plan BLOB NOT NULL,
    state BLOB NOT NULL, following INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (purpose, dataset)
) STRICT;
"""
_TABLES = """
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation BLOB NOT NULL, secret BLOB NOT NULL,
    sequence INTEGER NOT NULL, previous BLOB NOT NULL, marked INTEGER NOT NULL,
    ledger_index INTEGER NOT NULL, ledger_digest BLOB NOT NULL
) STRICT;
CREATE TABLE envelopes (
    sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL, purpose TEXT NOT NULL,
    created INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0, octets BLOB NOT NULL
) STRICT;
CREATE INDEX waiting ON envelopes (sequence) WHERE sent = 0;
CREATE TABLE cursors (
    purpose TEXT, dataset TEXT, cursor BLOB NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE passes (
    purpose TEXT, dataset TEXT, time INTEGER NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, entry BLOB NOT NULL, body BLOB, salt BLOB
) STRICT;
"""


GAP_OWED = "gap-owed"
"""Number that says 1 + the second after which what was spooled is lost."""

GAPS = "gaps"
"""Number of the losses that this spool has announced."""


def prepare(
    database: sqlite3.Connection, incarnation: bytes, secret: bytes, owed: int | None
) -> None:
    """Set the connection up and make the tables of a new spool.

    Args:
        database: a fresh connection in autocommit mode.
        incarnation: 16 random bytes, used if the spool is new.
        secret: 32 random bytes keying the digests, used if the spool is new.
        owed: seconds since the epoch after which a lost spool's records are missing,
            used if the spool is new; None where nothing was lost.

    Raises:
        sqlite3.DatabaseError: the file is not a sound database.
        StateError: a newer release made it.
    """
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")
    database.execute("PRAGMA temp_store = MEMORY")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        msg = "a newer release made this spool: install that release again"
        raise StateError(msg)
    if version:
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        if version < VERSION:
            _bring_up(database)
        return
    database.executescript("BEGIN IMMEDIATE;" + _TABLES + _SNAPSHOTS)
    database.execute(
        "INSERT INTO chain VALUES (1, ?, ?, 0, ?, 0, ?, ?)",
        (incarnation, secret, NO_PREVIOUS, EMPTY.index, EMPTY.digest),
    )
    if owed is not None:
        database.execute("INSERT INTO numbers VALUES (?, ?)", (GAP_OWED, owed + 1))
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def _bring_up(database: sqlite3.Connection) -> None:
    """Make a spool of version 1 one of this; who comes second finds it done."""
    database.execute("BEGIN IMMEDIATE")
    try:
        if database.execute("PRAGMA user_version").fetchone() == (1,):
            database.execute("DROP TABLE snapshots")
            database.execute(_SNAPSHOTS)
            database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
