# SPDX-License-Identifier: Apache-2.0
"""Brings the spool of an older release up to date.

Rules: what waits stays and keeps its numbers; envelopes are moved a slice at a time,
each in its own transaction, so that it needs little space and goes on where it was
broken off; an envelope that cannot be read is moved as it is and its loss is owed.
Not here: the tables of this release (`schema.py`).
"""

import sqlite3
from collections.abc import Callable, Mapping

from agent.budget import TRIM_BYTES
from agent.spool import checksums
from agent.spool.change import ENVELOPE_TAG, FILE, tag
from wire import cbor, envelope, ledger, limits
from wire.envelope import NO_PREVIOUS, EnvelopeKind
from wire.errors import WireError
from wire.purposes import RULES, Purpose

_STATES = """
DROP TABLE snapshots;
CREATE TABLE snapshots (
    purpose TEXT, dataset TEXT, key_id BLOB NOT NULL, plan BLOB NOT NULL,
    state BLOB NOT NULL, following INTEGER NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (purpose, dataset)
) STRICT;
"""
_OWED_BEFORE = """
INSERT INTO owed SELECT NULL, purpose, retention, count, since, reason FROM owed_before;
DROP TABLE owed_before;
"""
_BEGIN = """
ALTER TABLE envelopes RENAME TO former;
DROP INDEX waiting;
ALTER TABLE chain ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chain ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chain ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chain ADD COLUMN voids INTEGER NOT NULL DEFAULT 0;
"""
_GAP_OWED = "gap-owed"
"""Number of versions 1 and 2: 1 + the second after which what was spooled is lost."""
_DAY = 86_400
_CONTROL, _EVENT = 3, 0
"""Classes: of metrics an old spool does not know, so nothing of it is dropped first."""
_UNREAD = "unknown"
"""Retention class of an envelope that cannot be read."""
_THIRD = 3
"""The version whose envelopes and owed losses had no checksums."""
_FOURTH = 4
"""The version that had no orders."""
_SLICE = TRIM_BYTES // 512
"""Envelopes' rows that are written at once: each takes less than half a kilobyte."""


def bring_up(
    database: sqlite3.Connection,
    version: int,
    tables: Mapping[str, str],
    newest: int,
    finish: Callable[[sqlite3.Connection], None],
) -> None:
    """Make a spool of an older version one of this; who comes second finds it done.

    Args:
        database: a connection in autocommit mode.
        version: what it is now, 1 to 4.
        tables: the statements that make this release's `queue` and `owed`.
        newest: this release's version.
        finish: called when all is moved, in the same transaction.

    Raises:
        sqlite3.DatabaseError: it is damaged, or there is no space.
    """
    if version == _FOURTH:
        _step(database, "", version, newest, lambda: finish(database))
        return
    if version == _THIRD:
        _tag_rows(database, tables["owed"], newest, finish)
        return
    if version == 1:
        _step(database, _STATES, 1, 2)
    if not _has_former(database):
        _begin(database, "".join(tables.values()))
    while not _move(database, newest, finish):
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _tag_rows(
    database: sqlite3.Connection,
    owed: str,
    newest: int,
    finish: Callable[[sqlite3.Connection], None],
) -> None:
    """Give the rows of version 3 their checksums, a slice at a time."""
    columns = database.execute("PRAGMA table_info(envelopes)").fetchall()
    if "tag" not in {column[1] for column in columns}:
        database.execute(
            "ALTER TABLE envelopes ADD COLUMN tag INTEGER NOT NULL DEFAULT 0"
        )
    last: int | None = 0
    while last is not None:
        done = last
        (last,) = database.execute(
            "SELECT MAX(number) FROM (SELECT number FROM envelopes WHERE number > ? "
            "ORDER BY number LIMIT ?)",
            (done, _SLICE),
        ).fetchone()
        database.execute(
            f"UPDATE envelopes SET tag = {ENVELOPE_TAG} "  # noqa: S608 - our own names
            "WHERE number > ? AND number <= ?",
            (done, last),
        )
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    script = f"ALTER TABLE owed RENAME TO owed_before; {owed} {_OWED_BEFORE}"
    _step(
        database,
        script,
        _THIRD,
        newest,
        lambda: _tag_owed(database, finish),
    )


def _tag_owed(
    database: sqlite3.Connection, finish: Callable[[sqlite3.Connection], None]
) -> None:
    checksums.make(database, ["owed"], table=False)
    finish(database)


def _step(
    database: sqlite3.Connection,
    script: str,
    old: int,
    new: int,
    finish: Callable[[], object] = lambda: None,
) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        if database.execute("PRAGMA user_version").fetchone() == (old,):
            for statement in filter(str.strip, script.split(";")):
                database.execute(statement)
            finish()
            database.execute(f"PRAGMA user_version = {new}")
        database.execute("COMMIT")
    except BaseException:
        _undo(database)
        raise


def _undo(database: sqlite3.Connection) -> None:
    if database.in_transaction:
        database.execute("ROLLBACK")


def _has_former(database: sqlite3.Connection) -> bool:
    found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'former'")
    return found.fetchone() is not None


def _begin(database: sqlite3.Connection, queue: str) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        started = _has_former(database)
        if not started and database.execute("PRAGMA user_version").fetchone() == (2,):
            for statement in filter(str.strip, _BEGIN.split(";")):
                database.execute(statement)
            for statement in _statements(queue):
                database.execute(statement)
            checksums.make(database, checksums.FIRST)
            database.execute("UPDATE chain SET accepted = ?", (_accepted(database),))
            database.execute(
                "INSERT INTO owed SELECT NULL, NULL, NULL, NULL, value - 1, "
                "'spool-corrupt' "
                "FROM numbers WHERE name = ? AND value > 0",
                (_GAP_OWED,),
            )
            database.execute("DELETE FROM numbers WHERE name = ?", (_GAP_OWED,))
        database.execute("COMMIT")
    except BaseException:
        _undo(database)
        raise


def _statements(script: str) -> list[str]:
    """Return the statements of a script; a trigger's are one."""
    found, held = [], ""
    for part in script.split(";"):
        held += part + ";"
        if part.strip() and sqlite3.complete_statement(held):
            found.append(held)
            held = ""
    return found


def _accepted(database: sqlite3.Connection) -> int:
    """Return how many records this spool has sealed: its ledger has it to the row."""
    total = 0
    for entry, body in database.execute(
        "SELECT entry, body FROM ledger WHERE body IS NOT NULL"
    ):
        try:
            if ledger.ENTRY.decode(entry).act != "sealed":
                continue
            told = cbor.decode(body, limits.MESSAGE_BYTES)
        except WireError:
            continue
        tables = told.get("datasets") if isinstance(told, dict) else None
        for table in tables.values() if isinstance(tables, dict) else ():
            rows = table.get("rows") if isinstance(table, dict) else None
            total += rows if isinstance(rows, int) else 0
    return total


def _move(
    database: sqlite3.Connection,
    newest: int,
    finish: Callable[[sqlite3.Connection], None],
) -> bool:
    """Move one slice; true when all is moved."""
    database.execute("BEGIN IMMEDIATE")
    try:
        left = _has_former(database)
        moved = 0
        while left and moved < TRIM_BYTES:
            row = database.execute(
                "SELECT sequence, digest, purpose, created, octets FROM former "
                "ORDER BY sequence LIMIT 1"
            ).fetchone()
            if row is None:
                database.execute("DROP TABLE former")
                finish(database)
                database.execute(f"PRAGMA user_version = {newest}")
                left = False
                break
            _move_one(database, *row)
            database.execute("DELETE FROM former WHERE sequence = ?", row[:1])
            moved += len(row[4])
        database.execute("COMMIT")
    except BaseException:
        _undo(database)
        raise
    return not left


def _move_one(
    database: sqlite3.Connection,
    sequence: int,
    digest: bytes,
    purpose: str,
    created: int,
    octets: bytes,
) -> None:
    """File an envelope anew; it waits again, for what was refused is asked anew."""
    (incarnation,) = database.execute("SELECT incarnation FROM chain").fetchone()
    previous, retention, kind, records = NO_PREVIOUS, _UNREAD, _EVENT, 0
    try:
        _, header = envelope.read(octets if envelope.digest(octets) == digest else b"")
        previous, retention = header.previous, header.retention
        records = header.records
        kind = _EVENT if header.kind is EnvelopeKind.DATA else _CONTROL
    except WireError:
        database.execute(
            "INSERT INTO owed VALUES (NULL, ?, NULL, NULL, ?, 'damaged')",
            (purpose, created),
        )
    expires = created + RULES[Purpose(purpose)].maximum_days * _DAY
    row = (
        *(sequence, incarnation, sequence, digest, digest, previous, purpose),
        *(retention, kind, records, created, created, expires, 0, len(octets)),
    )
    (received,) = database.execute(
        "SELECT sent = 1 FROM former WHERE sequence = ?", (sequence,)
    ).fetchone()
    database.execute(FILE, (*row, received, 0, tag(*row)))
    database.execute("INSERT INTO bodies VALUES (?, ?)", (sequence, octets))
