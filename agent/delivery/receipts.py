# SPDX-License-Identifier: Apache-2.0
"""Ships what waits, once, and believes the receipt for exactly that.

Rules: what leaves is remembered first; one signature names the envelopes' digests; a
receipt counts only if the gate signed it for this manifest, device and tenant, with a
fate for each envelope; all that it says is written down in one transaction; it stops
sending and removes nothing but records that the gate will never take, in whose place a
void is put; what the collector has only queued awaits a mark as what it has stored.
Not here: when to ship and how many (`shipping.py`), marks (`marks.py`), what is sent
again for want of one (`awaiting.py`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.budget import SHIPMENT_BODY_BYTES
from agent.clock import (
    CONTACTED,
    Clock,
    corrected,
    learned,
    load_clock,
    put_clock,
    stated,
)
from agent.delivery import awaiting
from agent.delivery.adoption import DISK
from agent.delivery.asker import Asker
from agent.delivery.marks import take_mark
from agent.delivery.outside import REAL, Outside
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import StateError, TrustError
from agent.identity import Identity
from agent.spool.change import SpoolClass, Transaction
from agent.spool.spool import Sent, Spool, Waiting
from agent.spool.voids import Voids
from wire import limits, signed
from wire.envelope import digest
from wire.errors import IdentityError, SignatureError, WireError
from wire.messages import (
    MANIFEST,
    NONCE_BYTES,
    RECEIPT,
    SHIPMENT,
    Fate,
    Manifest,
    Receipt,
    Result,
    Shipment,
)
from wire.signed import SignedKind
from wire.trust import Root, Trusted, by_identity

if TYPE_CHECKING:
    from wire.cbor import Plain

PATH = "/v1/shipments"
ALL = Next(Act.SHIP, count=limits.SHIPMENT_ENVELOPES)
"""A shipment of the oldest envelopes, as many as fit."""
_VOIDED = frozenset({"bad-digest", "malformed", "too-large", "wrong-identity"})
"""Refusals of one envelope; other ones are of the device, which is stopped."""
QUEUED = "queued"
"""Why an envelope is put off that the collector keeps until its store is back."""
QUEUED_THROUGH = "queued-through"
"""Number in the spool: the last envelope that was ever only queued."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a shipment came to.

    Attributes:
        sent: envelopes in it; 0 where nothing waited.
        octets: their bytes.
        backlog: bytes of them that were of a backlog.
        duplicates: envelopes that were there already.
        refused: (reason, count) of envelopes that will never be taken.
        trimmed: envelopes that a mark let go.
        mark: reason why the receipt's mark was not taken; empty if it was.
        retry: reason why nothing of it was taken for now; empty if something was.
    """

    sent: int = 0
    octets: int = 0
    backlog: int = 0
    duplicates: int = 0
    refused: tuple[tuple[str, int], ...] = ()
    trimmed: int = 0
    mark: str = ""
    retry: str = ""


def ship_once(
    session: Asker,
    device: Device,
    trust: Trusted,
    step: Next = ALL,
    outside: Outside = REAL,
) -> Shipped:
    """Send waiting envelopes and write down what the receipt says.

    Args:
        session: to the collector.
        device: whose queue it is.
        trust: whose gate and store keys count, and the policy that voids are under.
        step: how many envelopes, from where on they are new, and how many bytes of
            others.
        outside: where time and chance come from.

    Raises:
        NetworkError: the collector cannot be reached; all stays.
        TrustError: the receipt is not to be believed; all stays.
        Problem: the collector refused the shipment; all stays.
        StateError: the disk refuses; all stays.
    """
    who, spool = device.who, device.spool
    load = spool.waiting(step.count, SHIPMENT_BODY_BYTES, step.live, step.backlog)
    if not load:
        return Shipped()
    clock = load_clock(spool)
    asked = outside.system()
    manifest = MANIFEST.encode(
        Manifest(
            tenant=who.tenant,
            device=who.device,
            incarnation=load[0].incarnation,
            time=stated(clock, asked),
            nonce=outside.entropy(NONCE_BYTES),
            digests=tuple(digest(item.octets) for item in load),
        )
    )
    message = signed.sign(SignedKind.SHIPMENT, manifest, [who.signing])
    body = SHIPMENT.encode(Shipment(message, tuple(item.octets for item in load)))
    spool.leaves(load)
    octets = session.post(PATH, body)
    try:
        receipt = read_receipt(octets, who, trust.root, manifest, len(load))
    except WireError as problem:
        msg = f"the collector's receipt cannot be believed: {problem}"
        raise TrustError(msg) from problem
    answered = outside.system()
    after = learned(clock, asked, answered, receipt.server_time, outside.monotonic())
    now = corrected(after, answered)
    settling = _Settling(
        spool, load, receipt, Voids(who, trust, now), (clock, after), now, step.last
    )
    spool.urgent(settling.settle)
    trimmed, refusal = _take_mark(receipt, device, trust.root)
    return _summary(settling, trimmed, refusal)


def read_receipt(
    octets: bytes, who: Identity, root: Root, manifest: bytes, count: int
) -> Receipt:
    """Return the receipt of one shipment.

    Args:
        octets: the signed receipt.
        who: the device that shipped.
        root: whose gate keys may sign it.
        manifest: payload of the shipment's manifest.
        count: envelopes in the shipment.

    Raises:
        WireError: it is not the gate's, or not for this shipment.
    """
    message = signed.read(octets, SignedKind.RECEIPT)
    signed.check(message, by_identity(root.gate))
    receipt = RECEIPT.decode(message.payload)
    if (receipt.tenant, receipt.device) != (who.tenant, who.device):
        msg = "the receipt is for another device"
        raise IdentityError(msg)
    if receipt.manifest != signed.digest(manifest) or len(receipt.results) != count:
        msg = "the receipt is for another shipment"
        raise SignatureError(msg)
    return receipt


@dataclass(frozen=True, slots=True)
class _Settling:
    """A receipt that is believed, and all that moves with it.

    Attributes:
        spool: the queue.
        load: what was shipped.
        receipt: what became of it.
        voids: puts a void in the place of what is never taken.
        clocks: before and after the answer.
        now: corrected time, seconds since the epoch.
        last: the device leaves, and what is only queued waits still.
    """

    spool: Spool
    load: Sequence[Waiting]
    receipt: Receipt
    voids: Voids
    clocks: tuple[Clock, Clock]
    now: int
    last: bool = False

    def settle(self, change: Transaction) -> None:
        """Write down each envelope's fate, the time, and the mark that is awaited."""
        stored = [
            item.number
            for item, result in self.results()
            if result.fate in {Fate.STORED, Fate.DUPLICATE}
        ]
        queued = [item.number for item, result in self.results() if self.queued(result)]
        put_clock(change, *self.clocks)
        change.set_number(CONTACTED, self.now)
        change.settle(
            [(number, Sent.RECEIVED) for number in (*stored, *queued)],
            self.receipt.server_time,
        )
        refused = self._refuse(change)
        body: dict[int | str, Plain] = {
            "first": min(item.sequence for item in self.load),
            "last": max(item.sequence for item in self.load),
            "received": len(stored),
            "refused": refused,
        }
        if queued:
            body["queued"] = len(queued)
            change.set_number(QUEUED_THROUGH, max(queued))
        change.note("shipped", body, self.now)
        if stored or queued:
            awaiting.received(self.spool, change, self.now)

    def queued(self, result: Result) -> bool:
        """Tell whether an envelope need not be sent again, though it is not stored."""
        return (result.fate, result.reason) == (Fate.RETRY, QUEUED) and not self.last

    def _refuse(self, change: Transaction) -> int:
        """Give up what the gate will never take; return how many it refused.

        But nothing that says what is lost: nobody else knows its count. It waits for
        a gate that takes it (`awaiting.py`); one that is honest refuses none.
        """
        reasons = {
            item.number: result.reason
            for item, result in self.results()
            if result.fate is Fate.REFUSED
        }
        for held in self.spool.unsent(reasons):
            reason = reasons[held.number]
            told = held.filed.kind is SpoolClass.CONTROL
            if reason in _VOIDED and not told:
                self.voids.put(change, held, f"refused-{reason}")
            else:
                change.settle([(held.number, Sent.REFUSED)], self.receipt.server_time)
        return len(reasons)

    def results(self) -> Iterator[tuple[Waiting, Result]]:
        """Return what is known of each envelope, and what became of it."""
        return zip(self.load, self.receipt.results, strict=True)


def _take_mark(receipt: Receipt, device: Device, root: Root) -> tuple[int, str]:
    """Take the mark that came along; that it cannot be taken spoils no receipt."""
    if receipt.mark is None:
        return 0, ""
    try:
        return take_mark(receipt.mark, device, root), ""
    except WireError as problem:
        return 0, problem.code
    except StateError:
        return 0, DISK


def _summary(settled: _Settling, trimmed: int, refusal: str) -> Shipped:
    load, receipt = settled.load, settled.receipt
    fates = Counter(result.fate for result in receipt.results)
    reasons = Counter(
        result.reason for result in receipt.results if result.fate is Fate.REFUSED
    )
    put_off = [
        item.reason
        for item in receipt.results
        if item.fate is Fate.RETRY and not settled.queued(item)
    ]
    return Shipped(
        sent=len(load),
        octets=sum(len(item.octets) for item in load),
        backlog=sum(len(item.octets) for item in load if not item.live),
        duplicates=fates[Fate.DUPLICATE],
        refused=tuple(sorted(reasons.items())),
        trimmed=trimmed,
        mark=refusal,
        retry=put_off[0] if len(put_off) == len(load) else "",
    )
