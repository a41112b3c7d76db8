# SPDX-License-Identifier: Apache-2.0
"""Which key epochs a policy needs at a moment, decided without I/O.

Rules: each retention class of each purpose has its current and its next epoch in the
bundle, so a device that is away for less than an epoch never lacks a key.
Not here: making keys (`server/keyring.py`), publishing them (`server/authority.py`),
ending epochs (`server/retention.py`).
"""

from dataclasses import dataclass

from wire.keys import KeyStatement, PurposeKey, epoch_at
from wire.policy import Policy
from wire.policy_check import DAY
from wire.purposes import Purpose

KEYS_DAYS = 90
"""A key statement outlives every absence of the collector that people would accept."""
KEYS_RENEWAL_DAYS = 45
"""A statement with less than this left is signed again, whatever its keys."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of one retention class; `start` and `end` as `wire.keys.epoch_at`."""

    purpose: Purpose
    retention: str
    number: int
    start: int
    end: int


def wanted(policy: Policy, now: int) -> list[Epoch]:
    """Return the current and the next epoch of each retention class of a policy."""
    epochs: list[Epoch] = []
    for rules in policy.purposes:
        for item in rules.retention:
            current = epoch_at(now, item.maximum_age)
            following = epoch_at(current[2], item.maximum_age)
            epochs += [
                Epoch(rules.purpose, item.name, *current),
                Epoch(rules.purpose, item.name, *following),
            ]
    return epochs


def is_current(statement: KeyStatement, keys: tuple[PurposeKey, ...], now: int) -> bool:
    """Tell whether a published statement has exactly these keys and time left."""
    left = statement.not_after - now
    return statement.keys == keys and left >= KEYS_RENEWAL_DAYS * DAY


def next_change(policy: Policy, now: int) -> int:
    """Return the first second at which `wanted` gives another answer."""
    ends = [epoch.end for epoch in wanted(policy, now) if epoch.start <= now]
    return min(ends, default=now + KEYS_RENEWAL_DAYS * DAY)
