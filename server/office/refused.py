# SPDX-License-Identifier: Apache-2.0
"""Why devices were not heard: what gates did not take of each.

Rules: of devices whose own signature was verified alone; what was asked is not known;
what a gate calls otherwise than by a slug is another reason.
Not here: sums over the fleet (`standing.py`), counting (`server/gate/refusing.py`).
"""

import re
from collections.abc import Mapping

from server.figures.kept import OTHER
from server.orders.desk import Desk

Told = dict[str, object]
"""A part of what an act answers."""
WEEK_SECONDS = 7 * 86_400
_SLUG = re.compile(r"[a-z][a-z-]{1,39}", re.ASCII)


def refused(desk: Desk, now: int) -> Mapping[bytes, list[Told]]:
    """Return what was not taken of devices within a week, the last first.

    Args:
        desk: what the office works with.
        now: seconds since the epoch.
    """
    found: dict[bytes, list[Told]] = {}
    told = desk.store.refusals.devices(desk.tenant, now - WEEK_SECONDS)
    for one in sorted(told, key=lambda one: one.last, reverse=True):
        part: Told = {
            "reason": slug(one.reason),
            "gate": one.gate,
            "count": one.count,
            "since": one.since,
            "last": one.last,
        }
        found.setdefault(one.device, []).append(part)
    return found


def slug(reason: str) -> str:
    """Return a reason, or another one for what is no slug: a gate may be taken over."""
    return reason if _SLUG.fullmatch(reason) else OTHER
