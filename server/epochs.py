# SPDX-License-Identifier: Apache-2.0
"""Which key epochs a policy needs at a moment, decided without I/O.

Rules: each retention class of each purpose has its current and its next epoch in the
bundle, so a device that is away for less than an epoch never lacks a key.
Not here: making keys (`server/keyring`), publishing them (`server/authority.py`),
ending them (`server/keyring/destroying.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from server.keyring import LiveKey
from wire.keys import KeyStatement, PurposeKey, epoch_at
from wire.policy import Policy, PolicyStatement
from wire.policy_check import DAY
from wire.purposes import Purpose

KEYS_DAYS = 90
"""A key statement outlives every absence of the collector that people would accept."""
KEYS_RENEWAL_DAYS = 45
"""A statement with less than this left is signed again, whatever its keys."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of one retention class.

    Attributes:
        purpose: for which purpose.
        retention: the class.
        number: with `start` and `end`, as `wire.keys.epoch_at` has them.
        start: first second.
        end: first second after it.
        maximum_age: seconds after its end that its data is kept.
    """

    purpose: Purpose
    retention: str
    number: int
    start: int
    end: int
    maximum_age: int


def wanted(policy: Policy, now: int) -> list[Epoch]:
    """Return the current and the next epoch of each retention class of a policy."""
    epochs: list[Epoch] = []
    for rules in policy.purposes:
        for item in rules.retention:
            current = epoch_at(now, item.maximum_age)
            following = epoch_at(current[2], item.maximum_age)
            epochs += [
                Epoch(rules.purpose, item.name, *current, item.maximum_age),
                Epoch(rules.purpose, item.name, *following, item.maximum_age),
            ]
    return epochs


def shortest_age(key: LiveKey, statements: Sequence[PolicyStatement]) -> int | None:
    """Return the shortest time for which a policy in a key's life kept its class.

    Args:
        key: its life begins when it was made, or where that was not kept, with its
            epoch.
        statements: signed policies, the newest first, down to one that was in force
            when the key's life began.

    Returns:
        Seconds after the epoch's end; None where no policy names the class.
    """
    begun = key.created or key.start
    ages: list[int] = []
    for statement in statements:
        rules = statement.policy.rules(key.purpose)
        age = None if rules is None else rules.maximum_age(key.retention)
        if age is not None:
            ages.append(age)
        if statement.issued < begun:
            break
    return min(ages, default=None)


def shortened(keys: Iterable[LiveKey], policy: Policy) -> Iterator[tuple[bytes, int]]:
    """Yield the keys for which a policy promises a shorter time, and that time.

    The keyring has to know it (`Keyring.know_age`) as soon as the policy is signed: a
    later policy that lengthens the class takes no promise back.

    Args:
        keys: that live.
        policy: just signed, or in force.
    """
    ages = {
        (rules.purpose, kept.name): kept.maximum_age
        for rules in policy.purposes
        for kept in rules.retention
    }
    for key in keys:
        age = ages.get((key.purpose, key.retention))
        if age is not None and not 0 < key.maximum_age <= age:
            yield key.key_id, age


def is_current(statement: KeyStatement, keys: tuple[PurposeKey, ...], now: int) -> bool:
    """Tell whether a published statement has exactly these keys and time left."""
    left = statement.not_after - now
    return statement.keys == keys and left >= KEYS_RENEWAL_DAYS * DAY


def next_change(policy: Policy, now: int) -> int:
    """Return the first second at which `wanted` gives another answer."""
    ends = [epoch.end for epoch in wanted(policy, now) if epoch.start <= now]
    return min(ends, default=now + KEYS_RENEWAL_DAYS * DAY)
