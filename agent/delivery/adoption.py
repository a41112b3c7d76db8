# SPDX-License-Identifier: Apache-2.0
"""Adopts what a poll's answer brings, each part on its own.

Rules: each part is checked by its own role; one that is refused, or that the disk does
not take, keeps no other out; what is held stays until a better one has been checked.
Not here: the poll (`polling.py`), what a bundle makes trusted (`identity.py`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from agent.clock import Clock, corrected, reissued, store_clock
from agent.delivery.marks import take_mark
from agent.delivery.resyncs import take_resync
from agent.device import Device
from agent.errors import StateError
from agent.identity import Identity, adopt_bundle, held_bundle, open_pseudonyms
from agent.orders.hearing import hear_order
from agent.orders.removals import take_removals
from agent.state import read, write
from wire import limits, signed
from wire.anchored import ACT, ANCHORED
from wire.errors import RollbackError, WireError
from wire.keys import PSEUDONYM_STATEMENT
from wire.messages import Answer
from wire.signed import SignedKind
from wire.trust import Root, Trusted, check_bundle

T = TypeVar("T")
_KNOWN_BYTES = 7
"""Of a digest, as a number that every database holds: tells one from the last."""
_ANCHORED_AT = "collector-anchored at"
DISK = "disk"
"""Reason of a part that was believed, and that the disk did not take."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll has changed.

    Attributes:
        clock: the corrected clock.
        trusted: what is trusted now; None where no valid bundle is here.
        bundle: a new bundle was adopted.
        pseudonyms: new pseudonym keys were stored.
        trimmed: envelopes that a mark let go.
        resyncs: states that were forgotten, so that they are sent whole.
        orders: orders that were not heard before.
        refused: "part: reason" of what was offered and not taken.
        unwritable: the disk refused something.
    """

    clock: Clock
    trusted: Trusted | None
    bundle: bool
    pseudonyms: bool
    trimmed: int
    resyncs: int
    orders: int
    refused: tuple[str, ...]
    unwritable: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A believed answer, and what it is judged by.

    Attributes:
        answer: as the gate signed it.
        root: the newest root that vouches for it.
        trusted: what was trusted before; None where no valid bundle is here.
        clock: after the answer.
        answered: the system's clock when it was here.
    """

    answer: Answer
    root: Root
    trusted: Trusted | None
    clock: Clock
    answered: float


def adopt(device: Device, offer: Offer) -> Polled:
    """Take each part on its own; one that is refused keeps no other out.

    Args:
        device: whose state the parts change.
        offer: a believed answer, and what it is judged by.
    """
    answer, root, trusted = offer.answer, offer.root, offer.trusted
    refused: list[str] = []
    now = corrected(offer.clock, offer.answered)

    def part(name: str, octets: bytes | None, take: Callable[[bytes], T]) -> T | None:
        if octets is None:
            return None
        try:
            return take(octets)
        except WireError as problem:
            refused.append(f"{name}: {problem.code}")
        except StateError:
            refused.append(f"{name}: {DISK}")
        return None

    bundle = part("bundle", answer.bundle, lambda it: _take_bundle(device, it, offer))
    if bundle is not None:
        trusted, root = bundle, bundle.root
    pseudonyms = part(
        "pseudonyms", answer.pseudonyms, lambda it: _take_pseudonyms(device, root, it)
    )
    trimmed = part("mark", answer.mark, lambda it: take_mark(it, device, root))
    part("anchor", answer.anchor, lambda it: _take_anchor(device, it, now))
    resyncs = [
        part("resync", octets, lambda it: take_resync(it, device, root, now))
        for octets in answer.resyncs
    ]
    heard: list[bool | None] = []
    if trusted is not None:  # without a valid bundle nothing is obeyed
        part(
            "revocations",
            answer.revocations,
            lambda it: take_removals(device.state, root, it, now),
        )
        heard = [
            part("order", octets, lambda it: hear_order(device, it, now))
            for octets in answer.orders
        ]
    return Polled(
        offer.clock,
        trusted,
        bundle is not None,
        bool(pseudonyms),
        trimmed or 0,
        sum(map(bool, resyncs)),
        sum(map(bool, heard)),
        tuple(refused),
        any(reason.endswith(DISK) for reason in refused),
    )


def _take_bundle(device: Device, octets: bytes, offer: Offer) -> Trusted:
    """Adopt a bundle, with its hard floor, and enter it into the ledger.

    Its dates are judged by the clock as the bundle itself leaves it: a role whose
    machine was ahead could else never again be believed.
    """
    who, held = device.who, held_bundle(device.state, device.who)
    newer = check_bundle(octets, who.root, None, None, who.device)
    clock = reissued(offer.clock, held, newer)
    now = corrected(clock, offer.answered)
    check_bundle(octets, who.root, held, now, who.device)
    # First, for a floor of the bundle before would keep the next one out for ever.
    store_clock(device.spool, offer.clock, clock)
    trusted = adopt_bundle(device.state, device.who, octets, now)
    with device.spool.transaction() as change:
        change.note(
            "bundle-adopted",
            {
                "root": trusted.root.version,
                "policy": trusted.policy.version,
                "keys": trusted.keys.version,
                "digest": trusted.policy_digest,
            },
            now,
        )
    return trusted


def _take_anchor(device: Device, octets: bytes, now: int) -> None:
    """Write down what the collector says that its ledger is, unless it said so last."""
    said, spool = ANCHORED.decode(octets), device.spool
    known = int.from_bytes(hashlib.sha256(octets).digest()[:_KNOWN_BYTES])
    last = spool.value(_ANCHORED_AT)
    if spool.value(ACT) == known or (
        last is not None and last <= now < last + limits.ANCHOR_SECONDS
    ):
        return
    with spool.transaction() as change:
        change.set_number(ACT, known)
        change.set_number(_ANCHORED_AT, now)
        change.note(
            ACT,
            {
                "size": said.size,
                "root": said.root,
                "key": said.public,
                "signature": said.signature,
            },
            now,
        )


def _take_pseudonyms(device: Device, root: Root, octets: bytes) -> bool:
    """Store newer pseudonym keys, as they came: sealed to this device."""
    open_pseudonyms(octets, device.who, root)
    held = held_pseudonyms(device, root)
    if held is not None and _issued(octets) < _issued(held):
        msg = "the pseudonym keys are older than those held"
        raise RollbackError(msg)
    write(device.state.pseudonyms, octets)
    return True


def _issued(octets: bytes) -> int:
    message = signed.read(octets, SignedKind.PSEUDONYMS)
    return PSEUDONYM_STATEMENT.decode(message.payload).issued


def held_pseudonyms(device: Device, root: Root) -> bytes | None:
    """Return the message held, if it is still good: a damaged one is fetched anew."""
    octets = read(device.state.pseudonyms, limits.MESSAGE_BYTES)
    try:
        if octets is not None:
            _check_pseudonyms(octets, device.who, root)
    except WireError:
        return None
    return octets


@lru_cache(maxsize=1)
def _check_pseudonyms(octets: bytes, who: Identity, root: Root) -> None:
    """Require that a message can be opened; each poll asks, and mostly of the same.

    Raises:
        WireError: it cannot.
    """
    open_pseudonyms(octets, who, root)
