# SPDX-License-Identifier: Apache-2.0
"""What was taken back since the root was made: technicians' keys, and orders.

Rules: it can only remove: who is not in the root is not made a technician by any list,
and what one list has removed stays so until the root changes; a list shows that nobody
else was removed only for ten minutes, by signed time; none is taken that was issued
before the one held.
Not here: remembering it (`agent/orders`), signing it (`server/authority.py`).
"""

import itertools
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, ListOf, Message, Uint, fixed
from wire.crypto.signing import IDENTITY_BYTES
from wire.doing import ORDER_ID_BYTES
from wire.errors import ExpiredError, NotYetValidError, RollbackError, SchemaError
from wire.signed import SignedKind
from wire.trust import Root, by_identity, same_tenant


@dataclass(frozen=True, slots=True)
class Revocations:
    """The payload that the revocation role signs.

    Attributes:
        tenant: 16 bytes.
        issued: seconds since the epoch.
        technicians: identities of the keys that may no longer authorise, ascending.
        orders: ids of the requests that were cancelled, ascending.
    """

    tenant: bytes
    issued: int
    technicians: tuple[bytes, ...]
    orders: tuple[bytes, ...]


REVOCATIONS = Message(
    "revocations",
    Revocations,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "issued", Uint(minimum=1)),
        Field(3, "technicians", ListOf(fixed(IDENTITY_BYTES), limits.TECHNICIANS)),
        Field(4, "orders", ListOf(fixed(ORDER_ID_BYTES), limits.CANCELLED)),
    ),
)


def fresh(issued: int, now: int) -> bool:
    """Tell whether a list issued then still shows who was not removed."""
    return now - limits.REVOCATION_SECONDS <= issued <= now + limits.CLOCK_SKEW_SECONDS


def read_revocations(octets: bytes, root: Root, held: int, now: int) -> Revocations:
    """Return a list that may be taken.

    Args:
        octets: the signed list.
        root: the newest root.
        held: when the list held was issued; 0 for none.
        now: signed time.

    Raises:
        WireError: of the kind that names the reason; the one held stays.
    """
    message = signed.read(octets, SignedKind.REVOCATIONS, limits.REVOCATIONS_BYTES)
    signed.check(message, by_identity(root.revocation))
    found = REVOCATIONS.decode(message.payload)
    same_tenant(root, found.tenant, "list of removals")
    for removed in (found.technicians, found.orders):
        if any(a >= b for a, b in itertools.pairwise(removed)):
            msg = "revocations: a list is not ascending"
            raise SchemaError(msg)
    if found.issued < held:
        msg = "the list of removals is older than the one held"
        raise RollbackError(msg)
    if found.issued > now + limits.CLOCK_SKEW_SECONDS:
        msg = "the list of removals was issued later than now"
        raise NotYetValidError(msg)
    if not fresh(found.issued, now):
        msg = "the list of removals is more than ten minutes old"
        raise ExpiredError(msg)
    return found
