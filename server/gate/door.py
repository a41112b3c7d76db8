# SPDX-License-Identifier: Apache-2.0
"""Who may come in: connections by address, and how often an address may shake hands.

Rules: pure: the time is passed in; an IPv6 address counts by its first 64 bits, for one
machine has all behind them; a handshake is the dearest thing that a stranger can ask
for, so an address over its pace waits before it and not after.
Not here: sockets (`connections.py`), devices and tenants (`shares.py`).
"""

import ipaddress
from collections import Counter
from functools import lru_cache

from server.gate.bounds import (
    ADDRESS_ACTS,
    ADDRESS_ACTS_A_SECOND,
    ADDRESS_CONNECTIONS,
    CONNECTIONS,
)
from server.gate.pace import Pace

_NETWORK_BYTES = 8
"""The part of an IPv6 address that names a network; the rest a machine may choose."""


class Door:
    """Connections and unvouched acts of each address; used by one thread.

    Attributes:
        connections: most at once.
    """

    def __init__(
        self,
        connections: int = CONNECTIONS,
        of_one: int = ADDRESS_CONNECTIONS,
        pace: Pace | None = None,
    ) -> None:
        """Take the bounds.

        Args:
            connections: most at once.
            of_one: most at once from one address.
            pace: of what an address does before a device vouches for it.
        """
        self.connections = connections
        self._of_one = of_one
        self._open: Counter[bytes] = Counter()
        self._total = 0
        self._pace = Pace(ADDRESS_ACTS_A_SECOND, ADDRESS_ACTS) if pace is None else pace

    def enter(self, address: bytes, now: float) -> float | None:
        """Let a connection in.

        Args:
            address: as `address_of` returns it.
            now: monotonic seconds.

        Returns:
            For how many seconds its handshake waits; None where there is no room.
        """
        if self._total >= self.connections or self._open[address] >= self._of_one:
            return None
        self._total += 1
        self._open[address] += 1
        return self._pace.delay(address, now)

    @property
    def open(self) -> int:
        """Return how many connections there are."""
        return self._total

    def leave(self, address: bytes) -> None:
        """Forget a connection that was let in."""
        self._total -= 1
        self._count(address, -1)

    def vouch(self, address: bytes) -> None:
        """Count a connection to its address no more: a device that waits is behind it.

        Else all machines of an office had the connections of one, for as long as they
        wait.
        """
        self._count(address, -1)

    def doubt(self, address: bytes) -> None:
        """Count a connection to its address again, which may be gone by now."""
        self._count(address, 1)

    def delay(self, address: bytes, now: float) -> float:
        """Return how long an answer waits that no device vouched for."""
        return self._pace.delay(address, now)

    def _count(self, address: bytes, more: int) -> None:
        self._open[address] += more
        if not self._open[address]:
            del self._open[address]


@lru_cache(CONNECTIONS)
def address_of(host: str) -> bytes:
    """Return what a host is counted by; a text that is no address stands for itself."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.encode()
    if isinstance(address, ipaddress.IPv4Address):
        return address.packed
    mapped = address.ipv4_mapped
    return address.packed[:_NETWORK_BYTES] if mapped is None else mapped.packed
