# SPDX-License-Identifier: Apache-2.0
"""When what is read.

Rules: decided from policy and time alone; no clock is read.
Not here: the loop that obeys it (`tests/e2e`).
"""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from installation_fixture import standard

from agent.schedule import due, next_slot, offset

DEVICE = bytes(range(16))
DAY = 86_400
Passes = dict[tuple[str, str], int]


def run(passes: Passes, now: int, device: bytes = DEVICE) -> set[tuple[str, str]]:
    """Read what is due and remember it."""
    found = due(standard(), device, passes, now)
    named = {(purpose.value, dataset) for purpose, dataset in found}
    passes |= dict.fromkeys(named, now)
    return named


def test_all_is_due_at_first() -> None:
    """A device that has never read anything reads everything but diagnostics."""
    every = {
        (rules.purpose.value, rule.dataset)
        for rules in standard().purposes
        for rule in rules.datasets
        if rule.every is not None
    }
    assert ("support", "log_slice") not in every
    assert run({}, 1_000_000) == every


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.binary(min_size=16, max_size=16))
def test_a_day_has_each_cadence_as_often_as_it_says(now: int, device: bytes) -> None:
    """Over a day a dataset is read once for each of its intervals, no more."""
    passes: Passes = {}
    run(passes, now, device)
    counts: Counter[tuple[str, str]] = Counter()
    for minute in range(1, 24 * 60 + 1):
        counts.update(run(passes, now + 60 * minute, device))
    for rules in standard().purposes:
        for rule in rules.datasets:
            times = counts[rules.purpose.value, rule.dataset]
            assert times == (DAY // rule.every if rule.every else 0)


@given(st.integers(0, 2**31))
def test_after_a_long_sleep_each_dataset_is_read_once(now: int) -> None:
    """A machine that was off makes up for its slots once, not a hundred times."""
    passes: Passes = {}
    everything = run(passes, now)
    assert run(passes, now + 30 * DAY) == everything
    assert run(passes, now + 30 * DAY) == set()


@given(st.integers(0, 2**31))
def test_the_next_slot_is_when_something_is_due(now: int) -> None:
    """Nothing is due before the next slot, and something is at it."""
    passes: Passes = {}
    run(passes, now)
    slot = next_slot(standard(), DEVICE, now)
    assert slot is not None
    assert slot > now
    assert run(dict(passes), slot - 1) == set()
    assert run(passes, slot)


def test_a_clock_that_went_back_does_not_stop_reading() -> None:
    """A last pass in the future counts as another slot."""
    passes: Passes = {}
    everything = run(passes, 2_000_000_000)
    assert run(passes, 1_900_000_000) == everything


def test_a_fleet_is_spread() -> None:
    """The slots of a thousand devices fall evenly over a quarter of an hour."""
    shifts = [offset(number.to_bytes(16, "big")) % 900 for number in range(1_000)]
    tenths = Counter(shift // 90 for shift in shifts)
    assert min(tenths.values()) > 50


@given(st.integers(0, 2**31), st.binary(min_size=16, max_size=16))
def test_purposes_are_read_together(now: int, device: bytes) -> None:
    """What several purposes get at the same cadence is due at the same second."""
    passes: Passes = {}
    run(passes, now, device)
    slot = next_slot(standard(), device, now)
    assert slot is not None
    cadences = {
        (rules.purpose.value, rule.dataset): rule.every
        for rules in standard().purposes
        for rule in rules.datasets
    }
    found = run(passes, slot, device)
    every = {cadences[pair] for pair in found}
    assert found == {pair for pair, seconds in cadences.items() if seconds in every}
