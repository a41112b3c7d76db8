# SPDX-License-Identifier: Apache-2.0
"""The certificates that the keeper signed, and their numbers for ever.

Rules: a job has one, and each is replaced by one at most; none is changed; of one whose
time is over the number stays, and no octet of what it said.
Not here: what they say (`wire/papers/certificate.py`), making them
(`server/keeper/certifying.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS certificates (
    number INTEGER PRIMARY KEY,
    job BLOB NOT NULL,
    replaces INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    octets BLOB NOT NULL,
    told INTEGER NOT NULL DEFAULT 0,
    UNIQUE (job, replaces)
) STRICT
"""
_CURRENT = "NOT EXISTS (SELECT 1 FROM certificates o WHERE o.replaces = c.number)"


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate.

    Attributes:
        number: 1, 2, 3 ...
        job: whose it is.
        replaces: number of the one in whose place it stands; 0 for none.
        pending: whether a backup could still open what it names.
        octets: as it was signed.
        current: whether none stands in its place.
    """

    number: int
    job: bytes
    replaces: int
    pending: bool
    octets: bytes
    current: bool


def next_number(connection: sqlite3.Connection) -> int:
    """Return the number of the certificate that is made next."""
    query = "SELECT coalesce(max(number), 0) + 1 FROM certificates"
    return int(connection.execute(query).fetchone()[0])


def add(connection: sqlite3.Connection, held: Held) -> None:
    """Keep a certificate; in a transaction that writes."""
    connection.execute(
        "INSERT INTO certificates (number, job, replaces, pending, octets)"
        " VALUES (?, ?, ?, ?, ?)",
        (held.number, held.job, held.replaces, held.pending, held.octets),
    )


def of_job(connection: sqlite3.Connection, job: bytes) -> Held | None:
    """Return the certificate of a job that is current; None where it has none."""
    return next(iter(_read(connection, f"c.job = ? AND {_CURRENT}", (job,))), None)


def numbered(connection: sqlite3.Connection, number: int) -> Held | None:
    """Return a certificate by its number; None where there is none."""
    return next(iter(_read(connection, "c.number = ?", (number,))), None)


def waiting(connection: sqlite3.Connection) -> list[Held]:
    """Return the current certificates that are pending, the oldest first."""
    return _read(connection, f"c.pending AND {_CURRENT}", ())


def untold(connection: sqlite3.Connection) -> list[Held]:
    """Return the certificates that the ledger may not name yet, the oldest first."""
    return _read(connection, "NOT c.told", ())


def mark_told(connection: sqlite3.Connection, number: int) -> None:
    """Remember that the ledger names a certificate; in a transaction that writes."""
    connection.execute("UPDATE certificates SET told = 1 WHERE number = ?", (number,))


def every(connection: sqlite3.Connection) -> list[Held]:
    """Return all certificates, the oldest first."""
    return _read(connection, "1", ())


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Delete what a certificate said; in a transaction that writes."""
    connection.execute(
        "UPDATE certificates SET octets = x'', pending = 0 WHERE number = ?", (number,)
    )


def _read(
    connection: sqlite3.Connection, condition: str, values: tuple[bytes | int, ...]
) -> list[Held]:
    rows = connection.execute(
        f"SELECT number, job, replaces, pending, octets, {_CURRENT} FROM certificates c"  # noqa: S608 - literals of ours
        f" WHERE octets <> x'' AND {condition} ORDER BY number",
        values,
    ).fetchall()
    return [
        Held(number, job, replaces, bool(pending), octets, bool(current))
        for number, job, replaces, pending, octets, current in rows
    ]
