# SPDX-License-Identifier: Apache-2.0
"""Finds the device that a person means, and what it said last of its queue.

Not here: the store's devices (`server/store/sqlite_devices.py`), showing them
(`server/commands/device.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.errors import UsageError
from server.store.fleet import Order, Wanted
from server.store.interface import Device, DeviceState, Store
from server.store.queues import queue_of
from wire.queue_state import QUIET

_PREFIX_CHARS = 4
"""Fewer digits name a device by accident."""
LOOKED_UP = 1_000
"""Devices that a store is asked for in one question."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """What waits at devices, as they said last.

    Attributes:
        envelopes: how many.
        age: seconds that the oldest waits; 0 where none does.
    """

    envelopes: int
    age: int


def unsent(devices: Sequence[Device], now: int) -> Unsent:
    """Return what waits at active devices.

    Args:
        devices: of the fleet.
        now: seconds since the epoch.
    """
    active = [one for one in devices if one.state is DeviceState.ACTIVE]
    said = [(queue_of(one.queue) or QUIET, max(0, now - one.seen)) for one in active]
    ages = [queue.age + silence for queue, silence in said if queue.waiting]
    return Unsent(sum(queue.waiting for queue, _ in said), max(ages, default=0))


def find(devices: Sequence[Device], name: str) -> Device:
    """Return the one device that a person means.

    Args:
        devices: of the tenant.
        name: first digits of its id, or its whole label.

    Raises:
        UsageError: it means none, or more than one.
    """
    digits = name.lower()
    found = [
        device
        for device in devices
        if (len(digits) >= _PREFIX_CHARS and device.device.hex().startswith(digits))
        or (name and device.label == name)
    ]
    if not found:
        msg = (
            "there is no such device: give the first digits of its id or its label, "
            "as discreet-server device list shows them"
        )
        raise UsageError(msg)
    if len(found) > 1:
        msg = f"{len(found)} devices are meant by that: give more digits of the id"
        raise UsageError(msg)
    return found[0]


def find_in(store: Store, tenant: bytes, name: str) -> Device:
    """Return the one device of a store that a person means, without all others.

    Args:
        store: asked for those it may be.
        tenant: whose.
        name: first digits of its id, or its whole label.

    Raises:
        UsageError: it means none, or more than one.
    """
    return find(store.devices(tenant, name), name)


def known(store: Store, tenant: bytes, devices: Iterable[bytes]) -> list[Device]:
    """Return those of some devices that are enrolled, each once, in any order.

    Args:
        store: where they are.
        tenant: whose.
        devices: ids.
    """
    wanted = [*dict.fromkeys(devices)]
    found: list[Device] = []
    for start in range(0, len(wanted), LOOKED_UP):
        among = Wanted(among=wanted[start : start + LOOKED_UP], order=Order.NAME)
        found += store.fleet.found(tenant, among, 0, 0, LOOKED_UP)
    return found
