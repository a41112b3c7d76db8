# SPDX-License-Identifier: Apache-2.0
"""Ships what waits, once, and believes the receipt for exactly that.

Rules: one signature names the envelopes' digests; a receipt counts only if the gate
signed it for this manifest, device and tenant, with a fate for each envelope; it
stops sending and removes nothing; where a mark stays out, all is sent again.
Not here: when to ship and how many (`shipping.py`), marks (`marks.py`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent.asker import Asker
from agent.budget import SHIPMENT_BODY_BYTES
from agent.clock import learned, load_clock, remember, stated
from agent.device import Device
from agent.errors import TrustError
from agent.identity import Identity
from agent.marks import take_mark
from agent.outside import REAL, Outside
from agent.shipping import Awaited, overdue
from agent.spool import Sent, Spool, Waiting
from agent.spool_change import Transaction
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
    Shipment,
)
from wire.signed import SignedKind
from wire.trust import Root, by_identity

PATH = "/v1/shipments"
_RECEIVED = "received-sequence"
_AWAITED = ("awaited-sequence", "awaited-since", "awaited-times")


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a shipment came to.

    Attributes:
        sent: envelopes in it; 0 where nothing waited.
        octets: their bytes.
        duplicates: envelopes that were there already.
        refused: (reason, count) of envelopes that will never be taken.
        trimmed: envelopes that a mark let go.
        mark: reason why the receipt's mark was not believed; empty if it was.
    """

    sent: int = 0
    octets: int = 0
    duplicates: int = 0
    refused: tuple[tuple[str, int], ...] = ()
    trimmed: int = 0
    mark: str = ""


def ship_once(
    session: Asker,
    device: Device,
    root: Root,
    count: int = limits.SHIPMENT_ENVELOPES,
    outside: Outside = REAL,
) -> Shipped:
    """Send the oldest waiting envelopes and write down what the receipt says.

    Args:
        session: to the collector.
        device: whose queue it is.
        root: the newest trusted root: whose gate and store keys count.
        count: most envelopes to send.
        outside: where time and chance come from.

    Raises:
        NetworkError: the collector cannot be reached; all stays.
        TrustError: the receipt is not to be believed; all stays.
        Problem: the collector refused the shipment; all stays.
        StateError: the disk refuses.
    """
    who, spool = device.who, device.spool
    load = spool.waiting(count, SHIPMENT_BODY_BYTES)
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
    octets = session.post(PATH, body)
    try:
        receipt = read_receipt(octets, who, root, manifest, len(load))
    except WireError as problem:
        msg = f"the collector's receipt cannot be believed: {problem}"
        raise TrustError(msg) from problem
    answered = outside.system()
    after = learned(clock, asked, answered, receipt.server_time, outside.monotonic())
    remember(spool, clock, after, answered)
    _settle(spool, load, receipt)
    trimmed, refusal = _take_mark(receipt, device, root)
    return _summary(load, receipt, trimmed, refusal)


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


def resend_overdue(spool: Spool, now: int) -> int:
    """Send again what was received where the store's mark has stayed out.

    Call it before each shipment: a gate that answers and drops is found out so.

    Args:
        spool: the queue.
        now: corrected time, seconds since the epoch.

    Returns:
        How many envelopes wait again.

    Raises:
        StateError: the disk refuses.
    """
    awaited, marked = _awaited(spool), _marked(spool)
    if awaited.sequence and marked >= awaited.sequence:
        received = spool.value(_RECEIVED) or 0
        _await(spool, Awaited(received, now) if received > marked else Awaited())
        return 0
    if not overdue(awaited, marked, now):
        return 0
    again = spool.resend_unmarked(spool.value(_RECEIVED) or awaited.sequence)
    _await(spool, Awaited(awaited.sequence, now, awaited.times + 1))
    return again


def _settle(spool: Spool, load: Sequence[Waiting], receipt: Receipt) -> None:
    """Write down each envelope's fate, and from when a mark is awaited."""
    fates = [
        (item.number, Sent.REFUSED if result.fate is Fate.REFUSED else Sent.RECEIVED)
        for item, result in zip(load, receipt.results, strict=True)
        if result.fate is not Fate.RETRY
    ]
    received = [number for number, fate in fates if fate is Sent.RECEIVED]
    now = receipt.server_time

    def settle(change: Transaction) -> None:
        change.settle(fates, now)
        change.note(
            "shipped",
            {
                "first": load[0].sequence,
                "last": load[-1].sequence,
                "received": len(received),
                "refused": len(fates) - len(received),
            },
            now,
        )

    spool.urgent(settle)
    if not received:
        return
    spool.set_value(_RECEIVED, max(spool.value(_RECEIVED) or 0, received[-1]))
    if _awaited(spool).sequence <= _marked(spool):
        _await(spool, Awaited(received[-1], now))


def _marked(spool: Spool) -> int:
    """Return the number through which a mark covers."""
    facts = spool.facts()
    return facts.base + facts.marked


def _awaited(spool: Spool) -> Awaited:
    return Awaited(*(spool.value(name) or 0 for name in _AWAITED))


def _await(spool: Spool, awaited: Awaited) -> None:
    values = awaited.sequence, awaited.since, awaited.times
    with spool.transaction() as change:
        for name, value in zip(_AWAITED, values, strict=True):
            change.set_number(name, value)


def _take_mark(receipt: Receipt, device: Device, root: Root) -> tuple[int, str]:
    if receipt.mark is None:
        return 0, ""
    try:
        return take_mark(receipt.mark, device, root), ""
    except WireError as problem:
        return 0, problem.code


def _summary(
    load: Sequence[Waiting], receipt: Receipt, trimmed: int, refusal: str
) -> Shipped:
    fates = Counter(result.fate for result in receipt.results)
    reasons = Counter(
        result.reason for result in receipt.results if result.fate is Fate.REFUSED
    )
    return Shipped(
        sent=len(load),
        octets=sum(len(item.octets) for item in load),
        duplicates=fates[Fate.DUPLICATE],
        refused=tuple(sorted(reasons.items())),
        trimmed=trimmed,
        mark=refusal,
    )
