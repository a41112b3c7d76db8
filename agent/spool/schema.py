# SPDX-License-Identifier: Apache-2.0
"""Tables of the spool, and how they are opened safely.

Rules: WAL with synchronous=FULL; deleted rows are overwritten (secure_delete) and the
log truncated; a database of a newer release is refused, never guessed at; one of an
older release is brought up to date (`upgrade.py`); what an envelope is and its
octets are in two tables, so that a fate written down rewrites no octets.
Not here: what the tables mean (`agent/spool/spool.py`).
"""

import re
import sqlite3
import zlib

from agent.spool import checksums
from wire.envelope import NO_PREVIOUS
from wire.ledger import EMPTY

VERSION = 8
"""1 had no rows of snapshots; 2 had one table of envelopes and no classes; 3
had no checksums of envelopes and of what is owed; 4 had no orders. No bit makes 8
another known one."""
CHECKED = 4
"""The first version with checksums of envelopes and of what is owed."""
_CHAIN = """
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation BLOB NOT NULL, secret BLOB NOT NULL,
    sequence INTEGER NOT NULL, previous BLOB NOT NULL, marked INTEGER NOT NULL,
    ledger_index INTEGER NOT NULL, ledger_digest BLOB NOT NULL,
    base INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0, voids INTEGER NOT NULL DEFAULT 0
) STRICT;
"""
QUEUE = """
CREATE TABLE envelopes (
    number INTEGER PRIMARY KEY, incarnation BLOB NOT NULL, sequence INTEGER NOT NULL,
    digest BLOB NOT NULL, name BLOB NOT NULL, previous BLOB NOT NULL,
    purpose TEXT NOT NULL, retention TEXT NOT NULL, class INTEGER NOT NULL,
    records INTEGER NOT NULL, since INTEGER NOT NULL, created INTEGER NOT NULL,
    expires INTEGER NOT NULL, void INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL, tag INTEGER NOT NULL DEFAULT 0,
    UNIQUE (incarnation, sequence)
) STRICT;
CREATE TABLE bodies (number INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;
CREATE INDEX waiting ON envelopes (number, created) WHERE sent = 0;
CREATE INDEX droppable ON envelopes (class, number) WHERE void = 0;
CREATE INDEX expiring ON envelopes (expires) WHERE void = 0;
CREATE TABLE sums (
    class INTEGER, sent INTEGER, envelopes INTEGER NOT NULL, octets INTEGER NOT NULL,
    PRIMARY KEY (class, sent)
) STRICT;
CREATE TRIGGER queue_in AFTER INSERT ON envelopes BEGIN
    INSERT INTO sums VALUES (NEW.class, NEW.sent, 1, NEW.size)
    ON CONFLICT (class, sent) DO UPDATE SET
        envelopes = envelopes + 1, octets = octets + excluded.octets;
END;
CREATE TRIGGER queue_out AFTER DELETE ON envelopes BEGIN
    UPDATE sums SET envelopes = envelopes - 1, octets = octets - OLD.size
    WHERE class = OLD.class AND sent = OLD.sent;
    DELETE FROM bodies WHERE number = OLD.number;
END;
CREATE TRIGGER queue_on AFTER UPDATE OF class, sent, size ON envelopes BEGIN
    UPDATE sums SET envelopes = envelopes - 1, octets = octets - OLD.size
    WHERE class = OLD.class AND sent = OLD.sent;
    INSERT INTO sums VALUES (NEW.class, NEW.sent, 1, NEW.size)
    ON CONFLICT (class, sent) DO UPDATE SET
        envelopes = envelopes + 1, octets = octets + excluded.octets;
END;
"""
"""The queue's tables: `digest` is of the octets, `name` what the next envelope names,
which differs for a void."""
OWED = """
CREATE TABLE owed (
    number INTEGER PRIMARY KEY, purpose TEXT, retention TEXT, count INTEGER,
    since INTEGER NOT NULL, reason TEXT NOT NULL
) STRICT;
"""
"""Without a purpose, it is for every class."""
ORDERS = """
CREATE TABLE orders (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL,
    told TEXT NOT NULL, consent TEXT NOT NULL, octets BLOB NOT NULL,
    heard INTEGER NOT NULL, answer INTEGER NOT NULL, expires INTEGER NOT NULL,
    seconds INTEGER NOT NULL, found INTEGER NOT NULL
) STRICT;
"""
"""Orders as they came, sealed to this device, and what has become of them."""
TABLES = {"queue": QUEUE, "owed": OWED}
"""What an older spool gets anew."""
_TABLES = """
CREATE TABLE cursors (
    purpose TEXT, dataset TEXT, cursor BLOB NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE snapshots (
    purpose TEXT, dataset TEXT, key_id BLOB NOT NULL, plan BLOB NOT NULL,
    state BLOB NOT NULL, following INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE passes (
    purpose TEXT, dataset TEXT, time INTEGER NOT NULL, PRIMARY KEY (purpose, dataset)
) STRICT;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY, entry BLOB NOT NULL, body BLOB, salt BLOB
) STRICT;
"""
_NAMES = frozenset(
    {
        *("chain", "envelopes", "bodies", "sums", "owed", "cursors"),
        *("snapshots", "passes", "numbers", "ledger", "tags", "orders"),
    }
)

_PAGE = re.compile(r"failed to get page|unable to get the page\. error code=(\d+)")
"""How SQLite's check words a page that the disk did not give: no damage is seen yet."""
_INDEX = re.compile(
    r"^(row \d+ |wrong # of entries |non-unique entry |rowid not ).*index"
)
"""How it words an index that differs from its table, all pages being whole."""
_SOUND = "ok"
_CACHE_KIB = 512
"""Of pages in memory: an envelope is read once, and what is looked up fits."""
_LOG_PAGES = 256
"""The log moves into the database at 1 MiB: what is held back has room for it."""

GAPS = "gaps"
"""Number of the losses that this spool has announced."""
FOLDED = "folded"
"""Number of readings of metrics that were left out because the queue was filling."""
SCHEMA = "schema"
"""Number that is the checksum of the tables' own text."""
RELEASE = "version"
"""Number that is VERSION once more: the other one has no checksum."""
FOLLOWS = "follows"
"""Number that is 1 in a spool that took the place of one that was lost."""


class NewerError(sqlite3.DatabaseError):
    """A newer release made the spool."""


def prepare(
    database: sqlite3.Connection,
    incarnation: bytes,
    secret: bytes,
    owed: int | None,
    *,
    check: bool,
    mend: bool = True,
) -> None:
    """Set the connection up and make the tables of a new spool.

    Args:
        database: a fresh connection in autocommit mode.
        incarnation: 16 random bytes, used if the spool is new.
        secret: 32 random bytes keying the digests, used if the spool is new.
        owed: seconds since the epoch after which a lost spool's records are missing,
            used if the spool is new; None where nothing was lost.
        check: look at all of the database, which takes a moment for a large one.
        mend: then make wrong indexes anew, and give up single rows that are not what
            was written.

    Raises:
        NewerError: a newer release made it.
        sqlite3.DatabaseError: the file is not a sound database, or not whole.
    """
    checksums.register(database)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA secure_delete = ON")
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    database.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        msg = "a newer release made this spool"
        raise NewerError(msg)
    if version:
        if check:
            _check(database, mend=mend)
        if version < VERSION:
            from agent.spool import upgrade  # noqa: PLC0415 - once in a spool's life

            upgrade.bring_up(database, version, TABLES, VERSION, _finish)
        _check_whole(database)
        if check and mend:
            checksums.check(database)
            if None in _remembered(database):  # it was the damaged row
                _remember_schema(database)
        _check_schema(database)
        return
    _make(database, incarnation, secret, owed)


def _make(
    database: sqlite3.Connection, incarnation: bytes, secret: bytes, owed: int | None
) -> None:
    """Make the tables of a new spool; what they are given is as for `prepare`."""
    database.executescript(
        "BEGIN IMMEDIATE;" + _CHAIN + QUEUE + OWED + ORDERS + _TABLES
    )
    checksums.make(database)
    database.execute(
        "INSERT INTO chain (one, incarnation, secret, sequence, previous, marked, "
        "ledger_index, ledger_digest) VALUES (1, ?, ?, 0, ?, 0, ?, ?)",
        (incarnation, secret, NO_PREVIOUS, EMPTY.index, EMPTY.digest),
    )
    if owed is not None:
        database.execute(
            "INSERT INTO owed VALUES (NULL, NULL, NULL, NULL, ?, 'spool-corrupt')",
            (owed,),
        )
        database.execute("INSERT INTO numbers VALUES (?, 1)", (FOLLOWS,))
    _remember_schema(database)
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def _finish(database: sqlite3.Connection) -> None:
    """Give a spool of an older release what no version before had."""
    database.execute(ORDERS)
    checksums.make(database, ["orders"], table=False)
    _remember_schema(database)


def _remember_schema(database: sqlite3.Connection) -> None:
    """Remember the tables' own text, of which SQLite believes any that it can parse."""
    database.executemany(
        "INSERT OR REPLACE INTO numbers VALUES (?, ?)",
        [(SCHEMA, _schema_of(database)), (RELEASE, VERSION)],
    )


def _schema_of(database: sqlite3.Connection) -> int:
    parts = database.execute(
        "SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master "
        "ORDER BY type, name"
    ).fetchall()
    return zlib.crc32(repr(parts).encode())


def _check(database: sqlite3.Connection, *, mend: bool) -> None:
    """Look at all of the database; an index that is wrong is made anew.

    A quick check does not compare indexes with tables: with a wrong one each write
    fails, and each opening would find nothing. Where pages are wrong nothing is
    written: what SQLite takes for free may be what can still be salvaged.
    """
    verdict = _verdict(database)
    if mend and _INDEX.search(verdict):
        database.execute("REINDEX")
        verdict = _verdict(database)
    if verdict != _SOUND:
        msg = "the database is damaged"
        raise sqlite3.DatabaseError(msg)


def _verdict(database: sqlite3.Connection) -> str:
    """Return the first that is wrong with a database.

    Raises:
        sqlite3.OperationalError: the disk did not give a page, which tells nothing.
    """
    (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    found = _PAGE.search(verdict)
    if found and int(found[1] or sqlite3.SQLITE_IOERR) & 0xFF == sqlite3.SQLITE_IOERR:
        problem = sqlite3.OperationalError(verdict)
        problem.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise problem
    return str(verdict)


def _check_whole(database: sqlite3.Connection) -> None:
    """Require every table, and the one row of the chain."""
    found = {
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )
    }
    if not found >= _NAMES:
        msg = "a table is missing"
        raise sqlite3.DatabaseError(msg)
    if database.execute("SELECT COUNT(*) FROM chain").fetchone() != (1,):
        msg = "the chain is missing"
        raise sqlite3.DatabaseError(msg)


def _remembered(database: sqlite3.Connection) -> tuple[int | None, int | None]:
    """Return the remembered checksum of the tables' text, and their version."""
    schema, release = (
        database.execute(
            "SELECT (SELECT value FROM numbers WHERE name = ?)", (name,)
        ).fetchone()[0]
        for name in (SCHEMA, RELEASE)
    )
    return schema, release


def _check_schema(database: sqlite3.Connection) -> None:
    if _remembered(database) != (_schema_of(database), VERSION):
        msg = "a table is not as it was made"
        raise sqlite3.DatabaseError(msg)
