# SPDX-License-Identifier: Apache-2.0
"""What a store holds for devices that are asked something: sealed orders and calls.

Rules: an order is sealed to its device, so nothing here can read it; what became of one
is what its device says of it, in slugs; what has ended never goes on; all of it is
forgotten a day after an order's last second.
Not here: who may ask (`server/orders`), handing out (`server/gate/protocol.py`), tables
(`sqlite_orders.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wire.order_state import ENDED, Doing, OrderState

FORGOTTEN_SECONDS = 86_400
"""After an order's end: who asked can look for a day at what became of it."""
CALL_SECONDS = 3_600
"""A gate looks for calls many times a second while anybody waits."""
UNHEARD = ""
"""State of an order of which its device has not said a word."""


@dataclass(frozen=True, slots=True)
class HeldOrder:
    """A sealed order, and what of it an index needs.

    Attributes:
        tenant: 16 bytes.
        device: 16 bytes.
        order: its id, 16 bytes.
        expires: its last second.
        octets: sealed to the device.
        ticket: digest of the ticket under which it is asked.
    """

    tenant: bytes
    device: bytes
    order: bytes
    expires: int
    octets: bytes
    ticket: bytes = b""


@dataclass(frozen=True, slots=True)
class OrderFate:
    """What became of an order.

    Attributes:
        device: whose.
        order: its id.
        doing: what its device says; None before its first word.
        held: since when it is here, seconds since the epoch.
        expires: its last second.
        changed: when its device said so; 0 before its first word.
        withdrawn: when it was cancelled here; 0 where it was not.
        noted: whether the ledger has its end.
        ticket: digest of the ticket under which it was asked.
    """

    device: bytes
    order: bytes
    doing: Doing | None
    held: int
    expires: int
    changed: int
    withdrawn: int
    noted: bool = False
    ticket: bytes = b""

    @property
    def ended(self) -> bool:
        """Tell whether its device says no other."""
        return self.doing is not None and self.doing.state in ENDED

    @property
    def forgotten(self) -> int:
        """Return the first second at which nothing of it is kept."""
        return self.expires + FORGOTTEN_SECONDS + 1


def fate_of(
    device: bytes,
    order: bytes,
    state: str,
    reason: str,
    done: int,
    *rest: *tuple[int, int, int, int, int, int, bytes],
) -> OrderFate:
    """Return what became of the order of a row."""
    steps, held, expires, changed, withdrawn, noted, ticket = rest
    heard = state != UNHEARD
    doing = Doing(order, OrderState(state), reason, done, steps) if heard else None
    times = held, expires, changed, withdrawn
    return OrderFate(device, order, doing, *times, bool(noted), ticket)


@dataclass(frozen=True, slots=True)
class Call:
    """A device that waits for an answer is to have one now.

    Attributes:
        number: later calls have greater ones.
        tenant: 16 bytes.
        device: 16 bytes.
    """

    number: int
    tenant: bytes
    device: bytes


class Orders(Protocol):
    """The orders of a store; every method is one transaction."""

    def hold(self, order: HeldOrder, now: int) -> bool:
        """Keep an order and call its device; false where that device is not heard."""

    def handed(self, tenant: bytes, device: bytes, now: int) -> Sequence[bytes]:
        """Return sealed orders of which the device said nothing, the first ones."""

    def withdraw(self, tenant: bytes, order: bytes, now: int) -> bool:
        """Hand an order out no more, and call its device; false: not there, or over."""

    def fates(self, tenant: bytes) -> Sequence[OrderFate]:
        """Return what became of each order that is not forgotten, the first first."""

    def note_ends(
        self, tenant: bytes, now: int, write: Callable[[OrderFate], None]
    ) -> None:
        """Have each order's end written down; once, whoever else does so meanwhile.

        Args:
            tenant: whose.
            now: an order whose last second was before has ended, too.
            write: writes it down; what it raises leaves that end for the next time.
        """

    def pending(self, tenant: bytes, now: int) -> bool:
        """Tell whether an order has neither ended nor expired."""

    def revoke(self, tenant: bytes, octets: bytes) -> None:
        """Replace the signed revocations that devices of a tenant are told."""

    def revocations(self, tenant: bytes) -> bytes | None:
        """Return the signed revocations that devices of a tenant are told."""

    def calls(self, after: int) -> Sequence[Call]:
        """Return the calls since one, the first first."""

    def last_call(self) -> int:
        """Return the number of the last call; 0 where there was none."""

    def listen(self, called: Callable[[], None]) -> Callable[[], None] | None:
        """Have it told when there may be calls, whoever makes them.

        Args:
            called: told from another thread, and once at the beginning.

        Returns:
            What ends that; None where a store tells nobody, and is to be looked at.
        """

    def forget(self, now: int) -> int:
        """Delete what ended long enough ago; returns how many orders."""
