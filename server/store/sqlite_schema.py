# SPDX-License-Identifier: Apache-2.0
"""Tables of the SQLite store, and how a connection to them is set up.

Rules: every key starts with the tenant; WAL with synchronous=FULL; deleted rows are
overwritten (secure_delete); no table has a place for opened data; a database of a
newer release is refused, never guessed at; one of an older is brought up to date.
Not here: what the tables mean (`server/store/sqlite.py`).
"""

import sqlite3
from pathlib import Path

from server.errors import StateError
from server.key_files import write_new
from server.store.sqlite_accounts import ACCOUNTS, announced_before
from server.store.sqlite_damaged import register
from server.store.sqlite_devices import told_before
from server.store.sqlite_ended import ENDING

VERSION = 12
"""1 had no resyncs, 2 no blocks, 3 not how many sources a block has, 4 no accounts,
5 no ends of keys, 6 no anchor for devices, 7 no orders, 8 no sites and tags, 9 no
placements, 10 no refusals, 11 not what is looked for
in all devices."""
ACCOUNTS_SINCE = 5
FLEET_SINCE = 12
BUSY_SECONDS = 10.0
"""A gate and a reader write in turn; each transaction needs milliseconds."""
CACHE_KIB = 4_096
"""Pages held by one connection: what a commit touches; the system's own cache holds the
others, and of sixteen megabytes a gate's commits were no cheaper."""
SPILL_KIB = 32_768
"""Pages that one transaction changed are held so far: what a gate commits at once, and
its indexes. Where a page is written before its transaction ends and changed once more,
SQLite reads and writes a check of each page behind it anew."""
_RESYNCS = """
CREATE TABLE resyncs (
    tenant BLOB NOT NULL, device BLOB NOT NULL, purpose TEXT NOT NULL,
    dataset TEXT NOT NULL, incarnation BLOB NOT NULL, issued INTEGER NOT NULL,
    octets BLOB NOT NULL, PRIMARY KEY (tenant, device, purpose, dataset)
) STRICT;
"""
_BLOCKS = """
CREATE TABLE blocks (
    tenant BLOB NOT NULL, device BLOB NOT NULL, purpose TEXT NOT NULL,
    key_id BLOB NOT NULL, incarnation BLOB NOT NULL, last INTEGER NOT NULL,
    sources INTEGER NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, device, purpose, key_id, incarnation)
) STRICT;
"""
_ANCHORS = """
CREATE TABLE anchors (tenant BLOB NOT NULL PRIMARY KEY, octets BLOB NOT NULL) STRICT;
"""
_ORDERS = """
CREATE TABLE orders (
    tenant BLOB NOT NULL, device BLOB NOT NULL, id BLOB NOT NULL,
    held INTEGER NOT NULL, expires INTEGER NOT NULL, octets BLOB NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, done INTEGER NOT NULL,
    steps INTEGER NOT NULL, changed INTEGER NOT NULL, withdrawn INTEGER NOT NULL,
    noted INTEGER NOT NULL, ticket BLOB NOT NULL, PRIMARY KEY (tenant, device, id)
) STRICT
"""
_REVOCATIONS = """
CREATE TABLE revocations (tenant BLOB NOT NULL PRIMARY KEY, octets BLOB NOT NULL) STRICT
"""
_CALLS = """
CREATE TABLE calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, tenant BLOB NOT NULL,
    device BLOB NOT NULL, made INTEGER NOT NULL
) STRICT
"""
_ASKED = (_ORDERS, _REVOCATIONS, _CALLS)
_SPOTS = tuple(
    f"ALTER TABLE {table} ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"
    for table in ("devices", "tokens")
    for name in ("site", "tags")
)
"""Names of tags are parted by a space."""
_OBEYED = (
    """CREATE TABLE policies (
    tenant BLOB NOT NULL, version INTEGER NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, version)) STRICT""",
    """CREATE TABLE placements (
    tenant BLOB NOT NULL, device BLOB NOT NULL, version INTEGER NOT NULL,
    serial INTEGER NOT NULL, issued INTEGER NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, device)) STRICT""",
)
_REFUSED = (
    """CREATE TABLE refusals (
    tenant BLOB NOT NULL, hour INTEGER NOT NULL, gate TEXT NOT NULL,
    reason TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, gate, reason)) STRICT""",
    """CREATE TABLE refused (
    tenant BLOB NOT NULL, device BLOB NOT NULL, reason TEXT NOT NULL,
    gate TEXT NOT NULL, count INTEGER NOT NULL, since INTEGER NOT NULL,
    last INTEGER NOT NULL, PRIMARY KEY (tenant, device, reason)) STRICT""",
)
_FLEET = (
    *(
        f"ALTER TABLE devices ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"
        for name in ("name", "said", "alarms")
    ),
    *(
        f"ALTER TABLE devices ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0"
        for name in ("lossy", "waiting", "waited")
    ),
    """CREATE INDEX fleet ON devices (tenant, state, site, tags, system, name, said,
    alarms, lossy, waiting, waited, device, seen)""",
)
"""All that is looked for in all devices lies together, apart from their keys, which are
ten times as long."""
_ADDED = {
    2: (_RESYNCS,),
    3: (),
    4: ("DROP TABLE IF EXISTS blocks", _BLOCKS),
    5: ACCOUNTS,
    6: ENDING,
    7: (_ANCHORS,),
    8: _ASKED,
    9: _SPOTS,
    10: _OBEYED,
    11: _REFUSED,
    12: _FLEET,
}
"""What a version has that the one before it had not; blocks are made again."""
_TABLES = """
CREATE TABLE devices (
    tenant BLOB NOT NULL, device BLOB NOT NULL, public BLOB NOT NULL,
    sealing BLOB NOT NULL, state TEXT NOT NULL, enrolled INTEGER NOT NULL,
    seen INTEGER NOT NULL, agent TEXT NOT NULL, system TEXT NOT NULL,
    label TEXT NOT NULL, PRIMARY KEY (tenant, device)
) STRICT;
CREATE TABLE tokens (
    tenant BLOB NOT NULL, secret BLOB NOT NULL, not_after INTEGER NOT NULL,
    uses INTEGER NOT NULL, PRIMARY KEY (tenant, secret)
) STRICT;
CREATE TABLE bundles (tenant BLOB NOT NULL PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE TABLE pseudonyms (
    tenant BLOB NOT NULL, device BLOB NOT NULL, octets BLOB NOT NULL,
    PRIMARY KEY (tenant, device)
) STRICT;
CREATE TABLE chains (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    sequence INTEGER NOT NULL, digest BLOB NOT NULL,
    marked INTEGER NOT NULL DEFAULT 0, mark BLOB,
    PRIMARY KEY (tenant, device, incarnation)
) STRICT;
CREATE INDEX unmarked ON chains (tenant, device, incarnation) WHERE sequence > marked;
CREATE TABLE envelopes (
    tenant BLOB NOT NULL, device BLOB NOT NULL, incarnation BLOB NOT NULL,
    sequence INTEGER NOT NULL, previous BLOB NOT NULL, digest BLOB NOT NULL,
    kind INTEGER NOT NULL, purpose TEXT NOT NULL, retention TEXT NOT NULL,
    key_id BLOB NOT NULL, bucket INTEGER NOT NULL, created INTEGER NOT NULL,
    records INTEGER NOT NULL, octets BLOB NOT NULL, received INTEGER NOT NULL,
    UNIQUE (tenant, device, incarnation, sequence)
) STRICT;
CREATE INDEX by_previous ON envelopes (tenant, device, previous);
CREATE INDEX by_purpose
    ON envelopes (tenant, purpose, device, incarnation, sequence);
"""


def create(path: Path) -> None:
    """Make the tables in a file that may be absent or empty, and nothing else.

    Raises:
        StateError: there is a store already, or the file cannot be made.
    """
    if not path.exists():
        write_new(path, b"")
    try:
        database = _connect(path, "rw")
    except sqlite3.Error:
        raise _unusable(path) from None
    try:
        if _version(database):
            msg = f"{path} is a store already: choose another directory"
            raise StateError(msg)
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")  # no later than now
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript("BEGIN IMMEDIATE;" + _TABLES + _RESYNCS + _BLOCKS)
        for version in range(ACCOUNTS_SINCE, VERSION + 1):
            for statement in _ADDED[version]:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("COMMIT")
    except sqlite3.Error:
        raise _unusable(path) from None
    finally:
        database.close()


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a store that exists, in autocommit mode.

    It may be used by any thread, by one at a time.

    Raises:
        StateError: absent, damaged, or made by another release.
    """
    try:
        database = _connect(path, "rw")
    except (sqlite3.Error, UnicodeDecodeError):  # SQLite quotes a damaged schema
        raise _unusable(path) from None
    try:
        version: int | None = _brought_up(database)
    except (sqlite3.Error, UnicodeDecodeError):
        version = None
    if version == VERSION:
        return database
    database.close()
    if version is None or version == 0:
        raise _unusable(path)
    msg = f"a newer release made {path}: install that release again"
    raise StateError(msg)


def reopened(path: Path) -> sqlite3.Connection:
    """Return a connection to a store that was open before; SQLite opens it when asked.

    Nothing is looked at, so a disk that refuses now is told by the next statement.
    """
    return _connect(path, "rw")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    database = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    register(database)
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    database.execute(f"PRAGMA cache_spill = -{SPILL_KIB}")
    return database


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def _brought_up(database: sqlite3.Connection) -> int:
    """Make a store of an older version one of this; the second finds it done."""
    while 0 < _version(database) < VERSION:
        database.execute("BEGIN IMMEDIATE")
        try:
            following = _version(database) + 1
            if following <= VERSION:
                for statement in _ADDED[following]:
                    database.execute(statement)
                if following == ACCOUNTS_SINCE:
                    announced_before(database)
                if following == FLEET_SINCE:
                    told_before(database)
                database.execute(f"PRAGMA user_version = {following}")
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")
    return _version(database)


def _unusable(path: Path) -> StateError:
    return StateError(
        f"{path} is not a store that can be used: let this user read and write it, or "
        "restore its backup"
    )
