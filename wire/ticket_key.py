# SPDX-License-Identifier: Apache-2.0
"""The key of one ticket, as it travels beside an order.

Rules: the role that publishes keys signs it, so whoever holds a collector or a gate
cannot have a device seal to a key of their own; it is of one tenant and one ticket, and
of an order under another ticket it says nothing; it is sealed to while the ticket is
open, and its period is no longer than a ticket can be.
Not here: the order (`wire/orders.py`), the private half and its end (`server/keyring`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, Message, Text, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import IdentityError, SchemaError
from wire.keys import PURPOSE_KEY, PurposeKey
from wire.orders import Request
from wire.signed import SignedKind
from wire.trust import by_identity, within


@dataclass(frozen=True, slots=True)
class TicketKey:
    """What the key role signs: to which key what a ticket brings is sealed.

    Attributes:
        tenant: 16 bytes.
        ticket: its id, as a request names it.
        issued: seconds since the epoch.
        not_after: the last second in which it may be sealed to.
        key: of the ticket; `start` and `end` are the ticket's, `epoch` is 0.
    """

    tenant: bytes
    ticket: str
    issued: int
    not_after: int
    key: PurposeKey


TICKET_KEY = Message(
    "ticket-key",
    TicketKey,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "ticket", Text(limits.NAME_CHARS, 1)),
        Field(3, "issued", Uint()),
        Field(4, "not_after", Uint()),
        Field(5, "key", PURPOSE_KEY),
    ),
)


def sign_ticket_key(statement: TicketKey, key: SigningKey) -> bytes:
    """Return the signed statement of a ticket's key.

    Args:
        statement: what is said.
        key: of the role that publishes keys.
    """
    return signed.sign(SignedKind.TICKET_KEY, TICKET_KEY.encode(statement), [key])


def key_of_ticket(
    octets: bytes, keys: Iterable[bytes], request: Request, now: int
) -> PurposeKey:
    """Return the key to which what a request brings is sealed.

    Args:
        octets: the signed statement.
        keys: the public keys that may publish keys, of the newest root.
        request: what is asked.
        now: signed time.

    Raises:
        WireError: it is none, is not signed by that role, is of another ticket, or is
            over.
    """
    message = signed.read(octets, SignedKind.TICKET_KEY, limits.TICKET_KEY_BYTES)
    signed.check(message, by_identity(tuple(keys)))
    found = TICKET_KEY.decode(message.payload)
    if (found.tenant, found.ticket) != (request.tenant, request.ticket):
        msg = "a ticket's key is of another ticket"
        raise IdentityError(msg)
    if found.key.purpose is not request.purpose:
        msg = "a ticket's key is for another purpose"
        raise IdentityError(msg)
    if not 0 < found.key.end - found.key.start <= limits.TICKET_KEY_SECONDS:
        msg = "a ticket's key has no period, or one longer than a ticket can be"
        raise SchemaError(msg)
    within("key of the ticket", found.issued, found.not_after, now)
    return found.key
