# SPDX-License-Identifier: Apache-2.0
"""Recipients and grants: who may get data at all, and what people granted them.

Rules: of a recipient the newest entry stands; one that was suspended gets nothing until
another entry is added; a grant that was revoked is never in force again.
Not here: the papers (`wire/papers`), who may add what (`server/keeper`).
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

TABLES = (
    """
CREATE TABLE IF NOT EXISTS recipients (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    suspended INTEGER,
    octets BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS grants (
    id BLOB PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    revoked INTEGER,
    octets BLOB NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS channel_authorities (
    digest BLOB PRIMARY KEY,
    pem TEXT NOT NULL
) STRICT, WITHOUT ROWID
""",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A recipient.

    Attributes:
        name: its slug.
        version: of the entry.
        suspended: since when it gets nothing, in seconds since the epoch; or None.
        octets: the entry, signed by the keeper.
    """

    name: str
    version: int
    suspended: int | None
    octets: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant.

    Attributes:
        id: 16 bytes.
        digest: by which releases name it.
        recipient: name of whom it is for.
        revoked: since when it allows nothing; or None.
        octets: the grant, signed by the keeper.
    """

    id: bytes
    digest: bytes
    recipient: str
    revoked: int | None
    octets: bytes


def put(connection: sqlite3.Connection, name: str, version: int, octets: bytes) -> None:
    """Add a recipient's entry in place of the one before."""
    connection.execute(
        "INSERT INTO recipients VALUES (?1, ?2, NULL, ?3) ON CONFLICT DO UPDATE"
        " SET version = ?2, suspended = NULL, octets = ?3",
        (name, version, octets),
    )


def find(connection: sqlite3.Connection, name: str) -> Entry | None:
    """Return a recipient, or None."""
    row = connection.execute(
        "SELECT * FROM recipients WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else Entry(*row)


def every(connection: sqlite3.Connection) -> list[Entry]:
    """Return all recipients by name."""
    rows = connection.execute("SELECT * FROM recipients ORDER BY name")
    return [Entry(*row) for row in rows]


def suspend(connection: sqlite3.Connection, name: str, now: int) -> bool:
    """Suspend a recipient; false where it is or was not there."""
    return bool(
        connection.execute(
            "UPDATE recipients SET suspended = ? WHERE name = ? AND suspended IS NULL",
            (now, name),
        ).rowcount
    )


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Delete a recipient's entry."""
    connection.execute("DELETE FROM recipients WHERE name = ?", (name,))


def put_authority(connection: sqlite3.Connection, digest: bytes, pem: str) -> None:
    """Keep the certificates that a channel's entry names by a digest."""
    connection.execute(
        "INSERT OR IGNORE INTO channel_authorities VALUES (?, ?)", (digest, pem)
    )


def authority(connection: sqlite3.Connection, digest: bytes) -> str | None:
    """Return the certificates in PEM of this digest, or None."""
    row: tuple[str] | None = connection.execute(
        "SELECT pem FROM channel_authorities WHERE digest = ?", (digest,)
    ).fetchone()
    return None if row is None else row[0]


def keep_authorities(
    connection: sqlite3.Connection, digests: Collection[bytes]
) -> None:
    """Delete the certificates that no entry names.

    Args:
        connection: in a transaction that writes.
        digests: of those that some entry names.
    """
    found = connection.execute("SELECT digest FROM channel_authorities").fetchall()
    connection.executemany(
        "DELETE FROM channel_authorities WHERE digest = ?",
        [(digest,) for (digest,) in found if digest not in digests],
    )


def add_grant(connection: sqlite3.Connection, granted: Granted) -> None:
    """Add a grant, unless it is there."""
    connection.execute(
        "INSERT OR IGNORE INTO grants VALUES (?, ?, ?, ?, ?)",
        (
            *(granted.id, granted.digest, granted.recipient),
            *(granted.revoked, granted.octets),
        ),
    )


def grant(connection: sqlite3.Connection, number: bytes) -> Granted | None:
    """Return a grant, or None."""
    row = connection.execute("SELECT * FROM grants WHERE id = ?", (number,)).fetchone()
    return None if row is None else Granted(*row)


def grant_named(connection: sqlite3.Connection, digest: bytes) -> Granted | None:
    """Return the grant that releases name by a digest, or None."""
    row = connection.execute(
        "SELECT * FROM grants WHERE digest = ?", (digest,)
    ).fetchone()
    return None if row is None else Granted(*row)


def grants(connection: sqlite3.Connection) -> list[Granted]:
    """Return all grants by id."""
    rows = connection.execute("SELECT * FROM grants ORDER BY id")
    return [Granted(*row) for row in rows]


def revoke_grant(connection: sqlite3.Connection, number: bytes, now: int) -> bool:
    """Revoke a grant; false where it is not in force."""
    return bool(
        connection.execute(
            "UPDATE grants SET revoked = ? WHERE id = ? AND revoked IS NULL",
            (now, number),
        ).rowcount
    )


def forget_grant(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete a grant."""
    connection.execute("DELETE FROM grants WHERE id = ?", (number,))
