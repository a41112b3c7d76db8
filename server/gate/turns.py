# SPDX-License-Identifier: Apache-2.0
"""Whose turn it is: tenants in turn, within one its devices in turn.

Rules: pure; what one device queued comes out in its order; whoever has little to say
waits for one turn of each of the others and not for all that they have queued.
Not here: waiting and threads (`committer.py`).
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
Key = tuple[bytes, bytes]
"""Tenant and device."""


class Turns(Generic[T]):
    """A queue for each device; an item is taken from the one whose turn it is."""

    def __init__(self) -> None:
        """Begin with nothing."""
        # the tenant, and within it the device, whose turn it is stands first
        self._tenants: dict[bytes, dict[bytes, deque[T]]] = {}
        self._length = 0

    def __len__(self) -> int:
        """Return how many items wait."""
        return self._length

    def add(self, key: Key, item: T) -> None:
        """Queue an item of a device behind what it has queued already."""
        tenant, device = key
        devices = self._tenants.setdefault(tenant, {})
        devices.setdefault(device, deque()).append(item)
        self._length += 1

    def take(self, fits: Callable[[Key, T], bool]) -> list[T]:
        """Take items in turn until of nobody the next one fits.

        Args:
            fits: whether an item may be taken too; what it is told of is taken when it
                says so. Whoever has an item that does not fit keeps the turn.

        Returns:
            The items; of one device in the order in which they were queued.
        """
        taken: list[T] = []
        passed: dict[bytes, dict[bytes, deque[T]]] = {}
        while self._tenants:
            tenant, devices = next(iter(self._tenants.items()))
            device, queue = next(iter(devices.items()))
            if fits((tenant, device), queue[0]):
                taken.append(queue.popleft())
                self._turned(tenant, device)
            else:
                passed.setdefault(tenant, {})[device] = devices.pop(device)
                if not devices:
                    del self._tenants[tenant]
        self._tenants = passed
        self._length -= len(taken)
        return taken

    def _turned(self, tenant: bytes, device: bytes) -> None:
        """Put a device last among its tenant's, and its tenant last of all."""
        devices = self._tenants.pop(tenant)
        queue = devices.pop(device)
        if queue:
            devices[device] = queue
        if devices:
            self._tenants[tenant] = devices
