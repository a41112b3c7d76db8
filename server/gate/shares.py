# SPDX-License-Identifier: Apache-2.0
"""What each device and tenant may hold of the gate at once, and how fast.

Rules: pure: the time is passed in; only devices whose signature was checked come here,
so nobody uses up another's share; a share is refused at its door and never taken back;
alone, a tenant may hold all that is free, beside another one half of everything.
Not here: strangers (`door.py`), the order of commits (`turns.py`), a day's quota
(`server/store`).
"""

from dataclasses import dataclass
from typing import Self

from server.gate.bounds import (
    BODY_BYTES_UNDER_WAY,
    DEVICE_BYTES,
    DEVICE_BYTES_A_SECOND,
    DEVICE_BYTES_SAVED,
    DEVICE_REQUESTS,
    DEVICE_REQUESTS_A_SECOND,
    DEVICE_REQUESTS_SAVED,
    REQUESTS,
    TENANT_SECONDS,
)
from server.problems import Problem, Refusal


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that may be held, of all and of one device.

    Attributes:
        requests: under way at once.
        octets: of bodies under way.
        device_requests: of one device at once.
        device_octets: of one device's bodies at once.
        saved: requests that a quiet device may make at once.
        rate: requests of a device a second, in the long run.
        octets_saved: bytes that a quiet device may send at once.
        octets_rate: bytes of a device a second, in the long run.
        tenant_seconds: for how long a tenant that was heard is beside the others.
    """

    requests: int = REQUESTS
    octets: int = BODY_BYTES_UNDER_WAY
    device_requests: int = DEVICE_REQUESTS
    device_octets: int = DEVICE_BYTES
    saved: float = DEVICE_REQUESTS_SAVED
    rate: float = DEVICE_REQUESTS_A_SECOND
    octets_saved: float = DEVICE_BYTES_SAVED
    octets_rate: float = DEVICE_BYTES_A_SECOND
    tenant_seconds: float = TENANT_SECONDS


@dataclass(slots=True)
class _Held:
    """What one tenant, or all of them, hold."""

    requests: int = 0
    octets: int = 0


@dataclass(slots=True)
class _Device:
    """What one device holds and has saved; bytes saved may be a debt."""

    saved: float
    octets_saved: float
    seen: float
    requests: int = 0
    octets: int = 0


Key = tuple[bytes, bytes]
"""Tenant and device."""


class Shares:
    """Who holds what; used by one thread."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        """Take the bounds; None for the gate's own."""
        self.bounds = Bounds() if bounds is None else bounds
        self._all = _Held()
        self._tenants: dict[bytes, _Held] = {}
        self._heard: dict[bytes, float] = {}  # tenants, the last heard at the end
        self._devices: dict[Key, _Device] = {}  # the last heard at the end

    def __len__(self) -> int:
        """Return how many requests are under way."""
        return self._all.requests

    @property
    def octets(self) -> int:
        """Return how many bytes are held."""
        return self._all.octets

    @property
    def remembered(self) -> int:
        """Return how many devices are remembered."""
        return len(self._devices)

    def enter(self, tenant: bytes, device: bytes, now: float) -> "Stay":
        """Begin a request of a device.

        Args:
            tenant: whose.
            device: one whose signature was checked.
            now: monotonic seconds.

        Returns:
            The request's stay, which has to be left.

        Raises:
            Refusal: over-quota: the device asks too often, or for too much;
                overloaded: others hold what there is.
        """
        key = tenant, device
        known = self._awake(key, now)
        if known.saved < 1 or known.octets_saved <= 0:
            raise Refusal(Problem.OVER_QUOTA)
        if known.requests >= self.bounds.device_requests:
            raise Refusal(Problem.OVER_QUOTA)
        known.saved -= 1  # whoever is told that the gate is full has asked, too
        held = self._tenants.get(tenant, _Held())
        self._room(
            self._all.requests + 1, held.requests + 1, self.bounds.requests, tenant
        )
        self._tenants[tenant] = held
        for place in (known, held, self._all):
            place.requests += 1
        return Stay(self, key)

    def hold(self, key: Key, octets: int) -> None:
        """Take room for bytes of a request under way.

        Raises:
            Refusal: as `enter` does; nothing is taken then.
        """
        tenant, _ = key
        known, held = self._devices[key], self._tenants[tenant]
        if known.octets + octets > self.bounds.device_octets:
            raise Refusal(Problem.OVER_QUOTA)
        self._room(
            self._all.octets + octets, held.octets + octets, self.bounds.octets, tenant
        )
        known.octets_saved -= octets
        for place in (known, held, self._all):
            place.octets += octets

    def leave(self, key: Key, octets: int) -> None:
        """End a request that holds so many bytes."""
        tenant, _ = key
        held = self._tenants[tenant]
        for place in (self._devices[key], held, self._all):
            place.requests -= 1
            place.octets -= octets
        if not held.requests:
            del self._tenants[tenant]

    def beside(self, tenant: bytes) -> bool:
        """Tell whether another tenant was heard lately."""
        return len(self._heard) > 1 or (bool(self._heard) and tenant not in self._heard)

    def _room(self, total: int, of_tenant: int, most: int, tenant: bytes) -> None:
        """Refuse what all together, or one tenant beside another, may not hold."""
        share = most // 2 if self.beside(tenant) else most
        if total > most or of_tenant > share:
            raise Refusal(Problem.OVERLOADED)

    def _awake(self, key: Key, now: float) -> _Device:
        """Return a device with what it saved since, and forget who is long quiet."""
        bounds = self.bounds
        known = self._devices.pop(key, None)
        if known is None:
            known = _Device(bounds.saved, bounds.octets_saved, now)
        passed = max(0.0, now - known.seen)
        known.saved = min(bounds.saved, known.saved + passed * bounds.rate)
        known.octets_saved = min(
            bounds.octets_saved, known.octets_saved + passed * bounds.octets_rate
        )
        known.seen = now
        self._devices[key] = known
        self._heard.pop(key[0], None)
        self._heard[key[0]] = now
        self._forget(now)
        return known

    def _forget(self, now: float) -> None:
        """Drop tenants that are quiet, and devices that have saved all they may."""
        while self._heard:
            tenant = next(iter(self._heard))
            if now - self._heard[tenant] <= self.bounds.tenant_seconds:
                break
            del self._heard[tenant]
        full = max(
            self.bounds.saved / self.bounds.rate,
            # the deepest debt is one shipment that was begun with almost nothing saved
            (self.bounds.octets_saved + self.bounds.device_octets)
            / self.bounds.octets_rate,
        )
        while self._devices:
            key = next(iter(self._devices))
            known = self._devices[key]
            if now - known.seen <= full or known.requests:
                return
            del self._devices[key]


class Stay:
    """One request's part of the shares; a context that leaves at its end."""

    def __init__(self, shares: Shares, key: Key) -> None:
        """Begin with nothing but the request itself."""
        self._shares = shares
        self._key = key
        self._octets = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give everything back."""
        self._shares.leave(self._key, self._octets)

    def reach(self, octets: int) -> None:
        """Hold at least so many bytes.

        Raises:
            Refusal: there is no room for them.
        """
        more = octets - self._octets
        if more > 0:
            self._shares.hold(self._key, more)
            self._octets += more
