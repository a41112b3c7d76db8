# SPDX-License-Identifier: Apache-2.0
"""The sealed store on SQLite, for one machine.

Rules: every method is one transaction; a verdict is returned after its commit; a fork
of a device's chain quarantines it in the transaction that sees it; what was once
covered by a chain's end is never stored again, so nothing erased can come back.
Not here: the tables (`sqlite_schema.py`), how envelopes are judged (`sqlite_put.py`)
and found (`sqlite_found.py`), what is known of chains (`sqlite_chains.py`), what a
keeper ends and deletes (`sqlite_ending.py`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from server.store import (
    sqlite_chains,
    sqlite_damaged,
    sqlite_devices,
    sqlite_extracts,
    sqlite_files,
    sqlite_found,
    sqlite_orders,
    sqlite_schema,
    sqlite_usage,
)
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
from server.store.kept_fleet import KeptFleet
from server.store.kept_placements import KeptPlacements
from server.store.kept_refusals import KeptRefusals
from server.store.search import Search
from server.store.sqlite_connections import Connections
from server.store.sqlite_ending import SqliteEnding
from server.store.sqlite_orders import SqliteOrders
from server.store.sqlite_put import put
from server.store.tokens import HeldToken, TokenFate
from wire.envelope import EnvelopeKind

_QUOTAS = Quotas()


class SqliteStore(SqliteEnding):
    """A sealed store in one SQLite file; any thread may use it.

    Attributes:
        quotas: octets that devices may store in a day.
        orders: what devices are asked.
        at_hand: it is a file of this machine.
    """

    at_hand = True

    def __init__(self, path: Path, quotas: Quotas = _QUOTAS) -> None:
        """Open the file, which `create_store` made.

        Args:
            path: of the file.
            quotas: octets that devices may store in a day.

        Raises:
            StateError: absent, damaged, or made by a newer release.
        """
        super().__init__(Connections(path))
        self.quotas = quotas
        self.orders = SqliteOrders(self._connections)
        self.placements = KeptPlacements(self._connections)
        self.refusals = KeptRefusals(self._connections)
        self.fleet = KeptFleet(self._connections)

    def close(self) -> None:
        """Release the store."""
        self._connections.close()

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store envelopes durably, all in one commit; one verdict each, in order."""
        with self._connections.transaction() as database:
            return put(database, envelopes, now, self.quotas)

    def device(self, tenant: bytes, device: bytes) -> Device | None:
        """Return an enrolled device."""
        one, whose = sqlite_devices.ONE, (tenant, device)
        rows = self._connections.rows(one, whose, device_of)
        return rows[0] if rows else None

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Return what a device's shipments are judged and answered by, in one look."""
        whose = day, incarnation, tenant, device
        one = sqlite_devices.SENDER
        rows = self._connections.rows(one, whose, sender_of)
        return rows[0] if rows else None

    def devices(self, tenant: bytes, named: str | None = None) -> Sequence[Device]:
        """Return devices by enrolment time: all, or whom a label or digits may mean."""
        if named is None:
            return self._connections.rows(sqlite_devices.EVERY, (tenant,), device_of)
        whose = meant(tenant, named)
        return self._connections.rows(sqlite_devices.MEANT, whose, device_of)

    def unkeyed(self, tenant: bytes) -> Sequence[Device]:
        """Return the active devices that have no pseudonym message."""
        unkeyed = sqlite_devices.UNKEYED
        return self._connections.rows(unkeyed, (tenant,) * 3, device_of)

    def heard(self, polls: Sequence[Heard], now: int) -> None:
        """Write down that devices polled, and what they said, all in one commit."""
        with self._connections.transaction() as database:
            for poll in polls:
                sqlite_chains.heard(database, poll, now)
                whose = poll.tenant, poll.device
                sqlite_orders.say(database, whose, poll.doing, now)

    def holes(self, tenant: bytes, device: bytes) -> Sequence[Chain]:
        """Return the chains of a device and what is missing of each."""
        with self._connections.view() as database:
            return sqlite_chains.chains(database, tenant, device)

    def accounts(self, tenant: bytes, device: bytes) -> Sequence[ChainAccount]:
        """Return the chains of a device and what there is of each, in one view."""
        with self._connections.view() as database:
            return sqlite_chains.accounts(database, tenant, device)

    def announced(self, tenant: bytes) -> Sequence[Announced]:
        """Return what devices of a tenant announced as lost, a sum for each reason."""
        return self._connections.rows(sqlite_chains.ANNOUNCED, (tenant,), Announced)

    def damaged(self, tenant: bytes, device: bytes) -> Sequence[Damaged]:
        """Return the rows of a device that are not what was written."""
        with self._connections.view() as database:
            return sqlite_damaged.damaged(database, tenant, device)

    def unfillable(self, before: int) -> Sequence[Hole]:
        """Return what devices said before a second that they cannot send again."""
        with self._connections.view() as database:
            return sqlite_chains.unfillable(database, before)

    def give_up(self, hole: Hole, now: int) -> None:
        """Let a chain's end go on over a stretch that its device cannot send."""
        with self._connections.transaction() as database:
            sqlite_chains.give_up(database, hole, now)

    def used(self, tenant: bytes, device: bytes, day: int) -> int:
        """Return the octets stored of a device on a day since the epoch."""
        whose = tenant, day, device
        return sum(self._connections.rows(sqlite_usage.USED, whose, int))

    def set_state(self, tenant: bytes, device: bytes, state: DeviceState) -> bool:
        """Change a device's state; false where there is no such device."""
        return self._connections.change(
            "UPDATE devices SET state = ? WHERE tenant = ? AND device = ?",
            (state.value, tenant, device),
        )

    def set_label(self, tenant: bytes, device: bytes, label: str) -> bool:
        """Name a device for people; the label is typed by the operator."""
        values = label, label.casefold(), tenant, device
        return self._connections.change(sqlite_devices.LABEL, values)

    def place(self, tenant: bytes, spots: Mapping[bytes, Spot]) -> None:
        """Put devices of a tenant into sites and under tags, all in one commit."""
        rows = spot_rows(tenant, spots)
        self._connections.change_rows(sqlite_devices.SET_SPOT, rows)

    def add_token(
        self,
        tenant: bytes,
        secret_digest: bytes,
        not_after: int,
        uses: int,
        spot: Spot = NOWHERE,
    ) -> None:
        """Add an enrolment token by the digest of its secret."""
        self._connections.change(
            sqlite_devices.ADD_TOKEN,
            (tenant, secret_digest, not_after, uses, spot.site, " ".join(spot.tags)),
        )

    def tokens(self, tenant: bytes) -> Sequence[HeldToken]:
        """Return all enrolment tokens of a tenant, the first to end first."""
        query = (
            "SELECT secret, not_after, uses FROM tokens WHERE tenant = ?"
            " ORDER BY not_after, secret"
        )
        return self._connections.rows(query, (tenant,), HeldToken)

    def enrol(self, device: Device, secret_digest: bytes, now: int) -> TokenFate:
        """Use a token once and add the device, in one transaction."""
        with self._connections.transaction() as database:
            return sqlite_devices.enrol(database, device, secret_digest, now)

    def publish(self, tenant: bytes, bundle: bytes) -> None:
        """Replace the bundle that devices of a tenant are to hold."""
        self._connections.change(
            "INSERT OR REPLACE INTO bundles VALUES (?, ?)", (tenant, bundle)
        )

    def bundle(self, tenant: bytes) -> bytes | None:
        """Return the bundle that devices of a tenant are to hold."""
        return self._connections.octets(
            "SELECT octets FROM bundles WHERE tenant = ?", (tenant,)
        )

    def set_anchor(self, tenant: bytes, anchor: bytes) -> None:
        """Replace the ledger's anchor that devices of a tenant are told."""
        self._connections.change(
            "INSERT OR REPLACE INTO anchors VALUES (?, ?)", (tenant, anchor)
        )

    def anchor(self, tenant: bytes) -> bytes | None:
        """Return the ledger's anchor that devices of a tenant are told."""
        return self._connections.octets(
            "SELECT octets FROM anchors WHERE tenant = ?", (tenant,)
        )

    def set_pseudonyms(self, tenant: bytes, device: bytes, message: bytes) -> None:
        """Replace the signed pseudonym message of a device."""
        self._connections.change(
            sqlite_devices.SET_PSEUDONYMS, (tenant, device, message, tenant, device)
        )

    def pseudonyms(self, tenant: bytes, device: bytes) -> bytes | None:
        """Return the signed pseudonym message of a device."""
        return self._connections.octets(
            "SELECT octets FROM pseudonyms WHERE tenant = ? AND device = ?",
            (tenant, device),
        )

    def set_mark(self, end: ChainEnd, message: bytes) -> None:
        """Replace the signed mark of an incarnation; an older one changes nothing."""
        self._connections.change(
            "UPDATE chains SET marked = ?, mark = ? WHERE tenant = ? AND device = ?"
            " AND incarnation = ? AND marked <= ? AND sequence >= ?",
            (
                end.sequence,
                message,
                end.tenant,
                end.device,
                end.incarnation,
                end.sequence,
                end.sequence,
            ),
        )

    def mark(self, tenant: bytes, device: bytes, incarnation: bytes) -> bytes | None:
        """Return the signed mark of an incarnation."""
        return self._connections.octets(
            "SELECT mark FROM chains WHERE tenant = ? AND device = ?"
            " AND incarnation = ?",
            (tenant, device, incarnation),
        )

    def unmarked(self) -> Sequence[ChainEnd]:
        """Return the chain ends that are further than their mark."""
        return self._connections.rows(
            "SELECT tenant, device, incarnation, sequence, digest FROM chains"
            " WHERE sequence > marked",
            (),
            ChainEnd,
        )

    def hold_resync(self, resync: HeldResync) -> None:
        """Replace the signed resync of a device's purpose and dataset."""
        self._connections.change(
            "INSERT OR REPLACE INTO resyncs VALUES (?, ?, ?, ?, ?, ?, ?)",
            astuple(resync),
        )

    def resyncs(self, tenant: bytes, device: bytes) -> Sequence[HeldResync]:
        """Return the signed resyncs of a device, the oldest first."""
        return self._connections.rows(
            "SELECT * FROM resyncs WHERE tenant = ? AND device = ? ORDER BY issued",
            (tenant, device),
            HeldResync,
        )

    def hold_block(self, block: HeldBlock) -> None:
        """Replace the block of a device's purpose, key and incarnation."""
        with self._connections.transaction() as database:
            sqlite_extracts.hold_block(database, block)

    def blocks(self, tenant: bytes, device: bytes, purpose: str) -> Sequence[HeldBlock]:
        """Return the blocks of a device and purpose."""
        return self._connections.rows(
            "SELECT * FROM blocks WHERE tenant = ? AND device = ? AND purpose = ?",
            (tenant, device, purpose),
            HeldBlock,
        )

    def unfolded(self, tenant: bytes, minimum: int) -> Sequence[Unfolded]:
        """Return what has so many data envelopes behind its blocks, or more."""
        return self._connections.rows(
            sqlite_found.UNFOLDED,
            (tenant, EnvelopeKind.DATA.value, minimum),
            Unfolded,
        )

    def arrived(self, tenant: bytes, purpose: str, kept: str, after: int) -> Arrived:
        """Return which devices have something new behind a place, 0 for all."""
        with self._connections.apart() as database:
            return sqlite_found.arrived(database, (tenant, purpose, kept), after)

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
        """Yield stored envelopes, one at a time and from one view of the store.

        Args:
            tenant: whose.
            device: of this device only.
            purpose: of this purpose only.
            since: created at or after this second.
            until: created before this second.
            between: from one of these places to the other; None for all.
            bare: says of an envelope without octets whether it is to stay so.
        """
        search = Search(tenant, device, purpose, since, until, between)
        with self._connections.apart() as database:
            yield from sqlite_found.envelopes(database, search, bare)

    def snapshot(self, path: Path) -> None:
        """Copy the store as it is at one moment to where nothing is."""
        self._connections.outside(lambda store: sqlite_files.snapshot(store, path))


def open_store(path: Path, quotas: Quotas = _QUOTAS) -> SqliteStore:
    """Open a store that exists.

    Args:
        path: of the file.
        quotas: octets that devices may store in a day.

    Raises:
        StateError: absent, damaged, or made by a newer release.
    """
    return SqliteStore(path, quotas)


def create_store(path: Path) -> SqliteStore:
    """Make a new store and open it.

    Raises:
        StateError: there is one already, or it cannot be made.
    """
    sqlite_schema.create(path)
    return SqliteStore(path)
