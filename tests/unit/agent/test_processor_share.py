# SPDX-License-Identifier: Apache-2.0
"""Passes take their share of a processor on average, and nothing waits for ever.

Rules: the resident agent's own decision over a real spool, minute by minute of virtual
days; what a pass costs is the test's.
Not here: battery and busy machines (`test_governor_burden.py`), the loop around it
(`test_resident_passes.py`).
"""

import io
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from installation_fixture import standard
from spool_fixture import Queue
from turns_room import Turns

from agent.budget import (
    LATE_SECONDS,
    PASS_PROCESSOR_SECONDS,
    PROCESSOR_SHARE,
    PROCESSOR_SHARE_SECONDS,
    STILL_SECONDS,
)
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.device import Device
from agent.governor.patience import Bucket
from agent.governor.restraint import Restraint
from agent.host.burden import LinuxGauge
from agent.logs import Log
from agent.resident import Resident

MINUTE, HOUR, DAY = 60, 3_600, 86_400
DAYS = 2
SAVED = PROCESSOR_SHARE * PROCESSOR_SHARE_SECONDS


def awake(machine: Path) -> Restraint:
    """Return what holds back on a machine that never sleeps and is never busy."""
    return Restraint(LinuxGauge(machine, 2), Bucket(at=0.0), slept=lambda: 0.0)


def agent(held: Queue, machine: Path) -> Resident:
    """Return an agent that began at the moment 0."""
    machine.mkdir()
    return Resident(
        *(held.state, Courier(About("0.1.0", "Debian 12")), Log(io.StringIO())),
        *(Turns(), 0.0),
        restraint=awake(machine),
    )


def passes(held: Queue, machine: Path, cost: float) -> list[int]:
    """Return the minutes of some days in which a pass began that cost so much."""
    resident = agent(held, machine)
    device, policy = Device(held.state, held.who, held.spool), standard()
    began = []
    for moment in range(0, DAYS * DAY, MINUTE):
        now = held.now + moment
        wanted, rest = resident._wanted(device, policy, now, float(moment))
        if not wanted:
            assert rest > 0
            continue
        with held.spool.transaction() as change:
            for purpose, dataset in resident.passes.tried:
                change.set_pass(purpose.value, dataset, now)
        resident.passes.at = now
        resident.restraint.spent(cost, float(moment))
        began.append(moment)
    return began


@pytest.mark.slow  # a commit for each virtual pass
@pytest.mark.parametrize("cost", [46.0, float(PASS_PROCESSOR_SECONDS)])
def test_dear_passes_take_their_share(held: Queue, tmp_path: Path, cost: float) -> None:
    """Between any two passes of two days no more was spent than time has given."""
    began = passes(held, tmp_path / "machine", cost)
    for (first, one), (second, other) in combinations(enumerate(began), 2):
        spent = (second - first) * cost
        assert spent <= SAVED + (other - one) * PROCESSOR_SHARE + 1e-6
    average = len(began) * cost / (DAYS * DAY)
    assert 0.9 < average / PROCESSOR_SHARE < 1.1


@pytest.mark.slow  # a commit for each virtual pass
@pytest.mark.parametrize("cost", [46.0, float(PASS_PROCESSOR_SECONDS)])
def test_no_pass_waits_longer_than_it_has_to(
    held: Queue, tmp_path: Path, cost: float
) -> None:
    """What is due every quarter hour comes as soon as the last pass is paid for."""
    began = passes(held, tmp_path / "machine", cost)
    assert began[0] == 0
    between = [second - first for first, second in pairwise(began)]
    assert max(between) <= cost / PROCESSOR_SHARE + MINUTE
    assert max(between) < LATE_SECONDS


@pytest.mark.slow  # a commit for each virtual pass
def test_cheap_passes_wait_for_nothing(held: Queue, tmp_path: Path) -> None:
    """Passes that stay below the share come in every slot of the policy."""
    began = passes(held, tmp_path / "machine", 8.9)
    slot = 15 * MINUTE  # its phase is the device's: the first may be in its last minute
    assert (began[0], slot >= began[1]) == (0, True)
    assert {second - first for first, second in pairwise(began[1:])} == {slot}
    assert began[-1] >= DAYS * DAY - slot


def test_what_is_owed_is_bounded() -> None:
    """Whatever a pass took, the next one comes within six hours."""
    assert Bucket(at=0.0).without(10_000.0, 5.0).rest(5.0) == pytest.approx(
        LATE_SECONDS
    )
    assert PASS_PROCESSOR_SECONDS / PROCESSOR_SHARE < LATE_SECONDS


def test_to_the_second() -> None:
    """A pass waits until what is owed is paid, and not a second longer."""
    owed = Bucket(at=0.0).without(SAVED + 10, 0.0)
    assert owed.rest(0.0) == pytest.approx(1_000)
    assert owed.rest(400.0) == pytest.approx(600)
    assert owed.rest(1_000.001) == 0.0
    assert Bucket(at=0.0).without(SAVED, 0.0).rest(0.0) == 0.0


def test_a_killed_pass_comes_again_within_the_hour(tmp_path: Path) -> None:
    """Its second kill, after which that is not read, is not put off for hours."""
    restraint = awake(tmp_path)
    for moment in (0.0, 3_600.0, 7_200.0):
        assert restraint.rest(moment) == 0.0
        restraint.spent(PASS_PROCESSOR_SECONDS, moment, killed=True)
        assert restraint.rest(moment + 15 * MINUTE) <= 45 * MINUTE
    restraint = awake(tmp_path)
    restraint.spent(PASS_PROCESSOR_SECONDS, 0.0, killed=True)
    assert restraint.rest(15 * MINUTE) == 0.0


def test_time_asleep_is_time_too(tmp_path: Path) -> None:
    """After a night in which the machine slept nothing is owed any more."""
    restraint = Restraint(LinuxGauge(tmp_path, 2), Bucket(at=0.0), slept=lambda: night)
    night = 100.0
    restraint.spent(SAVED + 100, 0.0)
    assert restraint.rest(1_000.0) == pytest.approx(9_000)
    night += 8 * HOUR
    assert restraint.rest(1_000.0) == 0.0
    assert (restraint.look(1_000.0), restraint.held) == (False, False)
    restraint.spent(SAVED + 1, 1_000.0)
    assert restraint.rest(1_000.0) == pytest.approx(100)


def test_dear_crashes_are_found_out(held: Queue, tmp_path: Path) -> None:
    """A rest between two begins nothing anew; while it lasts, none is blamed."""
    resident = agent(held, tmp_path / "machine")
    device, policy = Device(held.state, held.who, held.spool), standard()
    crashes, moment = list[float](), 0.0
    while len(crashes) < 2:
        now = held.now + int(moment)
        wanted, _ = resident._wanted(device, policy, now, moment)
        assert resident.progress.moves(moment)
        if wanted:
            resident.passes.at = now
            resident.progress.passed(moment, crashed=True)
            resident.restraint.spent(SAVED + 20, moment)
            crashes.append(moment)
        moment += MINUTE
    assert crashes[1] - crashes[0] > STILL_SECONDS
    assert resident._wanted(device, policy, held.now + int(moment), moment)[1] > 0
    assert not resident.progress.moves(moment)
