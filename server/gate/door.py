# SPDX-License-Identifier: Apache-2.0
"""Who may come in: strangers by their address, whoever is known by their device.

Rules: pure: the time is passed in; a connection counts to its address until a device
has signed on it, and to that device from then on, so that nobody in an office uses up
what its other machines have; a handshake is the dearest thing that a stranger can ask
for, so an address over its pace waits before it and not after; who waits so is never
put out for who comes later, and beyond a bound nobody joins them; of those inside the
oldest goes where another is to come in, but nobody who is being sent a file; an IPv6
address counts by its first 64 bits, for one machine has all behind them.
Not here: sockets (`arrivals.py`), what a device is known by before it signs
(`admissions.py`), what devices and tenants hold (`shares.py`).
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache

from server.gate.admissions import Admissions, Key
from server.gate.bounds import (
    ADDRESS_ACTS,
    ADDRESS_ACTS_A_SECOND,
    ADDRESS_CONNECTIONS,
    ADDRESS_WAITING_PART,
    CONNECTIONS,
    DEVICE_ARRIVALS,
    DEVICE_ARRIVALS_A_SECOND,
    DEVICE_CONNECTIONS,
)
from server.gate.pace import Pace

End = Callable[[], object]
Ticket = Callable[[], bytes | None]
_NETWORK_BYTES = 8
"""The part of an IPv6 address that names a network; the rest a machine may choose."""


class Guest:
    """A connection that was let in.

    Attributes:
        address: whence, as `address_of` returns it.
        delay: for how many seconds its handshake waits.
        key: the device that it counts to; None for a stranger.
        put_out: ends the connection; set by whoever holds it.
        ticket: returns what its next connection is known by, if anything.
    """

    __slots__ = (
        *("_door", "_inside", "_signed"),
        *("address", "delay", "key", "put_out", "ticket"),
    )

    def __init__(self, door: "Door", address: bytes) -> None:
        """Come in, unknown."""
        self.address = address
        self.delay = 0.0
        self.key: Key | None = None
        self.put_out: End = _nothing
        self.ticket: Ticket = _nothing
        self._door = door
        self._inside = True
        self._signed = False

    def begin(self) -> None:
        """Have it no longer wait for its handshake."""
        self._door.begin(self)

    def heard(self, key: Key) -> None:
        """Count it to the device that signed what was asked on it."""
        if self._inside and not (self._signed and key == self.key):
            self._signed = True
            self._door.heard(self, key)

    def stay(self) -> None:
        """Have nobody put it out who comes later; whoever asks bounds how many stay."""
        if self._inside and self.key is None:
            self._door.stay(self)

    def leave(self) -> None:
        """Forget it, once it is gone."""
        if self._inside:
            self._inside = False
            self._door.leave(self)


class _Crowd:
    """The strangers of one address."""

    __slots__ = ("begun", "waiting")

    def __init__(self) -> None:
        self.begun: dict[Guest, None] = {}  # the oldest first
        self.waiting: dict[Guest, None] = {}

    def __len__(self) -> int:
        return len(self.begun) + len(self.waiting)


class Door:
    """Connections and unvouched acts of each address; used by one thread.

    Attributes:
        connections: most at once.
        admissions: what devices are known by; None where none ever is.
    """

    def __init__(
        self,
        connections: int = CONNECTIONS,
        of_one: int = ADDRESS_CONNECTIONS,
        pace: Pace | None = None,
        admissions: Admissions | None = None,
        of_device: int = DEVICE_CONNECTIONS,
    ) -> None:
        """Take the bounds.

        Args:
            connections: most at once.
            of_one: most strangers at once from one address.
            pace: of what an address does before a device vouches for it.
            admissions: what devices are known by before they sign.
            of_device: most at once of one device.
        """
        self.connections = connections
        self.admissions = admissions
        self._of_one, self._of_device = of_one, of_device
        self._waiting = max(1, of_one // ADDRESS_WAITING_PART)
        self._crowds: dict[bytes, _Crowd] = {}
        self._devices: dict[Key, dict[Guest, None]] = {}
        self._staying: set[Guest] = set()
        self._total = 0
        self._pace = Pace(ADDRESS_ACTS_A_SECOND, ADDRESS_ACTS) if pace is None else pace
        self._arrivals = Pace(DEVICE_ARRIVALS_A_SECOND, DEVICE_ARRIVALS)

    @property
    def open(self) -> int:
        """Return how many connections there are."""
        return self._total

    def presses(self, address: bytes, now: float) -> bool:
        """Tell whether a stranger from an address would wait, or another for them.

        Args:
            address: as `address_of` returns it.
            now: monotonic seconds.
        """
        if self._total >= self.connections:
            return True
        crowd = self._crowds.get(address)
        crowded = crowd is not None and len(crowd) >= self._of_one
        return crowded or not self._pace.free(address, now)

    def enter(self, address: bytes, now: float) -> Guest | None:
        """Let a stranger's connection in.

        Args:
            address: as `address_of` returns it.
            now: monotonic seconds.

        Returns:
            It, whose handshake may wait; None where there is no room.
        """
        if self._total >= self.connections:
            return None
        crowd = self._crowds.get(address)
        if crowd is not None and len(crowd.waiting) >= self._waiting:
            return None
        if crowd is not None and len(crowd) >= self._of_one:
            _end(crowd.begun)
        guest = Guest(self, address)
        guest.delay = self._pace.delay(address, now)
        crowd = self._crowds.setdefault(address, _Crowd())
        (crowd.waiting if guest.delay else crowd.begun)[guest] = None
        self._total += 1
        return guest

    def welcome(self, address: bytes, now: float, key: Key) -> Guest | None:
        """Let in a connection of a device that is known by its admission.

        Args:
            address: as `address_of` returns it.
            now: monotonic seconds.
            key: the device.

        Returns:
            It, whose handshake may wait; None where there is no room.
        """
        if self._total >= self.connections and not self._made_room():
            return None
        guest = Guest(self, address)
        guest.delay = self._arrivals.delay(key[1], now)
        self._total += 1
        self._count(guest, key)
        return guest

    def begin(self, guest: Guest) -> None:
        """Have a guest no longer wait for its handshake."""
        crowd = self._crowds.get(guest.address)
        if crowd is not None and guest in crowd.waiting:
            del crowd.waiting[guest]
            crowd.begun[guest] = None

    def heard(self, guest: Guest, key: Key) -> None:
        """Count a guest to a device which signed what was asked on its connection.

        Whatever it counted to, and whoever it was taken for, counts it no more; and its
        device is known by the ticket that this connection brought it.
        """
        self._uncount(guest)
        self._count(guest, key)
        ticket = guest.ticket() if self.admissions is not None else None
        if self.admissions is not None and ticket:
            self.admissions.give(key, ticket)

    def stay(self, guest: Guest) -> None:
        """Count a stranger no more among those of whom the oldest goes."""
        self._uncount(guest)
        self._staying.add(guest)

    def leave(self, guest: Guest) -> None:
        """Forget a guest."""
        self._total -= 1
        self._uncount(guest)

    def delay(self, address: bytes, now: float) -> float:
        """Return how long an answer waits that no device vouched for."""
        return self._pace.delay(address, now)

    def _made_room(self) -> bool:
        """Put the oldest stranger of the largest crowd out; false where there is none.

        A gate that strangers have filled still takes the devices that it knows.
        """
        crowds = [crowd for crowd in self._crowds.values() if crowd.begun]
        if not crowds:
            return False
        _end(max(crowds, key=len).begun)
        return True

    def _count(self, guest: Guest, key: Key) -> None:
        guest.key = key
        of_one = self._devices.setdefault(key, {})
        if len(of_one) >= self._of_device:
            _end(of_one)
        self._devices.setdefault(key, of_one)[guest] = None

    def _uncount(self, guest: Guest) -> None:
        if guest.key is not None:
            of_one = self._devices[guest.key]
            del of_one[guest]
            if not of_one:
                del self._devices[guest.key]
            return
        if guest in self._staying:
            self._staying.discard(guest)
            return
        crowd = self._crowds[guest.address]
        crowd.begun.pop(guest, None)
        crowd.waiting.pop(guest, None)
        if not len(crowd):
            del self._crowds[guest.address]


def _nothing() -> None:
    """Do nothing: there is no connection to end yet, and no ticket."""


def _end(guests: dict[Guest, None]) -> None:
    """End the oldest of some guests."""
    oldest = next(iter(guests))
    oldest.leave()
    oldest.put_out()


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
