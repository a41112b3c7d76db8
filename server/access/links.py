# SPDX-License-Identifier: Apache-2.0
"""Who somebody is at another provider: issuer and subject, for one person each.

Rules: a link is made here and by no token; issuer and subject count together, as they
are written; it goes with its person.
Not here: the provider (`oidc.py`), who may make a link (`changing.py`).
"""

import sqlite3

SUBJECT_CHARS = 255
"""Longest subject (OpenID Connect Core, 2)."""
TABLE = """
CREATE TABLE IF NOT EXISTS links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL UNIQUE REFERENCES people (id) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID
"""


def link(
    connection: sqlite3.Connection, person: str, issuer: str, subject: str
) -> bool:
    """Link a person, in the place of a link before; false where it is somebody else's.

    Args:
        connection: in a transaction.
        person: id.
        issuer: the provider's.
        subject: as the provider names the person; empty to take the link away.
    """
    if of(connection, issuer, subject) not in {None, person}:
        return False
    connection.execute("DELETE FROM links WHERE person = ?", (person,))
    if subject:
        connection.execute(
            "INSERT INTO links VALUES (?, ?, ?)", (issuer, subject, person)
        )
    return True


def mine(connection: sqlite3.Connection, person: str) -> dict[str, str]:
    """Return issuer and subject of a person; empty for none."""
    row = connection.execute(
        "SELECT issuer, subject FROM links WHERE person = ?", (person,)
    ).fetchone()
    return {} if row is None else {"issuer": str(row[0]), "subject": str(row[1])}


def of(connection: sqlite3.Connection, issuer: str, subject: str) -> str | None:
    """Return the id of who this is, or None."""
    row = connection.execute(
        "SELECT person FROM links WHERE issuer = ? AND subject = ?", (issuer, subject)
    ).fetchone()
    return None if row is None else str(row[0])
