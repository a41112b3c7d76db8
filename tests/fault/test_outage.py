# SPDX-License-Identifier: Apache-2.0
"""After seven days without a network all arrives, and what is new waits for nothing.

Rules: the real agent, gate and store in virtual time.
Not here: outages among other faults (`test_simulation.py`), where it is also looked
whether the check of live data finds a bug (`simulation/planted/outages.py`).
"""

import pytest
from installation_fixture import standard as standard_policy
from simulation import load as loads
from simulation.clock import DAY
from simulation.load import filling, standard
from simulation.needed import needs_library
from simulation.outage import DAYS, LEAST, SHORT, Told, broken, full, suffer

from agent.budget import PACE_MINIMUM_RATE
from agent.spool.change import SpoolClass
from agent.spool.quotas import quota

pytestmark = [pytest.mark.fault, pytest.mark.slow]
MIB = 2**20


@needs_library
def test_seven_days_of_the_standard_policy() -> None:
    """Nothing is lost, and the backlog is gone before the next pass."""
    told = suffer(DAYS, standard())
    assert [*broken(told, 0)] == []
    expected = sum(standard().octets(DAYS * DAY).values())
    assert 0.8 * expected < told.octets < 1.25 * expected
    assert told.caught_up < 15 * 60


@needs_library
@pytest.mark.timeout(1_800)  # 40 seconds of a core, which a busy machine may not give
def test_days_that_nearly_fill_the_spool() -> None:
    """Nothing is lost, and several passes' data overtakes a backlog of 200 MiB."""
    told = full(days=SHORT)
    assert [*broken(told)] == []
    assert told.octets > 200 * MIB
    assert len(told.live) >= 2 * LEAST


def test_the_load_is_the_policy_s() -> None:
    """Each cadence of the policy is there, with an envelope for each class of it."""
    policy = standard_policy()
    cadences = {
        rule.every
        for rules in policy.purposes
        for rule in rules.datasets
        if rule.every is not None
    }
    assert {part.every for part in standard().parts} == cadences
    for part in standard().parts:
        assert part.envelopes == loads.classes(policy, part.every)[part.kind]
    assert loads.classes(policy, 900) == {SpoolClass.METRIC: 1, SpoolClass.EVENT: 1}


def test_a_spool_is_filled_class_by_class() -> None:
    """Sizes are what takes nine tenths of each quota in the time."""
    found = filling(DAYS * DAY, 0.9).octets(DAYS * DAY)
    assert found == pytest.approx(
        {kind: 0.9 * quota(kind) for kind in SpoolClass if kind in found}
    )
    assert set(found) == set(SpoolClass) - {SpoolClass.CONTROL}


@pytest.mark.parametrize(
    ("live", "caught_up", "wrongs"),
    [
        ((1, 2, 60), 60_000.0, []),
        ((1, 2, 61), 60.0, ["what was new waited 61 s for the backlog"]),
        ((1, 2), 60.0, ["2 live envelopes: it is not known whether they starve"]),
        ((1, 2, 3), 60_600.0, ["catching up took 10.1% of the outage"]),
        ((1, 2, 3), 30.0, ["the backlog went in 30 s, which is no pace"]),
    ],
)
def test_what_an_outage_breaks_is_told(
    live: tuple[int, ...], caught_up: float, wrongs: list[str]
) -> None:
    """Live data that starves, too little of it to know, and a slow catch-up."""
    octets = 60 * PACE_MINIMUM_RATE  # a minute at the pace
    told = Told(600_000.0, 9, octets, caught_up, live, (), ())
    assert [*broken(told)] == wrongs
