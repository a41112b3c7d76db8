# SPDX-License-Identifier: Apache-2.0
"""Why devices were not heard: what gates did not take of each.

Rules: of devices whose own signature was verified alone; what was asked is not known;
what a gate calls otherwise than by a slug is another reason; what is told is bounded.
Not here: sums over the fleet (`standing.py`), counting (`server/gate/refusing.py`).
"""

import re
from collections.abc import Mapping

from server.orders.desk import Desk
from server.store.refusals import MOST, OTHER, REASONS, RefusedDevice

Told = dict[str, object]
"""A part of what an act answers."""
WEEK_SECONDS = 7 * 86_400
TOLD = REASONS + 1
"""Reasons of a device, or of the fleet, that are shown: what a store keeps of a device,
those that it tells apart and the other one."""
_SLUG = re.compile(r"[a-z][a-z-]{1,39}", re.ASCII)


def refused(desk: Desk, now: int) -> tuple[Mapping[bytes, list[Told]], bool]:
    """Return what was not taken of devices within a week, the last first.

    Args:
        desk: what the office works with.
        now: seconds since the epoch.

    Returns:
        That, by device, and whether there is more than is told.
    """
    rows = desk.store.refusals.devices(desk.tenant, now - WEEK_SECONDS, MOST + 1)
    found: dict[bytes, list[Told]] = {}
    more = len(rows) > MOST
    for one in rows[:MOST]:
        parts = found.setdefault(one.device, [])
        if len(parts) < TOLD:
            parts.append(_told(one))
        else:
            more = True
    return found, more


def refused_of(desk: Desk, device: bytes, now: int) -> tuple[list[Told], bool]:
    """Return the same of one device."""
    kept, since = desk.store.refusals, now - WEEK_SECONDS
    rows = kept.of_device(desk.tenant, device, since, TOLD + 1)
    return [_told(one) for one in rows[:TOLD]], len(rows) > TOLD


def _told(one: RefusedDevice) -> Told:
    return {
        "reason": slug(one.reason),
        "gate": one.gate,
        "count": one.count,
        "since": one.since,
        "last": one.last,
    }


def slug(reason: str) -> str:
    """Return a reason, or another one for what is no slug: a gate may be taken over."""
    return reason if _SLUG.fullmatch(reason) else OTHER
