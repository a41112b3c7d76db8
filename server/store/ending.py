# SPDX-License-Identifier: Apache-2.0
"""What a store offers to who ends data: deleting, and leaving nothing of it behind.

Rules: nothing is deleted but what is sealed to an ended key, announces something, or is
named by who ends it; what is sealed to an ended key and arrives late leaves no octet;
deleting goes in slices, each one transaction, so that whoever stores waits for one.
Not here: what else a store offers (`interface.py`), whose time is over
(`server/keeper`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Protocol

from server.store.interface import Store


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What is sealed to a key.

    Attributes:
        envelopes: how many.
        records: in them, by their headers.
        octets: of all that is sealed to it.
        devices: whose it is, how many.
        others: blocks, remainders and extracts, how many.
        samples: 32 octets each of what is stored, to be looked for when it is gone. Of
            two that lie side by side the end of a page may cut one, never both.
    """

    envelopes: int
    records: int
    octets: int
    devices: int
    others: int
    samples: tuple[bytes, ...]

    @property
    def gone(self) -> bool:
        """Tell whether nothing is sealed to the key."""
        return not self.envelopes and not self.others


@dataclass(frozen=True, slots=True)
class Deleted:
    """What one slice deleted.

    Attributes:
        envelopes: how many.
        records: in them, by their headers.
        octets: of all that was deleted.
        others: blocks, remainders and extracts, how many.
    """

    envelopes: int = 0
    records: int = 0
    octets: int = 0
    others: int = 0

    @property
    def rows(self) -> int:
        """Return how many rows went; none: nothing is left to delete."""
        return self.envelopes + self.others


@dataclass(frozen=True, slots=True)
class HeldRemainder:
    """What is left of an envelope after an erasure, sealed to the same key.

    Attributes:
        source: digest of the envelope for which it stands.
        created: when that was made, seconds since the epoch.
        records: that it still has; never more than its envelope had.
        erased: rows that are gone or blank, since the envelope was made.
        octets: signed by the keeper.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    purpose: str
    retention: str
    key_id: bytes
    source: bytes
    created: int
    records: int
    erased: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class HeldExtract:
    """Chosen rows and columns of an envelope, sealed anew to a hold's or a case's key.

    Attributes:
        holder: 16 bytes: the case for which it is kept.
        purpose: of its source.
        key_id: of the holder's key.
        source: digest of the envelope that it was taken from.
        created: when that was made, seconds since the epoch.
        records: that it has.
        octets: signed by the keeper.
    """

    tenant: bytes
    holder: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    purpose: str
    key_id: bytes
    source: bytes
    created: int
    records: int
    octets: bytes


class EndingStore(Store, Protocol):
    """A store for who ends data; the gate and the readers are given a `Store`."""

    def end_key(self, tenant: bytes, key_id: bytes, now: int) -> None:
        """Take no octet more of what is sealed to a key; what is there stays.

        A late envelope is STORED and only its digest is kept, as if it had been deleted
        since: its chain goes on and its records count as deleted.
        """

    def end_keys(
        self, tenant: bytes, key_ids: Iterable[bytes], now: int
    ) -> Sequence[bytes]:
        """End all keys that have a tombstone, in one transaction.

        Of a store that was restored this brings back what it had forgotten.

        Returns:
            Those that something is still sealed to: `delete_ended` is to follow.
        """

    def ended_keys(self, tenant: bytes) -> Iterator[tuple[bytes, int]]:
        """Yield each key that has ended, and the second in which the store was told."""

    def devices_of(self, tenant: bytes, key_ids: Iterable[bytes]) -> int:
        """Return how many devices have anything sealed to any of some keys."""

    def sealed_keys(self, tenant: bytes) -> Sequence[bytes]:
        """Return every key that something is sealed to, in order."""

    def sealed_to(self, tenant: bytes, key_id: bytes) -> KeyUse:
        """Return what is sealed to a key, in one view."""

    def delete_ended(self, tenant: bytes, key_id: bytes, most: int) -> Deleted:
        """Delete a slice of what is sealed to an ended key; nothing of a live one.

        Args:
            tenant: whose.
            key_id: from `end_key`.
            most: rows; a slice may be smaller, for its octets are bounded too.
        """

    def delete_announced(
        self, tenant: bytes, purpose: str, retention: str, before: int, most: int
    ) -> int:
        """Delete a slice of gap records, voids and farewells made before a second.

        They are sealed to no key. What they announced stays in the accounts.

        Returns:
            How many went; 0: nothing is left to delete.
        """

    def end_device(self, tenant: bytes, device: bytes, most: int) -> int:
        """Delete a slice of what is known of a device that is gone or revoked.

        Its chains, accounts and messages go, and at last the device itself. Nothing
        goes while it is heard or set aside, nor before its last envelope, block,
        remainder and extract: whoever reads or holds those has to know whose they are.

        Returns:
            How many rows went; 0: none is left, or it is not over yet.
        """

    def replace(self, remainder: HeldRemainder) -> bool:
        """Put a remainder in the place of its envelope, or of a former remainder.

        In one transaction the envelope is deleted, as one whose time is over, and with
        it every block of its device, purpose, key and incarnation: none is held there
        again. The envelope itself is never taken again.

        Returns:
            False, and nothing is changed, where what it stands for is not there.
        """

    def put_extracts(self, extracts: Sequence[HeldExtract]) -> None:
        """Store extracts, all in one commit; of one holder and place the last stays."""

    def extracts(self, tenant: bytes, holder: bytes) -> Iterator[HeldExtract]:
        """Yield the extracts of a holder by device, incarnation and sequence."""

    def delete_extracts(self, tenant: bytes, holder: bytes, most: int) -> int:
        """Delete a slice of a holder's extracts; returns how many, 0 at the end."""

    def end_token(self, tenant: bytes, secret_digest: bytes) -> None:
        """Delete an enrolment token."""

    def scrub(self, stopping: Event | None = None) -> bool:
        """Leave nothing of what was deleted: not in the log, nor in any page.

        Args:
            stopping: is set when it is to stop where it is.

        Returns:
            False while a view or a commit of someone keeps the log, or where it was
            stopped: to be tried again.
        """

    def compact(self, share: float) -> bool:
        """Give a slice of free pages back while more than a share of the file is free.

        Returns:
            Whether there is more to give back. A store that an older release made
            gives none back: it fills its free pages again.
        """

    def snapshot(self, path: Path) -> None:
        """Copy the store as it is at one moment; whoever stores does not wait.

        Args:
            path: of the copy: a whole store, or nothing is there.

        Raises:
            StateError: something is there already, or the disk refuses.
        """
