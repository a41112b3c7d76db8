# SPDX-License-Identifier: Apache-2.0
"""What a device that was heard is told: what has changed for it, signed.

Rules: what it holds already is not told again; an order is told only beside a list of
removals that is young enough to obey it by; the time is that of signing.
Not here: who is heard (`protocol.py`), how long an answer is kept back (`waiting.py`).
"""

import hashlib
from dataclasses import replace
from functools import lru_cache

from server.store.interface import Store
from wire import limits, messages, signed
from wire.crypto.signing import SigningKey
from wire.revocations import REVOCATIONS, fresh
from wire.signed import SignedKind
from wire.trust import BUNDLE, Bundle

TRAVEL_SECONDS = 60
"""A list that ends within it is told no more: judging and the way take seconds."""

BUNDLES = 4
"""Bundles that are kept decoded: a tenant has one, and a new one follows in weeks."""


def news(store: Store, asked: messages.Poll, now: int) -> messages.Answer:
    """Return what has changed for a device whose poll was written down.

    It is told what was taken back whenever it is to obey an order, or speaks of one;
    and of no order where that list is old, for it could obey none.
    """
    bundle = bundle_of(store, asked.tenant, asked.device)
    pseudonyms = store.pseudonyms(asked.tenant, asked.device)
    mark = store.mark(asked.tenant, asked.device, asked.incarnation)
    resyncs = [
        held.octets
        for held in store.resyncs(asked.tenant, asked.device)
        if held.incarnation == asked.incarnation and held.issued > asked.resync
    ]
    orders = tuple(store.orders.handed(asked.tenant, asked.device, now))
    removed = store.orders.revocations(asked.tenant) if orders or asked.doing else None
    if orders and not _is_fresh(removed, now):
        orders = ()
    return messages.Answer(
        asked.nonce,
        now,
        _if_changed(bundle, asked.bundle),
        _if_changed(pseudonyms, asked.pseudonyms),
        mark if _marked(mark) > asked.marked else None,
        tuple(resyncs[: limits.RESYNCS]),
        store.anchor(asked.tenant),
        orders,
        removed,
    )


def bundle_of(store: Store, tenant: bytes, device: bytes) -> bytes | None:
    """Return what a device is to hold: of a policy with a target, its own."""
    bundle = store.bundle(tenant)
    obeyed = store.placements.obeyed(tenant, device)
    if bundle is None or obeyed is None:
        return bundle
    own = replace(_decoded(bundle), policy=obeyed.policy, placement=obeyed.placement)
    return BUNDLE.encode(own)


@lru_cache(maxsize=BUNDLES)
def _decoded(bundle: bytes) -> Bundle:
    """Return a bundle of our own store; all devices of a tenant have the same."""
    return BUNDLE.decode(bundle)


def is_new(found: messages.Answer) -> bool:
    """Tell whether an answer has what its device waits for."""
    parts = found.bundle, found.pseudonyms, found.mark
    waited = any(part is not None for part in parts)
    return waited or bool(found.resyncs or found.orders)


def answer(key: SigningKey, found: messages.Answer, now: int) -> bytes:
    """Return an answer, signed now by the gate's key."""
    payload = messages.ANSWER.encode(replace(found, server_time=now))
    return signed.sign(SignedKind.ANSWER, payload, [key])


def _if_changed(held: bytes | None, digest: bytes) -> bytes | None:
    """Return a message unless the device holds it already."""
    if held is None or hashlib.sha256(held).digest() == digest:
        return None
    return held


def _is_fresh(removed: bytes | None, now: int) -> bool:
    """Tell whether a list of our own store is young enough when it arrives."""
    if removed is None:
        return False
    payload = signed.read(removed, SignedKind.REVOCATIONS).payload
    return fresh(REVOCATIONS.decode(payload).issued, now + TRAVEL_SECONDS)


def _marked(mark: bytes | None) -> int:
    """Return how far a mark of our own store reaches."""
    if mark is None:
        return 0
    return messages.MARK.decode(signed.read(mark, SignedKind.MARK).payload).sequence
