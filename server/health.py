# SPDX-License-Identifier: Apache-2.0
"""How a device does, by what is known of it without opening anything.

Rules: pure; the worst that holds is said; what a device says is its word.
Not here: the same in a store's words (`server/store/kept_fleet.py`), what it sent,
which is read for a purpose (`server/console/reading.py`).
"""

from collections.abc import Mapping
from enum import Enum

LATE_SECONDS = 3_600
"""Agents poll each few minutes; an hour without is a sleeping machine, or a fault."""
SILENT_SECONDS = 86_400
"""A day: longer than a night, and somebody should look."""


class Health(Enum):
    """From what needs a person first to what needs none."""

    APART = "apart"
    """Its chain forked: a clone, or a restored snapshot."""
    ALARM = "alarm"
    SILENT = "silent"
    LOSSES = "losses"
    LATE = "late"
    GOOD = "good"
    ENDED = "ended"


BAD = frozenset({Health.APART, Health.ALARM, Health.SILENT})


def of(device: Mapping[str, object], now: int) -> Health:
    """Return how a device does.

    Args:
        device: as the office tells it.
        now: seconds since the epoch.
    """
    if device.get("state") == "quarantined":
        return Health.APART
    if device.get("state") != "active":
        return Health.ENDED
    silence = now - number(device, "seen")
    if device.get("alarms"):
        return Health.ALARM
    if silence >= SILENT_SECONDS:
        return Health.SILENT
    if number(device, "dropped") or number(device, "gaps"):
        return Health.LOSSES
    return Health.LATE if silence >= LATE_SECONDS else Health.GOOD


def number(told: Mapping[str, object], name: str) -> int:
    """Return a whole number of a message; 0 for none."""
    found = told.get(name)
    return found if isinstance(found, int) else 0
