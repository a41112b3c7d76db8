# SPDX-License-Identifier: Apache-2.0
"""Backups of the keyring that are known, so that a certificate can say what they open.

Rules: a backup is registered before it is written, with the time until which it is
kept; it counts until then, or until a person says that every copy is gone; a backup is
the database and the secret of its generation, locked by a passphrase.
Not here: locking (`wire/crypto/passphrase.py`), restoring (`restoring.py`).
Source: docs/spec/keyring.md.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from server.keyring.tombstones import Tombstone
from server.keyring.wrapping import Wrapping
from wire import limits
from wire.codec import Field, Message, Octets, Uint, fixed
from wire.crypto.opening import WRAP_KEY_BYTES

ID_BYTES = 16
USE = b"keyring"
"""What a backup is locked for."""
LOG_N = 17
"""scrypt's cost: 128 MiB and a second, for a file that may lie about for weeks."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of the keyring.

    Attributes:
        id: 16 bytes.
        made: seconds since the epoch.
        until: so long it is kept.
        generation: the one that it has.
        ended: when a person said that every copy is gone; None for not yet.
    """

    id: bytes
    made: int
    until: int
    generation: int
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What is locked: the backup's own line, its generation's secret, the database."""

    version: int
    backup: Backup
    secret: bytes
    database: bytes

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "<Content>"


BACKUP = Message(
    "keyring-backup",
    Backup,
    (
        Field(1, "id", fixed(ID_BYTES)),
        Field(2, "made", Uint()),
        Field(3, "until", Uint()),
        Field(4, "generation", Uint(minimum=1)),
        Field(5, "ended", Uint(), optional=True),
    ),
)
CONTENT = Message(
    "keyring-backup-content",
    Content,
    (
        Field(1, "version", Uint(1, 1)),
        Field(2, "backup", BACKUP),
        Field(3, "secret", fixed(WRAP_KEY_BYTES)),
        Field(4, "database", Octets(1, limits.LOCKED_BYTES)),
    ),
)


def fresh(wrapping: Wrapping, until: int, now: int) -> Backup:
    """Return a backup that is to be made; in a transaction."""
    return Backup(secrets.token_bytes(ID_BYTES), now, until, wrapping.generation())


def put(connection: sqlite3.Connection, backup: Backup) -> None:
    """Register a backup, or that it ended; what ended stays so."""
    connection.execute(
        "INSERT INTO backups VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET ended = coalesce(ended, excluded.ended)",
        (backup.id, backup.made, backup.until, backup.generation, backup.ended),
    )


def read(connection: sqlite3.Connection) -> list[Backup]:
    """Return all backups that were registered, the oldest first."""
    rows = connection.execute(
        "SELECT id, made, until, generation, ended FROM backups ORDER BY made, id"
    ).fetchall()
    return [Backup(*row) for row in rows]


def ended(known: Iterable[Backup], number: bytes, now: int) -> Backup | None:
    """Return a backup as it is once it ended; None where there is none of this id."""
    for one in known:
        if one.id == number:
            return one if one.ended is not None else replace(one, ended=now)
    return None


def content(
    wrapping: Wrapping, connection: sqlite3.Connection, backup: Backup
) -> bytes:
    """Return what is to be locked; in a transaction that reads.

    Raises:
        SchemaError: the database is larger than a backup can be.
    """
    secret = wrapping.master.secret(wrapping.generation())
    return CONTENT.encode(Content(1, backup, secret, connection.serialize()))


def could_open(tombstone: Tombstone, known: Iterable[Backup]) -> list[Backup]:
    """Return the backups that have a destroyed key: made while it lived, not ended."""
    return [
        one
        for one in known
        if one.ended is None and tombstone.created <= one.made <= tombstone.destroyed
    ]


def pending_until(
    tombstone: Tombstone, known: Iterable[Backup], machine: int | None
) -> int:
    """Return until when a destroyed key could still be opened from a backup.

    Args:
        tombstone: the key's.
        known: registered backups of the keyring.
        machine: seconds that backups of keyring and master key together are kept; None
            where there are none.

    Returns:
        Seconds since the epoch, which may be past; 0 where no backup ever could.
    """
    ends = [one.until for one in could_open(tombstone, known)]
    if machine is not None:
        ends.append(tombstone.destroyed + machine)
    return max(ends, default=0)
