# SPDX-License-Identifier: Apache-2.0
"""Sums over the fleet: what waits, was lost, lags behind and was not taken.

Rules: nothing of telemetry is opened; sums alone, and no device in them.
Not here: the same for a Prometheus (`server/watch/fleet.py`), of one device
(`refused.py`).
"""

from collections import Counter
from collections.abc import Sequence

from server.office.refused import TOLD, Told, slug
from server.orders.desk import Desk
from server.store.fleet import HealthSum
from server.store.refusals import HOUR_SECONDS, MOST, RefusedHour

DAY_HOURS = 24


def standing(desk: Desk, sums: Sequence[HealthSum], now: int) -> Told:
    """Return the sums.

    Args:
        desk: what the office works with.
        sums: of the devices, by how they do.
        now: seconds since the epoch.
    """
    store, tenant = desk.store, desk.tenant
    waiting = sum(one.waiting for one in sums)
    unheard, more = refused(desk, now)
    return {
        "waiting": waiting,
        "oldest": now - max(one.age for one in sums) if waiting else 0,
        "losses": [
            {"reason": one.reason, "count": one.count, "records": one.records}
            for one in store.announced(tenant)
        ],
        "behind": store.fleet.behind(tenant),
        "refused": unheard,
        "refused_more": more,
    }


def refused(desk: Desk, now: int) -> tuple[list[Told], bool]:
    """Return what gates did not take, by reason and gate, the most of a day first.

    Args:
        desk: what the office works with.
        now: seconds since the epoch.

    Returns:
        That, and whether there is more than is told.
    """
    hour = now // HOUR_SECONDS
    rows = desk.store.refusals.hours(desk.tenant, hour - DAY_HOURS, MOST + 1)
    told = rows[-MOST:]
    day, recent = _sums(told), _sums([one for one in told if one.hour >= hour - 1])
    found: list[Told] = [
        {"reason": reason, "gate": gate, "day": count, "hour": recent[reason, gate]}
        for (reason, gate), count in day.most_common(TOLD)
    ]
    return found, len(rows) > MOST or len(day) > TOLD


def _sums(told: Sequence[RefusedHour]) -> Counter[tuple[str, str]]:
    """Return how often each gate has refused for each reason."""
    found: Counter[tuple[str, str]] = Counter()
    for one in told:
        found[slug(one.reason), one.gate] += one.count
    return found
