# SPDX-License-Identifier: Apache-2.0
"""Cases: what was asked of the keeper, what people decided, how far it is.

Rules: a state only moves from the one that it is thought to be in, so what is done
twice changes nothing; the words of a case are locked under a key of its own.
Not here: who may decide (`server/keeper/people.py`), locking
(`server/keeper/casework.py`).
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum

TABLES = (
    """
CREATE TABLE IF NOT EXISTS cases (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER,
    matter BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS decisions (
    case_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (case_id, number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS people (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    digest BLOB NOT NULL
) STRICT
""",
)


class State(Enum):
    """How far a case is."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Case:
    """One question to the keeper.

    Attributes:
        id: 16 bytes.
        kind: what is asked for.
        state: how far it is.
        opened: when it was asked, in seconds since the epoch.
        closed: when it ended; None before.
        matter: the matter, locked.
    """

    id: bytes
    kind: str
    state: State
    opened: int
    closed: int | None
    matter: bytes


def add(connection: sqlite3.Connection, case: Case) -> None:
    """Add a case; in a transaction that writes."""
    connection.execute(
        "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(case.id, case.kind, case.state.value),
            *(case.opened, case.closed, case.matter),
        ),
    )


def find(connection: sqlite3.Connection, number: bytes) -> Case | None:
    """Return a case, or None."""
    row = connection.execute("SELECT * FROM cases WHERE id = ?", (number,)).fetchone()
    return None if row is None else _case(row)


def every(connection: sqlite3.Connection, state: State | None = None) -> list[Case]:
    """Return all cases, or those of a state, the newest first."""
    rows = connection.execute(
        "SELECT * FROM cases WHERE ?1 IS NULL OR state = ?1 ORDER BY opened DESC, id",
        (state and state.value,),
    ).fetchall()
    return [_case(row) for row in rows]


def move(
    connection: sqlite3.Connection,
    number: bytes,
    before: State,
    after: State,
    closed: int | None = None,
) -> bool:
    """Move a case from one state to another; tell whether it was in the first.

    Args:
        connection: in a transaction that writes.
        number: the case's id.
        before: in which state it is thought to be.
        after: the new one.
        closed: when the case ended with this; None where it goes on.
    """
    moved = connection.execute(
        "UPDATE cases SET state = ?, closed = ? WHERE id = ? AND state = ?",
        (after.value, closed, number, before.value),
    )
    return moved.rowcount == 1


def close(connection: sqlite3.Connection, number: bytes, now: int) -> None:
    """Note when a case ended; an earlier end stays."""
    connection.execute(
        "UPDATE cases SET closed = ? WHERE id = ? AND closed IS NULL", (now, number)
    )


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete a case and the decisions on it."""
    connection.execute("DELETE FROM decisions WHERE case_id = ?", (number,))
    connection.execute("DELETE FROM cases WHERE id = ?", (number,))


def add_decision(connection: sqlite3.Connection, case: bytes, octets: bytes) -> None:
    """Add a decision, locked, as the last one on a case."""
    connection.execute(
        "INSERT INTO decisions SELECT ?1, count(*) + 1, ?2 FROM decisions"
        " WHERE case_id = ?1",
        (case, octets),
    )


def decisions(connection: sqlite3.Connection, case: bytes) -> list[bytes]:
    """Return the locked decisions on a case, the first one first."""
    rows = connection.execute(
        "SELECT octets FROM decisions WHERE case_id = ? ORDER BY number", (case,)
    ).fetchall()
    return [octets for (octets,) in rows]


def known_people(connection: sqlite3.Connection) -> bytes | None:
    """Return the digest of the people that the ledger has; None before the first."""
    row = connection.execute("SELECT digest FROM people").fetchone()
    return None if row is None else bytes(row[0])


def know_people(connection: sqlite3.Connection, digest: bytes) -> None:
    """Note which people the ledger has."""
    connection.execute(
        "INSERT INTO people (one, digest) VALUES (1, ?)"
        " ON CONFLICT DO UPDATE SET digest = excluded.digest",
        (digest,),
    )


def _case(row: tuple[bytes, str, str, int, int | None, bytes]) -> Case:
    return Case(row[0], row[1], State(row[2]), *row[3:])
