# SPDX-License-Identifier: Apache-2.0
"""Invitations: each lets one person add a passkey, once, for a few days.

Rules: the register has a digest, so a copy of it lets nobody in; one that was used is
gone; another invitation of the same person takes the place of the one before.
Not here: passkeys (`passkeys.py`).
"""

import hashlib
import secrets
import sqlite3

from server.access.bounds import SECRET_BYTES

TABLE = """
CREATE TABLE IF NOT EXISTS invitations (
    digest BLOB PRIMARY KEY,
    person TEXT NOT NULL UNIQUE REFERENCES people (id) ON DELETE CASCADE,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


def issue(connection: sqlite3.Connection, person: str, until: int) -> str:
    """Return a new invitation, which is kept nowhere.

    Args:
        connection: in a transaction.
        person: id of who is invited.
        until: first second at which it no longer counts.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    connection.execute("DELETE FROM invitations WHERE person = ?", (person,))
    connection.execute(
        "INSERT INTO invitations VALUES (?, ?, ?)", (_digest(secret), person, until)
    )
    return secret


def forget(connection: sqlite3.Connection, now: int) -> None:
    """Delete the invitations that count no more; in a transaction that writes."""
    connection.execute("DELETE FROM invitations WHERE until <= ?", (now,))


def invited(connection: sqlite3.Connection, secret: str, now: int) -> str | None:
    """Return the id of who is invited; None where it does not count."""
    row = connection.execute(
        "SELECT person FROM invitations WHERE digest = ? AND until > ?",
        (_digest(secret), now),
    ).fetchone()
    return None if row is None else str(row[0])


def use(connection: sqlite3.Connection, secret: str, now: int) -> str | None:
    """Use an invitation up; return who is invited, or None where it does not count."""
    person = invited(connection, secret, now)
    connection.execute("DELETE FROM invitations WHERE digest = ?", (_digest(secret),))
    return person


def pending(connection: sqlite3.Connection, person: str, now: int) -> int:
    """Return until when a person's invitation counts; 0 for none."""
    row = connection.execute(
        "SELECT until FROM invitations WHERE person = ? AND until > ?", (person, now)
    ).fetchone()
    return 0 if row is None else int(row[0])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"discreet/1/invitation\x00" + secret.encode()).digest()
