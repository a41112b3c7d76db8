# SPDX-License-Identifier: Apache-2.0
"""The sealed store on PostgreSQL, for any number of gates and readers.

Rules: every method is one transaction; a verdict is returned after its commit is
durable; what is interrupted is done again, and is written so that twice is as once;
two who look at one device wait for each other by its row.
Not here: the tables (`schema.py`), how envelopes are stored
(`put.py`), what is known of chains (`chains.py`), how what ended is
deleted (`ended.py`), who may do what (`roles.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from threading import Event

from server.errors import StateError
from server.store import device_rows
from server.store.blocks import Arrived, HeldBlock, Unfolded
from server.store.chains import (
    Announced,
    Chain,
    ChainAccount,
    ChainEnd,
    Damaged,
    Heard,
    Hole,
)
from server.store.device_rows import device_of, meant, sender_of, spot_rows
from server.store.ending import Deleted, HeldExtract, HeldRemainder, KeyUse
from server.store.interface import (
    NOWHERE,
    Device,
    DeviceState,
    HeldResync,
    Place,
    Quotas,
    Sender,
    Spot,
    StoredEnvelope,
    Verdict,
)
from server.store.kept_fleet import POSTGRES, KeptFleet
from server.store.kept_placements import KeptPlacements
from server.store.kept_refusals import KeptRefusals
from server.store.postgres import chains, devices, ended, found, held
from server.store.postgres.connections import Connections, InUseError
from server.store.postgres.orders import PostgresOrders
from server.store.postgres.put import put
from server.store.postgres.where import Where
from server.store.search import Search
from server.store.tokens import HeldToken, TokenFate

_QUOTAS = Quotas()


class PostgresStore:
    """A sealed store in one PostgreSQL database; any thread may use it.

    Attributes:
        quotas: octets that devices may store in a day.
        orders: what devices are asked.
        at_hand: it may be another machine's.
    """

    at_hand = False

    def __init__(self, where: Where, quotas: Quotas = _QUOTAS) -> None:
        """Connect to a database that `migrate` has brought to this version.

        Args:
            where: the database.
            quotas: octets that devices may store in a day.

        Raises:
            StateError: it cannot be used.
        """
        self.quotas = quotas
        self._connections = Connections(where)
        self.orders = PostgresOrders(self._connections)
        self.placements = KeptPlacements(self._connections, "%b", " FOR NO KEY UPDATE")
        self.refusals = KeptRefusals(self._connections, "%b", " FOR KEY SHARE")
        self.fleet = KeptFleet(self._connections, POSTGRES)

    def close(self) -> None:
        """Release the store."""
        self._connections.close()

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store envelopes durably, all in one commit; one verdict each, in order."""
        return self._connections.run(lambda one: put(one, envelopes, now, self.quotas))

    def device(self, tenant: bytes, device: bytes) -> Device | None:
        """Return an enrolled device."""
        rows = self._connections.rows(device_rows.ONE, (tenant, device), device_of)
        return rows[0] if rows else None

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Return what a device's shipments are judged and answered by, in one look."""
        whose = day, incarnation, tenant, device
        rows = self._connections.rows(device_rows.SENDER, whose, sender_of)
        return rows[0] if rows else None

    def devices(self, tenant: bytes, named: str | None = None) -> Sequence[Device]:
        """Return devices by enrolment time: all, or whom a label or digits may mean."""
        if named is None:
            return self._connections.rows(device_rows.EVERY, (tenant,), device_of)
        whose = meant(tenant, named)
        return self._connections.rows(device_rows.MEANT, whose, device_of)

    def unkeyed(self, tenant: bytes) -> Sequence[Device]:
        """Return the active devices that have no pseudonym message."""
        return self._connections.rows(device_rows.UNKEYED, (tenant,) * 3, device_of)

    def heard(self, polls: Sequence[Heard], now: int) -> None:
        """Write down that devices polled, and what they said, all in one commit."""
        self._connections.run(lambda one: chains.heard(one, polls, now))

    def holes(self, tenant: bytes, device: bytes) -> Sequence[Chain]:
        """Return the chains of a device and what is missing of each."""
        return self._connections.look(lambda one: chains.chains(one, tenant, device))

    def accounts(self, tenant: bytes, device: bytes) -> Sequence[ChainAccount]:
        """Return the chains of a device and what there is of each, in one view."""
        return self._connections.look(lambda one: chains.accounts(one, tenant, device))

    def announced(self, tenant: bytes) -> Sequence[Announced]:
        """Return what devices of a tenant announced as lost, a sum for each reason."""
        return self._connections.rows(chains.ANNOUNCED, (tenant,), Announced)

    def damaged(self, tenant: bytes, device: bytes) -> Sequence[Damaged]:  # noqa: ARG002 - as any store
        """Return none: PostgreSQL checks each page that it reads, and refuses it."""
        return ()

    def unfillable(self, before: int) -> Sequence[Hole]:
        """Return what devices said before a second that they cannot send again."""
        return self._connections.look(lambda one: chains.unfillable(one, before))

    def give_up(self, hole: Hole, now: int) -> None:
        """Let a chain's end go on over a stretch that its device cannot send."""
        self._connections.run(lambda one: chains.give_up(one, hole, now))

    def used(self, tenant: bytes, device: bytes, day: int) -> int:
        """Return the octets stored of a device on a day since the epoch."""
        return sum(self._connections.rows(devices.USED, (tenant, day, device), int))

    def set_state(self, tenant: bytes, device: bytes, state: DeviceState) -> bool:
        """Change a device's state; false where there is no such device."""
        change = devices.set_state
        return self._connections.run(lambda one: change(one, tenant, device, state))

    def set_label(self, tenant: bytes, device: bytes, label: str) -> bool:
        """Name a device for people; the label is typed by the operator."""
        named = label, label.casefold(), tenant, device
        return self._connections.change(device_rows.LABEL, named)

    def place(self, tenant: bytes, spots: Mapping[bytes, Spot]) -> None:
        """Put devices of a tenant into sites and under tags, all in one commit."""
        self._connections.change_rows(device_rows.SET_SPOT, spot_rows(tenant, spots))

    def add_token(
        self,
        tenant: bytes,
        secret_digest: bytes,
        not_after: int,
        uses: int,
        spot: Spot = NOWHERE,
    ) -> None:
        """Add an enrolment token by the digest of its secret."""
        row = tenant, secret_digest, not_after, uses, spot.site, " ".join(spot.tags)
        self._connections.change(devices.ADD_TOKEN, row)

    def tokens(self, tenant: bytes) -> Sequence[HeldToken]:
        """Return all enrolment tokens of a tenant, the first to end first."""
        return self._connections.rows(devices.TOKENS, (tenant,), HeldToken)

    def enrol(self, device: Device, secret_digest: bytes, now: int) -> TokenFate:
        """Use a token once and add the device, in one transaction."""
        add = devices.enrol
        return self._connections.run(lambda one: add(one, device, secret_digest, now))

    def publish(self, tenant: bytes, bundle: bytes) -> None:
        """Replace the bundle that devices of a tenant are to hold."""
        self._connections.change(_REPLACE.format("bundles"), (tenant, bundle))

    def bundle(self, tenant: bytes) -> bytes | None:
        """Return the bundle that devices of a tenant are to hold."""
        return self._connections.octets(_OF_TENANT.format("bundles"), (tenant,))

    def set_anchor(self, tenant: bytes, anchor: bytes) -> None:
        """Replace the ledger's anchor that devices of a tenant are told."""
        self._connections.change(_REPLACE.format("anchors"), (tenant, anchor))

    def anchor(self, tenant: bytes) -> bytes | None:
        """Return the ledger's anchor that devices of a tenant are told."""
        return self._connections.octets(_OF_TENANT.format("anchors"), (tenant,))

    def plan_ends(self, tenant: bytes, ends: Mapping[bytes, int]) -> None:
        """Make the partitions in which what is sealed to keys is kept, and goes."""
        self._connections.run(lambda one: ended.plan(one, tenant, ends))

    def set_pseudonyms(self, tenant: bytes, device: bytes, message: bytes) -> None:
        """Replace the signed pseudonym message of a device."""
        self._connections.change(devices.SET_PSEUDONYMS, (message, tenant, device))

    def pseudonyms(self, tenant: bytes, device: bytes) -> bytes | None:
        """Return the signed pseudonym message of a device."""
        return self._connections.octets(
            "SELECT octets FROM pseudonyms WHERE tenant = %b AND device = %b",
            (tenant, device),
        )

    def set_mark(self, end: ChainEnd, message: bytes) -> None:
        """Replace the signed mark of an incarnation; an older one changes nothing."""
        whose = end.tenant, end.device, end.incarnation
        self._connections.change(
            "UPDATE chains SET marked = %b, mark = %b WHERE tenant = %b"
            " AND device = %b AND incarnation = %b AND marked <= %b AND sequence >= %b",
            (end.sequence, message, *whose, end.sequence, end.sequence),
        )

    def mark(self, tenant: bytes, device: bytes, incarnation: bytes) -> bytes | None:
        """Return the signed mark of an incarnation."""
        return self._connections.octets(
            "SELECT mark FROM chains WHERE tenant = %b AND device = %b"
            " AND incarnation = %b",
            (tenant, device, incarnation),
        )

    def unmarked(self) -> Sequence[ChainEnd]:
        """Return the chain ends that are further than their mark."""
        return self._connections.rows(chains.UNMARKED, (), ChainEnd)

    def hold_resync(self, resync: HeldResync) -> None:
        """Replace the signed resync of a device's purpose and dataset."""
        self._connections.change(
            "INSERT INTO resyncs VALUES (%b, %b, %b, %b, %b, %b, %b)"
            " ON CONFLICT (tenant, device, purpose, dataset) DO UPDATE SET"
            " incarnation = excluded.incarnation, issued = excluded.issued,"
            " octets = excluded.octets",
            astuple(resync),
        )

    def resyncs(self, tenant: bytes, device: bytes) -> Sequence[HeldResync]:
        """Return the signed resyncs of a device, the oldest first."""
        return self._connections.rows(
            "SELECT * FROM resyncs WHERE tenant = %b AND device = %b ORDER BY issued",
            (tenant, device),
            HeldResync,
        )

    def hold_block(self, block: HeldBlock) -> None:
        """Replace the block of a device's purpose, key and incarnation."""
        self._connections.run(lambda one: held.hold_block(one, block))

    def blocks(self, tenant: bytes, device: bytes, purpose: str) -> Sequence[HeldBlock]:
        """Return the blocks of a device and purpose."""
        return self._connections.rows(
            "SELECT * FROM blocks WHERE tenant = %b AND device = %b AND purpose = %b",
            (tenant, device, purpose),
            HeldBlock,
        )

    def unfolded(self, tenant: bytes, minimum: int) -> Sequence[Unfolded]:
        """Return what has so many data envelopes behind its blocks, or more."""
        values = tenant, minimum
        return self._connections.rows(found.UNFOLDED, values, Unfolded)

    def arrived(self, tenant: bytes, purpose: str, kept: str, after: int) -> Arrived:
        """Return which devices have something new behind a place, 0 for all."""
        sought = tenant, purpose, kept
        return self._connections.run(lambda one: found.arrived(one, sought, after))

    def envelopes(  # noqa: PLR0913 - what narrows a search
        self,
        tenant: bytes,
        *,
        device: bytes | None = None,
        purpose: str | None = None,
        since: int = 0,
        until: int | None = None,
        between: tuple[Place, Place] | None = None,
        bare: Callable[[StoredEnvelope], bool] | None = None,
    ) -> Iterator[StoredEnvelope]:
        """Yield stored envelopes, piece by piece and from one view of the store."""
        search = Search(tenant, device, purpose, since, until, between)
        with self._connections.apart() as connection:
            yield from found.envelopes(connection, search, bare)

    def end_key(self, tenant: bytes, key_id: bytes, now: int) -> None:
        """Take no octet more of what is sealed to a key."""
        self.end_keys(tenant, [key_id], now)

    def end_keys(
        self, tenant: bytes, key_ids: Iterable[bytes], now: int
    ) -> Sequence[bytes]:
        """End keys; returns those that something is still sealed to."""
        keys = list(key_ids)
        return self._connections.run(lambda one: ended.end_keys(one, tenant, keys, now))

    def ended_keys(self, tenant: bytes) -> Iterator[tuple[bytes, int]]:
        """Yield each key that has ended, and the second in which the store was told."""
        yield from self._connections.rows(ended.EVERY, (tenant,), lambda *row: row)

    def devices_of(self, tenant: bytes, key_ids: Iterable[bytes]) -> int:
        """Return how many devices have anything sealed to any of some keys."""
        keys = list(key_ids)
        return self._connections.look(lambda one: ended.devices_of(one, tenant, keys))

    def sealed_keys(self, tenant: bytes) -> Sequence[bytes]:
        """Return every key that something is sealed to, in order."""
        return self._connections.look(lambda one: ended.sealed_keys(one, tenant))

    def sealed_to(self, tenant: bytes, key_id: bytes) -> KeyUse:
        """Return what is sealed to a key, in one view."""
        return self._connections.look(lambda one: ended.sealed_to(one, tenant, key_id))

    def delete_ended(self, tenant: bytes, key_id: bytes, most: int) -> Deleted:
        """Delete a slice of what is sealed to an ended key; nothing of a live one."""
        run = self._connections.run
        with suppress(InUseError):  # rows go, while somebody reads
            run(lambda one: ended.drop_period(one, tenant, key_id), again=False)
        return run(lambda one: ended.delete_ended(one, tenant, key_id, most))

    def delete_announced(
        self, tenant: bytes, purpose: str, retention: str, before: int, most: int
    ) -> int:
        """Delete a slice of gap records, voids and farewells made before a second."""
        which = tenant, purpose, retention, before
        run = self._connections.run
        return run(lambda one: ended.delete_announced(one, which, most))

    def end_device(self, tenant: bytes, device: bytes, most: int) -> int:
        """Delete a slice of what is known of a device that is over."""
        return self._connections.run(lambda one: devices.end(one, tenant, device, most))

    def replace(self, remainder: HeldRemainder) -> bool:
        """Put a remainder in the place of what it stands for; false without that."""
        return self._connections.run(lambda one: held.replace(one, remainder))

    def put_extracts(self, extracts: Sequence[HeldExtract]) -> None:
        """Store extracts, all in one commit; of one holder and place the last stays."""
        self._connections.run(lambda one: held.put_extracts(one, extracts))

    def extracts(self, tenant: bytes, holder: bytes) -> Iterator[HeldExtract]:
        """Yield the extracts of a holder, from one view of the store."""
        with self._connections.apart() as connection:
            yield from held.extracts(connection, tenant, holder)

    def delete_extracts(self, tenant: bytes, holder: bytes, most: int) -> int:
        """Delete a slice of a holder's extracts; returns how many."""
        run = self._connections.run
        return run(lambda one: ended.delete_extracts(one, tenant, holder, most))

    def end_token(self, tenant: bytes, secret_digest: bytes) -> None:
        """Delete an enrolment token."""
        self._connections.change(devices.END_TOKEN, (tenant, secret_digest))

    def scrub(self, stopping: Event | None = None) -> bool:
        """Write anew what rows were deleted from; false: to be tried again.

        What PostgreSQL's own log, its standbys and archives keep is beyond a store.
        """
        try:
            while self._connections.run(ended.renew, again=False):
                if stopping is not None and stopping.is_set():
                    return False
        except InUseError:
            return False
        return True

    def compact(self, share: float) -> bool:  # noqa: ARG002 - as any store
        """Give nothing back: dropped partitions and autovacuum do."""
        return False

    def snapshot(self, path: Path) -> None:
        """Refuse: PostgreSQL has its own ways to copy it, and to go on from there.

        Raises:
            StateError: always.
        """
        msg = (
            f"{path} cannot be made of a PostgreSQL store: back it up with "
            "pg_basebackup or pg_dump"
        )
        raise StateError(msg)


_REPLACE = (
    "INSERT INTO {0} VALUES (%b, %b)"
    " ON CONFLICT (tenant) DO UPDATE SET octets = excluded.octets"
)
_OF_TENANT = "SELECT octets FROM {0} WHERE tenant = %b"
