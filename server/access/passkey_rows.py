# SPDX-License-Identifier: Apache-2.0
"""Passkeys as the register keeps them: public keys and how often each was used.

Not here: proofs (`passkeys.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS passkeys (
    id BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    public BLOB NOT NULL,
    count INTEGER NOT NULL,
    synced INTEGER NOT NULL,
    backed_up INTEGER NOT NULL,
    made INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey.

    Attributes:
        id: by which the authenticator knows it.
        person: id of whose it is.
        public: COSE key.
        count: of its uses, as the authenticator counts; 0 for one that does not.
        synced: whether its maker may copy it to the person's other machines.
        backed_up: whether it was copied.
        made: when it was added.
        used: when it was used last.
    """

    id: bytes
    person: str
    public: bytes
    count: int
    synced: bool
    backed_up: bool
    made: int
    used: int


def add(connection: sqlite3.Connection, passkey: Passkey) -> bool:
    """Add a passkey; false where it is there already."""
    return bool(
        connection.execute(
            "INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (
                *(passkey.id, passkey.person, passkey.public, passkey.count),
                *(passkey.synced, passkey.backed_up, passkey.made, passkey.used),
            ),
        ).rowcount
    )


def find(connection: sqlite3.Connection, number: bytes) -> Passkey | None:
    """Return a passkey, or None."""
    row = connection.execute(
        "SELECT * FROM passkeys WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else _passkey(row)


def of(connection: sqlite3.Connection, person: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    rows = connection.execute(
        "SELECT * FROM passkeys WHERE person = ? ORDER BY made, id", (person,)
    )
    return [_passkey(row) for row in rows]


def used(
    connection: sqlite3.Connection,
    passkey: Passkey,
    count: int,
    now: int,
    *,
    backed_up: bool,
) -> bool:
    """Note a use; false where another one came before that counts as high.

    Args:
        connection: in a transaction.
        passkey: as it was when the use was verified.
        count: that the authenticator tells now.
        now: seconds since the epoch.
        backed_up: whether it was copied by now.
    """
    return bool(
        connection.execute(
            "UPDATE passkeys SET count = ?, backed_up = ?, used = ?"
            " WHERE id = ? AND (count < ? OR (count = 0 AND ? = 0))",
            (count, backed_up, now, passkey.id, count, count),
        ).rowcount
    )


def remove(connection: sqlite3.Connection, person: str, number: bytes) -> bool:
    """Remove a person's passkey; false where they have no such one."""
    return bool(
        connection.execute(
            "DELETE FROM passkeys WHERE id = ? AND person = ?", (number, person)
        ).rowcount
    )


def _passkey(row: tuple[bytes, str, bytes, int, int, int, int, int]) -> Passkey:
    number, person, public, count, synced, backed_up, made, last = row
    return Passkey(
        number, person, public, count, bool(synced), bool(backed_up), made, last
    )
