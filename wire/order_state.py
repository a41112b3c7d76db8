# SPDX-License-Identifier: Apache-2.0
"""What can become of an order at its device.

Rules: words alone, so that who only compares them loads nothing else.
Not here: how a poll tells them (`wire/doing.py`), what changes one (`agent/orders`).
"""

from dataclasses import dataclass
from enum import Enum


class OrderState(Enum):
    """What has become of an order at the device."""

    RECEIVED = "received"
    """It is here, and waits for its turn."""
    ASKING = "asking"
    """It waits for the consent of a person at the machine."""
    RUNNING = "running"
    """It has begun; it will never begin again."""
    DONE = "done"
    """It has run, and what it found is sealed."""
    DENIED = "denied"
    """A person at the machine said no, or nobody said yes in time."""
    REFUSED = "refused"
    """The device does not obey it; the reason says why."""
    EXPIRED = "expired"
    """Its time was over before it began."""
    CANCELLED = "cancelled"
    """Who gives orders took it back before it was done; nothing of it was sent."""
    FAILED = "failed"
    """It began and came to no result; the reason says why."""


ENDED = frozenset(
    {
        OrderState.DONE,
        OrderState.DENIED,
        OrderState.REFUSED,
        OrderState.EXPIRED,
        OrderState.CANCELLED,
        OrderState.FAILED,
    }
)
"""States after which nothing more comes."""


@dataclass(frozen=True, slots=True)
class Doing:
    """How one order stands.

    Attributes:
        order: the request's id, 16 bytes.
        state: where it is.
        reason: a slug, for those that came to nothing; else empty.
        done: how much of its time has passed, in seconds; 0 before it runs.
        of: its limit in seconds; 0 before it runs.
    """

    order: bytes
    state: OrderState
    reason: str = ""
    done: int = 0
    of: int = 0
