# SPDX-License-Identifier: Apache-2.0
"""The registered backups of a keyring: made, known and ended.

Rules: a backup is in the database and in the journal before its first octet is made.
Not here: what a backup is and until when it opens what (`backups.py`).
"""

import sqlite3

from server.keyring import backups
from server.keyring.backups import Backup
from server.keyring.journal import Journal, Line
from server.keyring.wrapping import Wrapping
from wire.crypto.passphrase import lock


class Copies:
    """The backups of one keyring."""

    def __init__(self, wrapping: Wrapping, journal: Journal) -> None:
        """Know of what, and where it is written down."""
        self._wrapping = wrapping
        self._journal = journal

    def every(self) -> list[Backup]:
        """Return the backups that were registered, the oldest first."""
        with self._wrapping.transaction() as connection:
            return backups.read(connection)

    def register(self, until: int, now: int) -> Backup:
        """Register a backup that is about to be made.

        Args:
            until: so long it will be kept.
            now: seconds since the epoch.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            made = backups.fresh(self._wrapping, until, now)
            self._note(connection, made)
        return made

    def octets(self, registered: Backup, passphrase: bytes, log_n: int) -> bytes:
        """Return a backup's octets, which only the passphrase opens.

        Args:
            registered: from `register`.
            passphrase: not empty.
            log_n: base-2 logarithm of scrypt's cost.

        Raises:
            SchemaError: the keyring is larger than a backup can be.
        """
        with self._wrapping.transaction() as connection:
            octets = backups.content(self._wrapping, connection, registered)
        return lock(octets, passphrase, backups.USE, log_n)

    def end(self, number: bytes, now: int) -> bool:
        """Count a backup no more: every copy is gone; false where there is no such.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            found = backups.ended(backups.read(connection), number, now)
            if found is not None:
                self._note(connection, found)
        return found is not None

    def _note(self, connection: sqlite3.Connection, backup: Backup) -> None:
        size = self._journal.add([Line(backup=backup)])
        connection.execute("UPDATE master SET journal = ?", (size,))
        backups.put(connection, backup)
