# SPDX-License-Identifier: Apache-2.0
"""The keeper's half of the store on SQLite: what ended, and what takes its place.

Rules: every method is one transaction, and deletes a slice, so that a gate beside it
goes on; only of a key or device that has ended is anything deleted.
Not here: what gates and readers ask (`sqlite.py`), the statements themselves
(`sqlite_ended.py`, `sqlite_deleting.py`, `sqlite_extracts.py`, `sqlite_files.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Event

from server.store import (
    sqlite_deleting,
    sqlite_devices,
    sqlite_ended,
    sqlite_extracts,
    sqlite_files,
)
from server.store.ending import Deleted, HeldExtract, HeldRemainder, KeyUse
from server.store.sqlite_connections import Connections


class SqliteEnding:
    """What a keeper ends, deletes and keeps apart in one SQLite file."""

    def __init__(self, connections: Connections) -> None:
        """Act through connections to the file."""
        self._connections = connections

    def plan_ends(self, tenant: bytes, ends: Mapping[bytes, int]) -> None:
        """Do nothing: rows of one file go one by one, whenever their key ends."""

    def end_key(self, tenant: bytes, key_id: bytes, now: int) -> None:
        """Take no octet more of what is sealed to a key."""
        self.end_keys(tenant, [key_id], now)

    def end_keys(
        self, tenant: bytes, key_ids: Iterable[bytes], now: int
    ) -> Sequence[bytes]:
        """End keys; returns those that something is still sealed to."""
        with self._connections.transaction() as database:
            return sqlite_ended.end_keys(database, tenant, key_ids, now)

    def ended_keys(self, tenant: bytes) -> Iterator[tuple[bytes, int]]:
        """Yield each key that has ended, and the second in which the store was told."""
        yield from self._connections.rows(
            sqlite_ended.EVERY, (tenant,), sqlite_ended.of
        )

    def devices_of(self, tenant: bytes, key_ids: Iterable[bytes]) -> int:
        """Return how many devices have anything sealed to any of some keys."""
        with self._connections.view() as database:
            return sqlite_deleting.devices_of(database, tenant, key_ids)

    def sealed_keys(self, tenant: bytes) -> Sequence[bytes]:
        """Return every key that something is sealed to, in order."""
        with self._connections.view() as database:
            return sqlite_ended.sealed_keys(database, tenant)

    def sealed_to(self, tenant: bytes, key_id: bytes) -> KeyUse:
        """Return what is sealed to a key, in one view."""
        with self._connections.view() as database:
            return sqlite_deleting.sealed_to(database, tenant, key_id)

    def delete_ended(self, tenant: bytes, key_id: bytes, most: int) -> Deleted:
        """Delete a slice of what is sealed to an ended key; nothing of a live one."""
        with self._connections.transaction() as database:
            return sqlite_deleting.delete_ended(database, tenant, key_id, most)

    def delete_announced(
        self, tenant: bytes, purpose: str, retention: str, before: int, most: int
    ) -> int:
        """Delete a slice of gap records, voids and farewells made before a second."""
        which = tenant, purpose, retention, before
        with self._connections.transaction() as database:
            return sqlite_deleting.delete_announced(database, which, most)

    def end_device(self, tenant: bytes, device: bytes, most: int) -> int:
        """Delete a slice of what is known of a device that is over."""
        with self._connections.transaction() as database:
            return sqlite_devices.end(database, tenant, device, most)

    def replace(self, remainder: HeldRemainder) -> bool:
        """Put a remainder in the place of what it stands for; false without that."""
        with self._connections.transaction() as database:
            return sqlite_extracts.replace(database, remainder)

    def put_extracts(self, extracts: Sequence[HeldExtract]) -> None:
        """Store extracts, all in one commit; of one holder and place the last stays."""
        with self._connections.transaction() as database:
            sqlite_extracts.put_extracts(database, extracts)

    def extracts(self, tenant: bytes, holder: bytes) -> Iterator[HeldExtract]:
        """Yield the extracts of a holder, from one view of the store."""
        with self._connections.apart() as database:
            yield from sqlite_extracts.extracts(database, tenant, holder)

    def delete_extracts(self, tenant: bytes, holder: bytes, most: int) -> int:
        """Delete a slice of a holder's extracts; returns how many."""
        with self._connections.transaction() as database:
            return sqlite_deleting.delete_extracts(database, tenant, holder, most)

    def end_token(self, tenant: bytes, secret_digest: bytes) -> None:
        """Delete an enrolment token."""
        self._connections.change(
            "DELETE FROM tokens WHERE tenant = ? AND secret = ?",
            (tenant, secret_digest),
        )

    def scrub(self, stopping: Event | None = None) -> bool:
        """Leave nothing of what was deleted in any file; false: to be tried again."""
        return sqlite_files.scrub(self._connections, stopping or Event())

    def compact(self, share: float) -> bool:
        """Give a slice of free pages back; returns whether there is more."""
        with self._connections.transaction() as database:
            return sqlite_files.compact(database, share)
