# SPDX-License-Identifier: Apache-2.0
"""The keyring's tables, and how secrets in them are named.

Rules: a secret's name says what it is for, and the scope whose key wraps it.
Not here: the layers of keys (`wrapping.py`), the first version (`upgrading.py`).
Source: docs/spec/keyring.md.
"""

import sqlite3
from typing import NamedTuple

from server.errors import StateError
from wire.papers.tombstone import KeyKind

VERSION = 3
EPOCH = b"discreet/1/keyring/epoch\x00"
PSEUDONYM = b"discreet/1/keyring/pseudonym\x00"
STORE_ROLE = b"discreet/1/keyring/store-role\x00"
FOLD_JOB = b"discreet/1/keyring/fold-job\x00"
KEEPER_KEY = b"discreet/1/keyring/keeper\x00"
CASE = b"discreet/1/keyring/case\x00"
NOTES = b"discreet/1/keyring/notes\x00"
ROLES = "roles"
"""The scope of keys that sign marks and blocks, and open nothing."""
KEEPER = "keeper"
"""The scope of the key that signs what the keeper did."""
EPOCHS = """
CREATE TABLE epochs (
    key_id BLOB PRIMARY KEY,
    tenant BLOB NOT NULL,
    purpose TEXT NOT NULL,
    retention TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    public BLOB NOT NULL,
    created INTEGER NOT NULL,
    maximum_age INTEGER NOT NULL,
    until INTEGER NOT NULL,
    ticket BLOB NOT NULL,
    UNIQUE (tenant, purpose, retention, start, end, ticket)
) STRICT, WITHOUT ROWID
"""
"""Keys of epochs, and of tickets: an epoch's has the empty ticket."""
TABLES = f"""
CREATE TABLE master (
    generation INTEGER NOT NULL,
    journal INTEGER NOT NULL,
    renewing INTEGER NOT NULL,
    rotated INTEGER NOT NULL
) STRICT;
CREATE TABLE scopes (
    scope TEXT PRIMARY KEY,
    nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE secrets (
    scope TEXT NOT NULL,
    context BLOB NOT NULL,
    nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL,
    PRIMARY KEY (scope, context)
) STRICT, WITHOUT ROWID;
{EPOCHS};
CREATE TABLE pseudonyms (
    tenant BLOB NOT NULL,
    purpose TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (tenant, purpose, start, end)
) STRICT, WITHOUT ROWID;
CREATE TABLE cases (
    key_id BLOB PRIMARY KEY,
    tenant BLOB NOT NULL,
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    public BLOB NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstones (
    key_id BLOB PRIMARY KEY,
    destroyed INTEGER NOT NULL,
    reason TEXT NOT NULL,
    generation INTEGER NOT NULL,
    created INTEGER NOT NULL,
    tenant BLOB,
    purpose TEXT,
    retention TEXT,
    epoch INTEGER,
    start INTEGER,
    end INTEGER,
    kind TEXT,
    ticket BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE backups (
    id BLOB PRIMARY KEY,
    made INTEGER NOT NULL,
    until INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    ended INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_epoch ON tombstones (tenant, purpose, start, end);
PRAGMA user_version = {VERSION};
"""


class Spot(NamedTuple):
    """What has one pseudonym key: a purpose of a tenant, from `start` to `end`."""

    tenant: bytes
    purpose: str
    start: int
    end: int


def scope_of(tenant: bytes, purpose: str) -> str:
    """Return the scope of all keys of a tenant's purpose."""
    return f"{tenant.hex()}/{purpose}"


def case_scope(kind: KeyKind, name: bytes) -> str:
    """Return the scope of a case's, hold's, ticket's or law's keys."""
    return f"{kind.value}/{name.hex()}"


def pseudonym_context(spot: Spot) -> bytes:
    """Return what names a pseudonym key."""
    return PSEUDONYM + spot.tenant + f"{spot.purpose}/{spot.start}/{spot.end}".encode()


def make_tables(connection: sqlite3.Connection, generation: int, now: int) -> None:
    """Make all tables, and name the generation that holds; in a transaction."""
    for statement in TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO master VALUES (?, 0, 0, ?)", (generation, now))


def version(connection: sqlite3.Connection) -> int:
    """Return the version of a keyring's tables; the first one had no number.

    Raises:
        StateError: a later release wrote it.
    """
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        msg = "the keyring was written by a later release: use that one"
        raise StateError(msg)
    return found or 1
