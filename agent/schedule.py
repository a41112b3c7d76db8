# SPDX-License-Identifier: Apache-2.0
"""When what is read: decided from the policy and the time alone.

Rules: the slots of a purpose start at the same moment for all its datasets, so they
share an envelope; that moment is spread over devices by a digest of device and
purpose, so a fleet does not come at once; a missed slot is made up for once.
Not here: clock and waiting (`resident.py`), what is sent when (`shipping.py`).
"""

import hashlib
from collections.abc import Callable, Iterator

from wire.policy import DatasetRule, Policy
from wire.purposes import Purpose

LastPass = Callable[[str, str], int | None]
_DAY = 86_400
"""Every usual cadence divides a day, so slots of 15 minutes and of 6 hours meet."""


def offset(device: bytes, purpose: Purpose) -> int:
    """Return the seconds by which a device's slots of a purpose are shifted."""
    drawn = hashlib.sha256(device + purpose.value.encode()).digest()
    return int.from_bytes(drawn[:8], "big") % _DAY


def due(
    policy: Policy, device: bytes, last_pass: LastPass, now: int
) -> frozenset[tuple[Purpose, str]]:
    """Return the (purpose, dataset) pairs whose slot has begun since the last pass.

    Args:
        policy: the policy in force.
        device: 16 bytes.
        last_pass: when a dataset was last read for a purpose.
        now: signed time, seconds since the epoch.
    """
    found: set[tuple[Purpose, str]] = set()
    for purpose, rule in _rules(policy):
        shift = offset(device, purpose)
        last = last_pass(purpose.value, rule.dataset)
        if last is None or _slot(last, shift, rule) != _slot(now, shift, rule):
            found.add((purpose, rule.dataset))
    return frozenset(found)


def next_slot(policy: Policy, device: bytes, now: int) -> int | None:
    """Return the first second after now at which a slot begins; None for never."""
    starts = [
        (_slot(now, offset(device, purpose), rule) + 1) * rule.every
        + offset(device, purpose)
        for purpose, rule in _rules(policy)
    ]
    return min(starts, default=None)


def _rules(policy: Policy) -> Iterator[tuple[Purpose, DatasetRule]]:
    for rules in policy.purposes:
        for rule in rules.datasets:
            yield rules.purpose, rule


def _slot(moment: int, shift: int, rule: DatasetRule) -> int:
    return (moment - shift) // rule.every
