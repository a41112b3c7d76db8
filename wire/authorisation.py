# SPDX-License-Identifier: Apache-2.0
"""Whether those who signed an order may: who asks, and who approves.

Rules: each proof is by a technician whom the root names and nobody has removed, and
verifies; one is by the person whom the request names; what is sensitive has a second
one, by another person who may approve; nobody is both.
Not here: the signatures themselves (`wire/proofs.py`), all else that a device asks of
an order (`agent/orders/judging.py`).
"""

from collections.abc import Collection, Sequence

from wire.errors import SignatureError
from wire.orders import Order, Request, challenge
from wire.proofs import check_proof
from wire.refusals import Refusal
from wire.technicians import Technician


def unauthorised(
    order: Order,
    request: Request,
    technicians: Sequence[Technician],
    removed: Collection[bytes],
    *,
    sensitive: bool,
    fresh: bool = True,
) -> Refusal | None:
    """Return why an order's proofs do not authorise it; None where they do.

    Args:
        order: as it was read.
        request: the one in it.
        technicians: whom the newest root names.
        removed: identities of keys that were taken back since.
        sensitive: whether the diagnostic needs a second person.
        fresh: whether the list of removals is new enough to rely on.
    """
    known = {one.identity: one for one in technicians}
    signers = [known.get(proof.signer) for proof in order.proofs]
    people = [one for one in signers if one is not None]
    if len(people) != len(signers):
        return Refusal.UNKNOWN_TECHNICIAN
    if any(one.identity in removed for one in people):
        return Refusal.TECHNICIAN_REMOVED
    if not fresh:
        return Refusal.REVOCATIONS_STALE
    digest = challenge(order.request)
    try:
        for one, proof in zip(people, order.proofs, strict=True):
            check_proof(one, digest, proof)
    except SignatureError:
        return Refusal.BAD_PROOF
    return _unfit(people, request.asked_by, sensitive=sensitive)


def _unfit(
    people: Sequence[Technician], asked_by: str, *, sensitive: bool
) -> Refusal | None:
    """Return why these people, who did sign, are not those who must."""
    asking = [one for one in people if one.name == asked_by]
    others = [one for one in people if one.name != asked_by]
    if not asking:
        return Refusal.NOT_BY_WHO_ASKS
    if len(asking) > 1:
        return Refusal.SAME_PERSON
    if not asking[0].asks:
        return Refusal.MAY_NOT_ASK
    if any(not one.approves for one in others):
        return Refusal.MAY_NOT_APPROVE
    return Refusal.NOT_APPROVED if sensitive and not others else None
