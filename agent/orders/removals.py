# SPDX-License-Identifier: Apache-2.0
"""What was taken back, as the device remembers it: technicians' keys and orders.

Rules: it only grows, until the root changes; a file that cannot be read is none, so
that nothing is obeyed before the next list; a request is remembered as long as it could
be good.
Not here: whether a list may be taken (`wire/revocations.py`).
"""

from contextlib import suppress
from dataclasses import dataclass

from agent.errors import StateError
from agent.state import State, read, write
from wire import limits
from wire.codec import Field, ListOf, Message, Uint, fixed
from wire.crypto.signing import IDENTITY_BYTES
from wire.doing import ORDER_ID_BYTES
from wire.errors import WireError
from wire.revocations import Revocations, fresh, read_revocations
from wire.trust import Root

_KEPT_SECONDS = limits.ORDER_SECONDS + limits.CLOCK_SKEW_SECONDS
"""For how long after it was taken back a request could still be good."""
_REMEMBERED = 4 * limits.CANCELLED
"""Requests taken back that are remembered: four lists full, of a day."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A request that was taken back, and when the device heard of it."""

    order: bytes
    heard: int


@dataclass(frozen=True, slots=True)
class Removals:
    """What a device remembers of all lists under one root.

    Attributes:
        version: of the root.
        issued: of the newest list; 0 for none.
        technicians: identities of keys.
        orders: requests.
    """

    version: int = 0
    issued: int = 0
    technicians: tuple[bytes, ...] = ()
    orders: tuple[Cancelled, ...] = ()

    def fresh(self, now: int) -> bool:
        """Tell whether the newest list still shows who was not removed."""
        return fresh(self.issued, now)


CANCELLED = Message(
    "cancelled",
    Cancelled,
    (Field(1, "order", fixed(ORDER_ID_BYTES)), Field(2, "heard", Uint())),
)
REMOVALS = Message(
    "removals",
    Removals,
    (
        Field(1, "version", Uint()),
        Field(2, "issued", Uint()),
        Field(3, "technicians", ListOf(fixed(IDENTITY_BYTES), limits.TECHNICIANS)),
        Field(4, "orders", ListOf(CANCELLED, _REMEMBERED)),
    ),
)


def held_removals(state: State, root: Root) -> Removals:
    """Return what is remembered under a root; nothing where it cannot be read."""
    held = Removals()
    with suppress(StateError, WireError):
        octets = read(state.removals, limits.MESSAGE_BYTES)
        held = held if octets is None else REMOVALS.decode(octets)
    if held.version != root.version:  # it names technicians anew
        return Removals(root.version, held.issued, (), held.orders)
    return held


def take_removals(state: State, root: Root, octets: bytes, now: int) -> Removals:
    """Remember a list, and return all that is remembered now.

    Raises:
        WireError: the list may not be taken.
        StateError: the disk refuses.
    """
    held = held_removals(state, root)
    after = with_list(held, read_revocations(octets, root, held.issued, now), root, now)
    if after != held:
        write(state.removals, REMOVALS.encode(after))
    return after


def with_list(held: Removals, found: Revocations, root: Root, now: int) -> Removals:
    """Return what is remembered after a list that may be taken.

    Args:
        held: before.
        found: the list.
        root: the newest root: a key that it does not name needs no remembering.
        now: signed time.
    """
    named = {one.identity for one in root.technicians}
    removed = sorted({*held.technicians, *found.technicians} & named)
    kept = [one for one in held.orders if one.heard + _KEPT_SECONDS >= now]
    known = {one.order for one in kept}
    new = [Cancelled(order, now) for order in found.orders if order not in known]
    orders = (*kept, *new)[-_REMEMBERED:]
    return Removals(root.version, found.issued, tuple(removed), orders)
