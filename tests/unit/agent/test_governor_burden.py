# SPDX-License-Identifier: Apache-2.0
"""On battery and on busy machines reading is put off, and never left out.

Rules: recorded trees of machines, decisions over days of virtual time.
Not here: Windows' own answers (`tests/wine`).
"""

from collections import Counter
from pathlib import Path

import pytest
from host_fixture import write_tree
from hypothesis import given, settings
from hypothesis import strategies as st
from installation_fixture import standard

from agent.budget import LATE_SECONDS, START_PASS_SECONDS
from agent.governor.patience import Bucket, holds_back, stretched
from agent.governor.restraint import Restraint
from agent.host import this_gauge
from agent.host.burden import Burden, LinuxGauge, minute
from agent.schedule import due, start_wait

DEVICE = bytes(range(16))
QUARTER, SIX_HOURS, DAY = 900, 21_600, 86_400
SUPPLY = "/sys/class/power_supply"
CALM = b"some avg10=3.00 avg60=49.99 avg300=1.00 total=7\nfull avg10=0.00 avg60=0.00"
WAITS = b"some avg10=0.00 avg60=50.00 avg300=1.00 total=7\nfull avg10=0.00 avg60=0.00"
STALLS = b"some avg10=0.00 avg60=90.00 avg300=1.00 total=7\nfull avg10=0.00 avg60=50.00"
SHORT = b"some avg10=0.00 avg60=10.00 avg300=1.00 total=7\nfull avg10=0.00 avg60=0.00"


def supply(name: str, **told: str) -> dict[str, bytes]:
    """Return the files of one power supply."""
    return {f"{SUPPLY}/{name}/{item}": f"{told[item]}\n".encode() for item in told}


def pressure(cpu: bytes, io: bytes = CALM, memory: bytes = b"") -> dict[str, bytes]:
    """Return the files of PSI."""
    folder = "/proc/pressure"
    return {f"{folder}/cpu": cpu, f"{folder}/io": io, f"{folder}/memory": memory}


MAINS = supply("AC", type="Mains", online="1")
UNPLUGGED = supply("AC", type="Mains", online="0")
EMPTYING = supply("BAT0", type="Battery", status="Discharging")
FULL = supply("BAT0", type="Battery", status="Full")
MOUSE = supply("hid", type="Battery", status="Discharging", scope="Device")
UPS = supply("ups", type="UPS", status="Discharging")


@pytest.mark.parametrize(
    ("files", "battery"),
    [
        ({}, False),
        (UNPLUGGED | EMPTYING, True),
        (EMPTYING, True),
        (UPS, True),
        (MAINS | EMPTYING, False),
        (UNPLUGGED | FULL, False),
        (MOUSE, False),
        (supply("BAT0", type="Battery"), False),
        (supply("BAT0", type="\x00", status="Discharging"), False),
    ],
)
def test_on_battery(tmp_path: Path, files: dict[str, bytes], *, battery: bool) -> None:
    """Only a machine whose own battery gives all that it takes is on battery."""
    write_tree(tmp_path, files)
    assert LinuxGauge(tmp_path, 2).burden() == Burden(battery=battery)


@pytest.mark.parametrize(
    ("files", "busy"),
    [
        (pressure(CALM), False),
        (pressure(WAITS), True),
        (pressure(CALM, io=STALLS), True),
        (pressure(CALM, io=WAITS), False),
        (pressure(CALM, memory=SHORT), True),
        ({"/proc/loadavg": b"3.99 0.1 0.1 1/9 9"}, False),
        ({"/proc/loadavg": b"4.00 0.1 0.1 1/9 9"}, True),
        (pressure(CALM) | {"/proc/loadavg": b"99 9 9 1/9 9"}, False),
        ({"/proc/loadavg": b"nan"}, False),
        ({"/proc/loadavg": b"\xff" * 99}, False),
        (pressure(b"some avg60=inf"), False),
        (pressure(b"some\nfull avg60=99"), False),
    ],
)
def test_busy(tmp_path: Path, files: dict[str, bytes], *, busy: bool) -> None:
    """Where work waits, or memory is short, for much of a minute, others go first."""
    write_tree(tmp_path, files)
    assert LinuxGauge(tmp_path, 2).burden() == Burden(busy=busy)


def test_this_machine_can_be_told() -> None:
    """The kernel that this runs on is understood, whatever weighs on it."""
    found = this_gauge().burden()
    assert {found.battery, found.busy} <= {True, False}
    told = Path("/proc/pressure/cpu")
    if told.exists():
        assert minute(told.read_text(), "some") is not None


def test_a_quarter_as_often_and_six_hours_late_at_most() -> None:
    """What is quick becomes four times as slow, what is slow six hours slower."""
    assert stretched(QUARTER) == 4 * QUARTER
    assert stretched(SIX_HOURS) == 2 * SIX_HOURS
    assert stretched(DAY) == DAY + LATE_SECONDS


def gaps(now: int, spells: list[tuple[int, bool]]) -> dict[tuple[str, str], list[int]]:
    """Return the seconds between readings of each dataset, looked at each minute.

    Args:
        now: the start, at which everything is read.
        spells: minutes, and whether the machine is burdened in them.
    """
    last: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, str], list[int]] = {}
    for minutes, burdened in spells:
        for _ in range(minutes):
            ready = due(
                standard(),
                DEVICE,
                last,
                now,
                burdened=burdened,
            )
            for purpose, dataset in ready:
                name = (purpose.value, dataset)
                found.setdefault(name, [])
                if name in last:
                    found[name].append(now - last[name])
                last[name] = now
            now += 60
    return found


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(
    st.integers(0, 2**31),
    st.lists(st.tuples(st.integers(1, 2_000), st.booleans()), max_size=8),
)
def test_nothing_starves(now: int, spells: list[tuple[int, bool]]) -> None:
    """However the burden comes and goes, nothing waits longer than is promised."""
    found = gaps(now, [*spells, (2 * DAY // 60, True)])
    for rules in standard().purposes:
        for rule in rules.datasets:
            if rule.every is None:  # read on request only
                continue
            between = found[rules.purpose.value, rule.dataset]
            assert between
            assert max(between) <= stretched(rule.every) + 60


@pytest.mark.slow
def test_a_week_on_battery_is_a_quarter_of_the_passes() -> None:
    """Over seven days each quarter-hourly dataset is read every hour."""
    found = gaps(1_763_950_000, [(7 * DAY // 60, True)])
    quick = [
        len(found[rules.purpose.value, rule.dataset])
        for rules in standard().purposes
        for rule in rules.datasets
        if rule.every == QUARTER
    ]
    assert quick
    assert set(quick) == {7 * 24}


def test_a_burden_that_ends_is_made_up_for_at_once() -> None:
    """What was put off is read as soon as there is something to spare."""
    started, minutes = 1_763_950_000, 41
    at_the_end = {
        burdened: [
            name
            for name, times in gaps(started, [(minutes, True), (1, burdened)]).items()
            if sum(times) == minutes * 60
        ]
        for burdened in (True, False)
    }
    assert at_the_end[True] == []
    assert at_the_end[False] != []


def test_a_share_of_one_processor() -> None:
    """A pass dearer than an hour's share holds the next ones back until it is paid."""
    calm, full = Burden(), Bucket(at=0.0)
    assert not holds_back(calm, full.without(35.9, 10.0), 10.0)
    dry = full.without(46.0, 10.0)
    assert holds_back(calm, dry, 10.0)
    assert holds_back(calm, dry, 1_000.0)
    assert not holds_back(calm, dry, 1_020.0)
    assert Bucket(at=0.0).later(1e9).left == 36.0


@pytest.mark.parametrize("burden", [Burden(battery=True), Burden(busy=True)])
def test_either_burden_holds_back(burden: Burden) -> None:
    """On battery or busy: one is enough."""
    assert holds_back(burden, Bucket(), 0.0)


def test_a_change_is_told_once(tmp_path: Path) -> None:
    """The log hears when holding back begins and ends, not each time."""
    restraint = Restraint(LinuxGauge(tmp_path, 2))
    write_tree(tmp_path, EMPTYING)
    assert (restraint.look(0.0), restraint.held) == (True, True)
    assert (restraint.look(60.0), restraint.held) == (False, True)
    write_tree(tmp_path, MAINS)
    assert (restraint.look(120.0), restraint.held) == (True, False)
    restraint.spent(100.0, 130.0)
    assert (restraint.look(130.0), restraint.held) == (True, True)


def test_first_passes_are_spread() -> None:
    """A thousand devices that start together begin evenly over five minutes."""
    waits = [start_wait(number.to_bytes(16, "big")) for number in range(1_000)]
    assert min(waits) >= 0.0
    assert max(waits) < START_PASS_SECONDS
    tenths = Counter(int(wait / START_PASS_SECONDS * 10) for wait in waits)
    assert len(tenths) == 10
    assert min(tenths.values()) > 70
    assert max(tenths.values()) < 130
