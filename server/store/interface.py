# SPDX-License-Identifier: Apache-2.0
"""What any store offers, whether SQLite or PostgreSQL.

Rules: nothing opened is ever kept; every key starts with the tenant; what a receipt
says is committed first; (device, incarnation, sequence) is unique in the same
transaction as the data.
Not here: verifying (`server/gate`), opening (`server/reader`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from server.store.blocks import Arrived, HeldBlock, Unfolded
from server.store.bounds import ANNOUNCED_DAY_BYTES, DEVICE_DAY_BYTES
from server.store.chains import (
    Announced,
    Chain,
    ChainAccount,
    ChainEnd,
    Damaged,
    Heard,
    Hole,
)
from server.store.fleet import Fleet
from server.store.orders import Orders
from server.store.placements import Placements
from server.store.refusals import Refusals
from server.store.tokens import HeldToken, TokenFate
from wire.envelope import EnvelopeKind, Gap, named
from wire.messages import Fate

Place = tuple[bytes, int]
"""Of an envelope of a device: its incarnation and its sequence."""
REMAINDER = 64
"""Kind of what stands for an envelope after an erasure; no device sends it."""


class DeviceState(Enum):
    """Whether a device is heard."""

    ACTIVE = "active"
    REVOKED = "revoked"
    QUARANTINED = "quarantined"
    """A fork of its chain was seen: a clone or a restored snapshot."""
    GONE = "gone"
    """It sent its farewell."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the operator has put a device.

    Attributes:
        site: the site's name; empty for none.
        tags: sorted names, each once.
    """

    site: str = ""
    tags: tuple[str, ...] = ()


NOWHERE = Spot()


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device; times in seconds since the epoch.

    Attributes:
        queue: the encoded state of its queue, as it told last; None before.
        spot: its site and its tags; its token's at first.
    """

    tenant: bytes
    device: bytes
    public: bytes
    sealing: bytes
    state: DeviceState
    enrolled: int
    seen: int
    agent: str
    system: str
    label: str
    queue: bytes | None = None
    spot: Spot = NOWHERE


@dataclass(frozen=True, slots=True)
class Sender:
    """What every shipment of an enrolled device is judged and answered by.

    Attributes:
        public: the device's signing key; `state`: whether it is heard.
        used: octets stored of it on a day.
        mark: the newest signed mark of its incarnation; None where there is none.
    """

    public: bytes
    state: DeviceState
    used: int
    mark: bytes | None


@dataclass(frozen=True, slots=True)
class StoredEnvelope:
    """An envelope with the header fields that the index needs.

    Of a remainder the digest is that of the envelope for which it stands; what it
    followed and its bucket are zero.

    Attributes:
        instead: of a void: the digest of the envelope in whose place it stands,
            zeros where nobody knows it any more; else None.
        gap: what a gap record or a void announces.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    sequence: int
    previous: bytes
    digest: bytes
    kind: int
    purpose: str
    retention: str
    key_id: bytes
    bucket: int
    created: int
    records: int
    octets: bytes
    instead: bytes | None = None
    gap: Gap | None = None

    @property
    def has_rows(self) -> bool:
        """Tell whether it has rows: data, or what is left of it since an erasure."""
        return self.kind in {EnvelopeKind.DATA.value, REMAINDER}

    @property
    def names(self) -> bytes | None:
        """Return the digest that stands for its place; None where nobody knows it."""
        return named(self.digest, self.instead)

    @property
    def name(self) -> bytes:
        """Return what the next envelope of the chain calls it."""
        return self.names or self.digest


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an envelope; `reason` is a slug for REFUSED and RETRY."""

    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class Quotas:
    """Octets that are stored in a day.

    Attributes:
        device: of one device.
        announced: of it on top, for envelopes that carry no records.
        tenant: of all devices of one tenant; None for no bound.
    """

    device: int = DEVICE_DAY_BYTES
    announced: int = ANNOUNCED_DAY_BYTES
    tenant: int | None = None


@dataclass(frozen=True, slots=True)
class HeldResync:
    """A signed resync that waits for its device, and what of it an index needs."""

    tenant: bytes
    device: bytes
    purpose: str
    dataset: str
    incarnation: bytes
    issued: int
    octets: bytes


class Store(Protocol):
    """A sealed store; every method is one transaction.

    Attributes:
        quotas: octets that devices may store in a day.
        at_hand: whether a look at it waits for no other machine.
    """

    quotas: Quotas
    at_hand: bool

    @property
    def orders(self) -> Orders:
        """Return what devices are asked."""

    @property
    def placements(self) -> Placements:
        """Return which policies devices obey."""

    @property
    def refusals(self) -> Refusals:
        """Return what gates did not take."""

    @property
    def fleet(self) -> Fleet[Device]:
        """Return what looks among all devices."""

    def close(self) -> None:
        """Release the store."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store envelopes durably, all in one commit; one verdict each, in order.

        The same (device, incarnation, sequence) with the same digest is a DUPLICATE;
        with another digest, or the same previous digest under another sequence
        content, the device is quarantined and the envelope REFUSED ("forked"). Of a
        device that is revoked by then nothing is stored: REFUSED ("revoked").
        An envelope and the void that stands for it are duplicates of each other:
        what came first stays. What was deleted or given up is not taken again. What
        is over the day's quota is to be sent again: RETRY ("over-quota").
        """

    def device(self, tenant: bytes, device: bytes) -> Device | None:
        """Return an enrolled device."""

    def sender(
        self, tenant: bytes, device: bytes, incarnation: bytes, day: int
    ) -> Sender | None:
        """Return what a device's shipments are judged and answered by, in one look.

        Args:
            tenant: whose.
            device: which.
            incarnation: of the chain whose mark is asked for.
            day: since the epoch.
        """

    def devices(self, tenant: bytes, named: str | None = None) -> Sequence[Device]:
        """Return devices by enrolment time: all, or whom a label or digits may mean."""

    def unkeyed(self, tenant: bytes) -> Sequence[Device]:
        """Return the active devices that have no pseudonym message."""

    def heard(self, polls: Sequence[Heard], now: int) -> None:
        """Write down that devices polled, and what they said, all in one commit."""

    def holes(self, tenant: bytes, device: bytes) -> Sequence[Chain]:
        """Return the chains of a device and what is missing of each."""

    def accounts(self, tenant: bytes, device: bytes) -> Sequence[ChainAccount]:
        """Return the chains of a device and what there is of each, in one view."""

    def announced(self, tenant: bytes) -> Sequence[Announced]:
        """Return what devices of a tenant announced as lost, a sum for each reason."""

    def damaged(self, tenant: bytes, device: bytes) -> Sequence[Damaged]:
        """Return the rows of a device that are not what was written."""

    def unfillable(self, before: int) -> Sequence[Hole]:
        """Return what devices said before a second that they cannot send again."""

    def give_up(self, hole: Hole, now: int) -> None:
        """Let a chain's end go on over a stretch that its device cannot send."""

    def used(self, tenant: bytes, device: bytes, day: int) -> int:
        """Return the octets stored of a device on a day since the epoch."""

    def set_state(self, tenant: bytes, device: bytes, state: DeviceState) -> bool:
        """Change a device's state; false where there is no such device."""

    def set_label(self, tenant: bytes, device: bytes, label: str) -> bool:
        """Name a device for people; the label is typed by the operator."""

    def place(self, tenant: bytes, spots: Mapping[bytes, Spot]) -> None:
        """Put devices of a tenant into sites and under tags, all in one commit."""

    def add_token(
        self,
        tenant: bytes,
        secret_digest: bytes,
        not_after: int,
        uses: int,
        spot: Spot = NOWHERE,
    ) -> None:
        """Add an enrolment token by the digest of its secret.

        Args:
            tenant: whose.
            secret_digest: the digest.
            not_after: its last second.
            uses: how many machines may enrol with it.
            spot: where these machines are.
        """

    def tokens(self, tenant: bytes) -> Sequence[HeldToken]:
        """Return all enrolment tokens of a tenant, the first to end first."""

    def enrol(self, device: Device, secret_digest: bytes, now: int) -> TokenFate:
        """Use a token once and add the device, in one transaction."""

    def publish(self, tenant: bytes, bundle: bytes) -> None:
        """Replace the bundle that devices of a tenant are to hold."""

    def bundle(self, tenant: bytes) -> bytes | None:
        """Return the bundle that devices of a tenant are to hold."""

    def set_anchor(self, tenant: bytes, anchor: bytes) -> None:
        """Replace the ledger's anchor that devices of a tenant are told."""

    def anchor(self, tenant: bytes) -> bytes | None:
        """Return the ledger's anchor that devices of a tenant are told."""

    def plan_ends(self, tenant: bytes, ends: Mapping[bytes, int]) -> None:
        """Tell by key in which second what is sealed to it is over, so it goes at once.

        It may end sooner or later: what goes goes by its end alone.
        """

    def set_pseudonyms(self, tenant: bytes, device: bytes, message: bytes) -> None:
        """Replace the signed pseudonym message of a device."""

    def pseudonyms(self, tenant: bytes, device: bytes) -> bytes | None:
        """Return the signed pseudonym message of a device."""

    def set_mark(self, end: ChainEnd, message: bytes) -> None:
        """Replace the signed mark of an incarnation."""

    def mark(self, tenant: bytes, device: bytes, incarnation: bytes) -> bytes | None:
        """Return the signed mark of an incarnation."""

    def unmarked(self) -> Sequence[ChainEnd]:
        """Return the chain ends that are further than their mark."""

    def hold_resync(self, resync: HeldResync) -> None:
        """Replace the signed resync of a device's purpose and dataset."""

    def resyncs(self, tenant: bytes, device: bytes) -> Sequence[HeldResync]:
        """Return the signed resyncs of a device, the oldest first."""

    def hold_block(self, block: HeldBlock) -> None:
        """Replace the block of a device's purpose, key and incarnation.

        None is held of a key that has ended, nor beside a remainder.
        """

    def blocks(self, tenant: bytes, device: bytes, purpose: str) -> Sequence[HeldBlock]:
        """Return the blocks of a device and purpose."""

    def unfolded(self, tenant: bytes, minimum: int) -> Sequence[Unfolded]:
        """Return what has so many data envelopes behind its blocks, or more."""

    def arrived(self, tenant: bytes, purpose: str, kept: str, after: int) -> Arrived:
        """Return which devices have something new behind a place, 0 for all.

        Rows are looked for of one purpose and retention class, losses of all. A place
        that a restored store does not have yet is its beginning.
        """

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
        """Yield stored envelopes, by device, incarnation and sequence.

        In the place of an envelope of which something was erased comes its remainder.

        Args:
            tenant: whose.
            device: of this device only.
            purpose: of this purpose only.
            since: created at or after this second.
            until: created before this second.
            between: from one of these places to the other; nothing else is looked at.
            bare: says of an envelope without octets whether it is to stay so; then
                they stay on the disk.
        """
