# SPDX-License-Identifier: Apache-2.0
"""A full queue: what is read, what is left out, what is given up, and the count of it.

Rules: a real spool; quotas are filled, not changed.
Not here: how something is given up (`test_voids.py`), a full disk
(`test_spool_disk.py`).
"""

from dataclasses import replace

import pytest
from spool_fixture import Queue

from agent.catalogue import declared
from agent.clock import Clock, store_clock
from agent.plan import PlannedDataset, make_plan
from agent.room import fold, give_up, readable
from agent.spool.change import SpoolClass
from agent.spool.quotas import quota
from wire.catalogue import System
from wire.policy_source import compile_policy

pytestmark = pytest.mark.slow  # quotas of some megabytes are filled
PIECE = 1_000_000
POLICY = b"""
format = 1
name = "own"
[purpose.provision]
instruction = "test"
readers = ["technician"]
[purpose.provision.retention.all]
keep = "90d"
[purpose.provision.dataset.agent_metrics]
retention = "all"
every = "15m"
[purpose.provision.dataset.agent_metrics.columns]
"gaps" = "keep"
[purpose.provision.dataset.software]
retention = "all"
every = "1d"
[purpose.provision.dataset.software.columns]
"name" = "keep"
[purpose.provision.dataset.event_counts]
retention = "all"
every = "15m"
[purpose.provision.dataset.event_counts.columns]
"count" = "keep"
"""


@pytest.fixture(scope="module")
def due() -> tuple[PlannedDataset, ...]:
    """Return one dataset of each kind."""
    policy = compile_policy(POLICY, declared(), "own.toml")
    return tuple(make_plan(policy, declared(), System.LINUX).datasets)


def fill(held: Queue, kind: SpoolClass, share: float) -> int:
    """Fill a share of a class's quota; return how many envelopes that took."""
    count = 0
    while quota(kind) - held.spool.room(kind) < quota(kind) * share:
        held.put(kind, records=2, size=PIECE)
        count += 1
    return count


def names(items: tuple[PlannedDataset, ...] | list[PlannedDataset]) -> set[str]:
    """Return the names of datasets."""
    return {item.dataset.name for item in items}


def test_full_events_leave_the_others_going(
    held: Queue, due: tuple[PlannedDataset, ...]
) -> None:
    """Events stop at their own quota: their sources keep what is not read."""
    fill(held, SpoolClass.EVENT, 0.96)
    found = readable(held.spool, due, held.now)
    assert names(list(found.full)) == {"event_counts"}
    assert names(list(found.ready)) == {"software", "agent_metrics"}
    assert "spool-full" in held.spool.facts().alarms


def test_full_states_leave_the_others_going(
    held: Queue, due: tuple[PlannedDataset, ...]
) -> None:
    """States stop at their own quota."""
    fill(held, SpoolClass.SNAPSHOT, 0.9)
    found = readable(held.spool, due, held.now)
    assert names(list(found.full)) == {"software"}
    assert names(list(found.ready)) == {"event_counts", "agent_metrics"}


def test_metrics_fold_while_their_queue_fills(
    held: Queue, due: tuple[PlannedDataset, ...]
) -> None:
    """Above the share one slot of four is read, and what is left out is counted."""
    fill(held, SpoolClass.METRIC, 0.76)
    start = held.now - held.now % 3_600
    read = []
    for slot in range(8):
        found = readable(held.spool, due, start + slot * 900)
        fold(held.spool, found.folded, start + slot * 900)
        read.append("agent_metrics" in names(list(found.ready)))
    assert read == [True, False, False, False] * 2
    assert held.spool.facts().folded == 6
    assert held.spool.last_pass("provision", "agent_metrics") == start + 7 * 900


def test_the_oldest_metrics_go_first_and_are_counted(held: Queue) -> None:
    """At the quota the oldest become voids, until a pass's fit; nothing else does."""
    other = held.put(SpoolClass.EVENT)
    count = fill(held, SpoolClass.METRIC, 1.0)
    give_up(held.spool, held.voids)
    told = held.told()
    assert 0 < len(told) < count
    assert [sequence for sequence, _, _ in told] == [*range(2, 2 + len(told))]
    assert {(reason, gone) for _, reason, gone in told} == {("spool-full", 2)}
    assert held.spool.facts().dropped == 2 * len(told)
    assert held.spool.room(SpoolClass.METRIC) >= 1 << 20
    assert other in held.waiting()


def test_only_signed_time_gives_up_what_is_old(held: Queue) -> None:
    """The retention clock runs out by signed time, never by the machine's own."""
    held.put(records=3, expires=held.now)
    kept = held.put(records=4, expires=held.now + 1)
    give_up(held.spool, held.voids)
    assert held.told() == []
    store_clock(held.spool, Clock(), Clock(soft=held.now))
    give_up(held.spool, held.voids)
    assert held.told() == [(1, "expired", 3)]
    assert kept in held.waiting()


@pytest.mark.parametrize("years", [-10, 10])
def test_the_first_signed_time_sets_ends_right(held: Queue, years: int) -> None:
    """What was made while the clock was years off ends when its own time is over."""
    off, true = years * 365 * 86_400, held.now
    held.now = true + off
    held.put(records=3, expires=true + off + 60)
    held.now = true
    known = Clock(offset=-off, soft=true)
    store_clock(held.spool, Clock(), known)
    give_up(held.spool, held.voids)
    assert held.told() == []
    assert held.spool.damaged() == []
    store_clock(held.spool, known, replace(known, soft=true + 60))
    give_up(held.spool, replace(held.voids, now=true + 60))
    assert held.told() == [(1, "expired", 3)]


@pytest.mark.parametrize("years", [-10, 10])
def test_what_was_made_before_the_clock_went_wrong_ends_as_it_would(
    held: Queue, years: int
) -> None:
    """A clock that jumps before it is told moves no end of what was there already."""
    off, true = years * 365 * 86_400, held.now
    held.put(records=3, expires=true + 300)
    held.now = true + 60 + off  # the jump
    held.put(records=4, expires=held.now + 300)
    held.now = true + 120
    known = Clock(offset=-off, soft=held.now)
    store_clock(held.spool, Clock(), known)
    for moment, told in ((held.now, []), (true + 300, [(1, "expired", 3)])):
        store_clock(held.spool, known, replace(known, soft=moment))
        give_up(held.spool, replace(held.voids, now=moment))
        assert held.told() == told
    assert held.spool.damaged() == []
    store_clock(held.spool, known, replace(known, soft=true + 360))
    give_up(held.spool, replace(held.voids, now=true + 360))
    assert held.told() == [(1, "expired", 3), (2, "expired", 4)]


def test_a_clock_that_jumps_ahead_gives_up_nothing(held: Queue) -> None:
    """Ten years ahead by the machine's own clock, nothing is too old to be kept."""
    kept = held.put(records=4, expires=held.now + 86_400)
    store_clock(held.spool, Clock(), Clock(soft=held.now))
    ahead = replace(held.voids, now=held.now + 10 * 365 * 86_400)
    give_up(held.spool, ahead)
    assert held.told() == []
    assert kept in held.waiting()
