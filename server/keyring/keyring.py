# SPDX-License-Identifier: Apache-2.0
"""The private halves of all purpose keys, pseudonym keys and the store role's key.

Rules: an epoch that ended is never made anew; a key's last second is fixed when the
key is made and never moves away; each purpose has a scope of its own; nothing here
shows a secret in its repr.
Not here: which epochs there must be (`server/epochs.py`), opening (`server/reader`),
the layers of keys (`wrapping.py`), where the master key is (`place.py`).
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from server.errors import StateError
from server.key_files import make_directory, write_new
from server.keyring import backups, destroying, epochs, tombstones
from server.keyring.backups import Backup
from server.keyring.epochs import LiveKey
from server.keyring.journal import Journal, Line
from server.keyring.master import MasterFiles
from server.keyring.schema import (
    FOLD_JOB,
    ROLES,
    STORE_ROLE,
    Spot,
    make_tables,
    version,
)
from server.keyring.scoped import ScopedKeys
from server.keyring.tombstones import Tombstone
from server.keyring.upgrading import bring_up
from server.keyring.wrapping import Wrapping
from wire.crypto.passphrase import lock
from wire.crypto.signing import SigningKey
from wire.keys import PseudonymKey, PurposeKey
from wire.purposes import Purpose

DATABASE = "keyring.sqlite"
JOURNAL = "journal"


class Keyring:
    """The opening keys of one installation; any thread may use it."""

    def __init__(self, directory: Path, master: MasterFiles) -> None:
        """Open the keyring in a directory that `create` made.

        One of the first version is brought up; a master key that is still beside the
        database is replaced by one in its own place; what the journal says is dead and
        the database still has dies now.

        Args:
            directory: the keyring's.
            master: secrets of generations, in their own place.

        Raises:
            StateError: it is absent or cannot be used.
            TrustError: its master key is not the one that belongs to it.
        """
        path = directory / DATABASE
        if not path.exists():
            msg = (
                f"{path} is missing: restore it with discreet-server keyring restore, "
                "or from its backup"
            )
            raise StateError(msg)
        self._former = MasterFiles(directory)
        self._wrapping = Wrapping(path, master)
        self._journal = Journal(master.directory / JOURNAL)
        try:
            self._settle()
        except BaseException:
            self._wrapping.close()
            raise

    @classmethod
    def create(cls, directory: Path, master: MasterFiles) -> "Keyring":
        """Make an installation's keyring, with the store role's key.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        make_directory(directory)
        write_new(directory / DATABASE, b"")
        wrapping = Wrapping(directory / DATABASE, master)
        generation = master.newest() + 1
        try:
            with wrapping.transaction(writing=True) as connection:
                make_tables(connection, generation)
                master.renew(generation)
                wrapping.keep(ROLES, STORE_ROLE, SigningKey.generate().seed())
        finally:
            wrapping.close()
        return cls(directory, master)

    def close(self) -> None:
        """Release the file and forget the master key."""
        self._wrapping.close()

    def add_epoch(  # noqa: PLR0913 - what one key is for and for how long
        self,
        tenant: bytes,
        purpose: Purpose,
        retention: str,
        epoch: int,
        start: int,
        end: int,
        *,
        maximum_age: int,
        now: int,
    ) -> bytes | None:
        """Return the public key of an epoch, made now where there was never one.

        The pseudonym key of the same purpose and time is made with it.

        Args:
            tenant: 16 bytes.
            purpose: for which purpose.
            retention: retention class within the purpose.
            epoch: number of the epoch, from `wire.keys.epoch_at`.
            start: its first second.
            end: first second after it.
            maximum_age: seconds after its end that a new key may open.
            now: seconds since the epoch.

        Returns:
            None where the epoch's key was destroyed.

        Raises:
            StateError: the keyring cannot be written.
        """
        spot = Spot(tenant, purpose.value, start, end)
        with self._wrapping.transaction(writing=True) as connection:
            return epochs.add(
                self._wrapping,
                connection,
                spot,
                retention,
                epoch,
                maximum_age=maximum_age,
                now=now,
            )

    def scoped(self, tenant: bytes, purpose: Purpose, now: int) -> ScopedKeys:
        """Return the opening keys of one purpose, as they are at a moment."""
        return ScopedKeys(self._wrapping, tenant, purpose, now)

    def public_keys(self, tenant: bytes) -> list[PurposeKey]:
        """Return the public keys of a tenant, by purpose, retention class and start."""
        with self._wrapping.transaction() as connection:
            return epochs.public_keys(connection, tenant)

    def live(self, tenant: bytes) -> list[LiveKey]:
        """Return a tenant's keys and until when each opens, the first to end first."""
        with self._wrapping.transaction() as connection:
            return epochs.live(connection, tenant)

    def know_age(self, number: bytes, maximum_age: int) -> None:
        """Learn for how long data of a key is to be kept; the shortest is remembered.

        It moves the key's last second only where that was not known until now.

        Args:
            number: the key's id.
            maximum_age: seconds after its end.
        """
        with self._wrapping.transaction(writing=True) as connection:
            epochs.know_age(connection, number, maximum_age)

    def lower(self, number: bytes, until: int) -> None:
        """Let a key end sooner; an earlier end stays.

        Args:
            number: the key's id.
            until: from this second on it may not open.
        """
        with self._wrapping.transaction(writing=True) as connection:
            connection.execute(
                "UPDATE epochs SET until = min(until, ?) WHERE key_id = ?",
                (until, number),
            )

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return the pseudonym keys of purposes whose epoch has not ended.

        Each epoch length of a purpose has its own key: take the one whose `start` and
        `end` are those of the purpose key that is sealed to.

        Args:
            tenant: 16 bytes.
            purposes: those that the device emits.
            now: seconds since the epoch.
        """
        with self._wrapping.transaction() as connection:
            return epochs.pseudonym_keys(
                self._wrapping, connection, tenant, purposes, now
            )

    def store_role_key(self) -> SigningKey:
        """Return the key that signs marks and pseudonym statements."""
        with self._wrapping.transaction():
            return SigningKey(self._wrapping.secret(ROLES, STORE_ROLE))

    def fold_job_key(self) -> SigningKey:
        """Return the key that signs blocks, made now where there is none.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True):
            if not self._wrapping.has(ROLES, FOLD_JOB):
                self._wrapping.keep(ROLES, FOLD_JOB, SigningKey.generate().seed())
            return SigningKey(self._wrapping.secret(ROLES, FOLD_JOB))

    def destroy(
        self, numbers: Sequence[bytes], reason: str, now: int
    ) -> list[Tombstone]:
        """Destroy opening keys, for ever; returns what is left of those there were.

        The pseudonym key of a purpose and time goes with the last key that shares it.

        Args:
            numbers: their key ids.
            reason: why, as a kebab-case slug.
            now: seconds since the epoch.

        Raises:
            StateError: the keyring cannot be written; what was begun is done at the
                next opening.
        """
        dead = destroying.destroy(self._wrapping, self._journal, numbers, reason, now)
        self._forget_masters()
        return dead

    def rotate(self) -> int:
        """Draw a new generation, so that older copies are of no use; returns it.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            scopes = connection.execute("SELECT scope FROM scopes").fetchall()
            self._wrapping.renew({scope for (scope,) in scopes})
        return self._forget_masters()

    def generation(self) -> int:
        """Return the generation that holds."""
        with self._wrapping.transaction():
            return self._wrapping.generation()

    def tombstones(self) -> list[Tombstone]:
        """Return what is left of destroyed keys, the oldest death first."""
        with self._wrapping.transaction() as connection:
            return tombstones.read(connection)

    def backups(self) -> list[Backup]:
        """Return the backups that were registered, the oldest first."""
        with self._wrapping.transaction() as connection:
            return backups.read(connection)

    def register_backup(self, until: int, now: int) -> Backup:
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

    def backup(self, registered: Backup, passphrase: bytes, log_n: int) -> bytes:
        """Return a backup's octets, which only the passphrase opens.

        Args:
            registered: from `register_backup`.
            passphrase: not empty.
            log_n: base-2 logarithm of scrypt's cost.

        Raises:
            SchemaError: the keyring is larger than a backup can be.
        """
        with self._wrapping.transaction() as connection:
            octets = backups.content(self._wrapping, connection, registered)
        return lock(octets, passphrase, backups.USE, log_n)

    def end_backup(self, number: bytes, now: int) -> bool:
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

    def _settle(self) -> None:
        """Bring the keyring to what this release and its journal say."""
        with self._wrapping.transaction() as connection:
            found, generation = version(connection), self._wrapping.generation()
        if found == 1 or not self._wrapping.master.has(generation):
            self._take_over()
        with self._wrapping.transaction() as connection:
            self._wrapping.secret(ROLES, STORE_ROLE)
            (size,) = connection.execute("SELECT journal FROM master").fetchone()
        if size != self._journal.size():
            size = self._journal.size()
            destroying.take_in(self._wrapping, self._journal.lines(), size)
        self._forget_masters()

    def _take_over(self) -> None:
        """Wrap all anew under a master key in its own place, unless another did it."""
        with self._wrapping.transaction(writing=True) as connection:
            generation, first = self._wrapping.generation(), version(connection) == 1
            if not first and not self._former.has(generation):
                return
            secret = self._former.secret(generation)
            self._wrapping.begin(generation, secret)
            if first:
                for one in bring_up(connection, secret):
                    self._wrapping.keep(*one)
            self._wrapping.renew(())

    def _forget_masters(self) -> int:
        """Remove the secrets of generations that hold no more; returns the one held."""
        generation = self.generation()
        master = self._wrapping.master
        master.forget(generation)
        if self._former.directory != master.directory:
            self._former.forget(generation)
        return generation
