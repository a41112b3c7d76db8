# SPDX-License-Identifier: Apache-2.0
"""The private halves of all keys that open, and the keys of our own signatures.

Rules: an epoch that ended is never made anew; a key's last second is fixed when the
key is made and never moves away; each purpose has a scope of its own; nothing here
shows a secret in its repr.
Not here: which epochs there must be (`server/epochs.py`), opening (`server/reader`),
the keys of cases and of what tickets bring (`cases.py`, `ticketed.py`), the layers of
keys (`wrapping.py`), where the master key is (`place.py`).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from server.errors import StateError
from server.key_files import make_directory, write_new
from server.keyring import backups, destroying, epochs, settling, tombstones
from server.keyring.backups import Backup
from server.keyring.cases import CaseKeys
from server.keyring.copies import Copies
from server.keyring.epochs import LiveKey
from server.keyring.journal import Journal
from server.keyring.master import MasterFiles
from server.keyring.schema import (
    FOLD_JOB,
    KEEPER,
    KEEPER_KEY,
    ROLES,
    STORE_ROLE,
    Spot,
    make_tables,
    scope_of,
)
from server.keyring.scoped import ScopedKeys, place_of
from server.keyring.ticketed import TicketKeys
from server.keyring.tombstones import Tombstone
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.keys import PseudonymKey, PurposeKey
from wire.purposes import Purpose

DATABASE = "keyring.sqlite"
JOURNAL = "journal"


class Keyring:
    """The opening keys of one installation; any thread may use it."""

    def __init__(self, directory: Path, master: MasterFiles) -> None:
        """Open the keyring in a directory that `create` made.

        One of an earlier version is brought up; a master key beside the database is
        replaced by one in its own place; what the journal says is dead dies now.

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
        self.copies = Copies(self._wrapping, self._journal)
        self.cases = CaseKeys(self._wrapping)
        self.tickets = TicketKeys(self._wrapping)
        try:
            settling.settle(self._wrapping, self._former, self._journal)
        except BaseException:
            self._wrapping.close()
            raise

    @classmethod
    def create(cls, directory: Path, master: MasterFiles, now: int) -> "Keyring":
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
                make_tables(connection, generation, now)
                master.renew(generation)
                wrapping.keep(ROLES, STORE_ROLE, SigningKey.generate().seed())
        finally:
            wrapping.close()
        return cls(directory, master)

    def close(self) -> None:
        """Release the file and forget the master key."""
        self._wrapping.close()

    def require_tenant(self, tenant: bytes) -> None:
        """Check that all keys are this installation's.

        Raises:
            TrustError: some are another's.
        """
        with self._wrapping.transaction() as connection:
            epochs.require_tenant(connection, tenant, "restore the one of this one")

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
        return ScopedKeys(self._wrapping, scope_of(tenant, purpose.value), now)

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
            epochs.lower(connection, number, until)

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

    def for_ending(self, number: bytes) -> OpeningKey | None:
        """Return a private key, also past its last second; None where there is none.

        For the keeper alone, who takes out what is held before a key dies, be it late.

        Args:
            number: the key's id.

        Raises:
            TrustError: the keyring was damaged or altered.
        """
        with self._wrapping.transaction() as connection:
            place = place_of(connection, number)
            secret = place and self._wrapping.secret(place.scope, place.context)
            return OpeningKey(secret) if secret else None

    def keeper_key(self) -> SigningKey:
        """Return the key that signs what the keeper did, made now where there is none.

        Raises:
            StateError: the keyring cannot be written.
        """
        return self._signing_key(KEEPER, KEEPER_KEY)

    def store_role_key(self) -> SigningKey:
        """Return the key that signs marks and pseudonym statements."""
        with self._wrapping.transaction():
            return SigningKey(self._wrapping.secret(ROLES, STORE_ROLE))

    def fold_job_key(self) -> SigningKey:
        """Return the key that signs blocks, made now where there is none.

        Raises:
            StateError: the keyring cannot be written.
        """
        return self._signing_key(ROLES, FOLD_JOB)

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

    def bury(self, tombstones: Iterable[Tombstone], now: int) -> int:
        """Let die what is dead elsewhere: a restored keyring may have it again.

        Args:
            tombstones: from the ledger, the store or a backup.
            now: seconds since the epoch: what is still here dies now.

        Returns:
            How many keys were destroyed.

        Raises:
            StateError: the keyring cannot be written.
        """
        count = destroying.bury(self._wrapping, self._journal, tombstones, now)
        if count:
            self._forget_masters()
        return count

    def renewing(self) -> bool:
        """Tell whether the keeper has yet to go through what was restored."""
        with self._wrapping.transaction():
            return self._wrapping.renewing()

    def set_renewing(self, *, on: bool) -> None:
        """Give out no key to read with, until the keeper has gone through all once.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            connection.execute("UPDATE master SET renewing = ?", (on,))

    def rotated(self) -> int:
        """Return when all keys were last wrapped anew; 0 where that was not kept."""
        with self._wrapping.transaction() as connection:
            return int(connection.execute("SELECT rotated FROM master").fetchone()[0])

    def rotate(self, now: int) -> int:
        """Wrap all keys anew, so that older copies are of no use.

        Args:
            now: seconds since the epoch.

        Returns:
            The new generation.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._wrapping.transaction(writing=True) as connection:
            scopes = connection.execute("SELECT scope FROM scopes").fetchall()
            self._wrapping.renew({scope for (scope,) in scopes})
            connection.execute("UPDATE master SET rotated = ?", (now,))
        return self._forget_masters()

    def generation(self) -> int:
        """Return the generation that holds."""
        with self._wrapping.transaction():
            return self._wrapping.generation()

    def tombstones(self) -> list[Tombstone]:
        """Return what is left of destroyed keys, the oldest death first."""
        with self._wrapping.transaction() as connection:
            return tombstones.read(connection)

    def could_open(self, tombstone: Tombstone) -> list[Backup]:
        """Return the backups that have a destroyed key and have not ended."""
        return backups.could_open(tombstone, self.copies.every())

    def _signing_key(self, scope: str, context: bytes) -> SigningKey:
        """Return a signing key of our own, made now where there is none."""
        with self._wrapping.transaction():
            if self._wrapping.has(scope, context):
                return SigningKey(self._wrapping.secret(scope, context))
        with self._wrapping.transaction(writing=True):
            if not self._wrapping.has(scope, context):
                self._wrapping.keep(scope, context, SigningKey.generate().seed())
            return SigningKey(self._wrapping.secret(scope, context))

    def _forget_masters(self) -> int:
        return settling.forget_masters(self._wrapping, self._former)
