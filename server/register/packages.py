# SPDX-License-Identifier: Apache-2.0
"""Packages of evidence that people asked for: who, why, when, and what came of it.

Rules: a row is of one package; what verified when it was built is kept beside its
digest; the row outlives the file by years, and then it goes.
Not here: the files, building them (`server/keeper/packing.py`).
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum

TABLE = """
CREATE TABLE IF NOT EXISTS packages (
    id BLOB PRIMARY KEY,
    asked INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    step INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT '',
    made INTEGER NOT NULL DEFAULT 0,
    digest BLOB NOT NULL DEFAULT x'',
    size INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    certificates INTEGER NOT NULL DEFAULT 0,
    lines INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    overdue INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID
"""


class State(Enum):
    """What became of a package."""

    WAITING = "waiting"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a package holds, as it was verified when it was built.

    Attributes:
        digest: SHA-256 of the file.
        size: octets of the file.
        entries: of the ledger, after which it was built.
        files: that the signed paper names.
        certificates: of deletions that hold.
        lines: of them that are shown to be in the ledger.
        pending: of them that are pending.
        overdue: findings and duties of incidents that were overdue.
    """

    digest: bytes
    size: int
    entries: int
    files: int
    certificates: int
    lines: int
    pending: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Package:
    """A package that somebody asked for.

    Attributes:
        id: 16 random bytes.
        asked: when, in seconds since the epoch.
        by: id of who asked.
        reason: why.
        state: what became of it.
        step: how many steps of building are done.
        tries: how often building began.
        told: why it failed; empty where it did not.
        made: when it was done or failed; 0 before.
        contents: of one that was built.
    """

    id: bytes
    asked: int
    by: str
    reason: str
    state: State
    step: int = 0
    tries: int = 0
    told: str = ""
    made: int = 0
    contents: Contents | None = None

    @property
    def open(self) -> bool:
        """Tell whether it is still to be built."""
        return self.state in {State.WAITING, State.BUILDING}


def ask(
    connection: sqlite3.Connection, number: bytes, by: str, reason: str, now: int
) -> None:
    """Note that somebody asks for a package."""
    connection.execute(
        "INSERT INTO packages (id, asked, by, reason, state) VALUES (?, ?, ?, ?, ?)",
        (number, now, by, reason, State.WAITING.value),
    )


def begin(connection: sqlite3.Connection, number: bytes) -> None:
    """Note that building begins, once more where it was broken off."""
    connection.execute(
        "UPDATE packages SET state = ?, step = 0, tries = tries + 1 WHERE id = ?",
        (State.BUILDING.value, number),
    )


def note_step(connection: sqlite3.Connection, number: bytes, step: int) -> None:
    """Note how many steps of building are done."""
    connection.execute("UPDATE packages SET step = ? WHERE id = ?", (step, number))


def keep(
    connection: sqlite3.Connection, number: bytes, found: Contents, now: int
) -> None:
    """Note that a package is ready."""
    connection.execute(
        "UPDATE packages SET state = ?, made = ?, digest = ?, size = ?, entries = ?,"
        " files = ?, certificates = ?, lines = ?, pending = ?, overdue = ?"
        " WHERE id = ?",
        (
            *(State.READY.value, now, found.digest, found.size, found.entries),
            *(found.files, found.certificates, found.lines, found.pending),
            *(found.overdue, number),
        ),
    )


def fail(connection: sqlite3.Connection, number: bytes, told: str, now: int) -> None:
    """Note why there is no package."""
    connection.execute(
        "UPDATE packages SET state = ?, told = ?, made = ? WHERE id = ?",
        (State.FAILED.value, told, now, number),
    )


def end(connection: sqlite3.Connection, number: bytes) -> None:
    """Note that a package's file is gone."""
    connection.execute(
        "UPDATE packages SET state = ? WHERE id = ?", (State.ENDED.value, number)
    )


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete the row of a package that is over."""
    connection.execute(
        "DELETE FROM packages WHERE id = ? AND state IN (?, ?)",
        (number, State.ENDED.value, State.FAILED.value),
    )


def find(connection: sqlite3.Connection, number: bytes) -> Package | None:
    """Return a package, or None."""
    return next((one for one in every(connection) if one.id == number), None)


def every(connection: sqlite3.Connection) -> list[Package]:
    """Return all packages, the newest first."""
    rows = connection.execute(
        "SELECT * FROM packages ORDER BY asked DESC, id"
    ).fetchall()
    return [_package(row) for row in rows]


def _package(
    row: tuple[
        *tuple[bytes, int, str, str, str, int, int, str, int],
        *tuple[bytes, int, int, int, int, int, int, int],
    ],
) -> Package:
    number, asked, by, reason, state, step, tries, told, made, digest, *counts = row
    return Package(
        *(number, asked, by, reason, State(state), step, tries, told, made),
        Contents(digest, *counts) if digest else None,
    )
