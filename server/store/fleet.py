# SPDX-License-Identifier: Apache-2.0
"""What is looked for among a tenant's devices, and what a store says of all of them.

Rules: nothing opened; a look costs what it tells, and one pass of the database over
what is small of each device.
Not here: looking (`kept_fleet.py`), one device (`interface.py`), how a device does
(`server/health.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

from server.health import Health

Device_co = TypeVar("Device_co", covariant=True)
"""What a store calls a device: `interface.py` knows both."""


class Order(Enum):
    """By what devices are sorted; then by their names, those without one last."""

    HEALTH = "health"
    """What needs a person comes first."""
    NAME = "name"
    SEEN = "seen"
    SILENT = "silent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which devices are looked for; what is empty or None does not narrow.

    Attributes:
        text: words that are all found in the name, the id, what the device says of its
            system and agent, or its alarms, in capitals or not.
        health: how they do.
        state: as it is called.
        site: where they are.
        tag: under which.
        system: the first word of what they say of it; "-" where there is none.
        silence: seconds since which they were not seen.
        among: these ids alone, ten thousand at most.
        order: how they are sorted.
    """

    text: str = ""
    health: Health | None = None
    state: str = ""
    site: str = ""
    tag: str = ""
    system: str = ""
    silence: int | None = None
    among: Collection[bytes] | None = None
    order: Order = Order.HEALTH


@dataclass(frozen=True, slots=True)
class HealthSum:
    """All devices that do alike.

    Attributes:
        health: how.
        count: how many.
        waiting: envelopes that wait at those that are heard.
        age: seconds that the oldest of them waits; 0 where none does.
    """

    health: Health
    count: int
    waiting: int
    age: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What some devices have in common, by which others are left out.

    Attributes:
        state: as it is called.
        site: where they are; empty for nowhere.
        tags: under which.
        system: the first word of what they say of it; "-" where there is none.
    """

    state: str
    site: str
    tags: Sequence[str]
    system: str


class Fleet(Protocol[Device_co]):
    """A tenant's devices as a whole; times in seconds since the epoch."""

    def count(self, tenant: bytes, wanted: Wanted, now: int) -> int:
        """Return how many devices are like that."""

    def found(
        self, tenant: bytes, wanted: Wanted, now: int, first: int, most: int
    ) -> Sequence[Device_co]:
        """Return a stretch of those that are like that, in their order.

        Args:
            tenant: whose.
            wanted: which.
            now: the time.
            first: how many come before.
            most: so many.
        """

    def ids(self, tenant: bytes, wanted: Wanted, now: int) -> Sequence[bytes]:
        """Return the ids of all that are like that, in their order."""

    def sums(self, tenant: bytes, now: int) -> Sequence[HealthSum]:
        """Return how all devices do; nothing of what none does."""

    def kinds(self, tenant: bytes) -> Sequence[Kind]:
        """Return each kind of devices once."""

    def behind(self, tenant: bytes) -> int:
        """Return how many devices have a chain that is further than its mark."""
