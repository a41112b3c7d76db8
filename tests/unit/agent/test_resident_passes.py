# SPDX-License-Identifier: Apache-2.0
"""When the resident agent begins a pass: not with all others, and on battery.

Rules: the real loop over a real state directory and real passes; a collector that
cannot be reached; what weighs on the machine is a recorded tree.
Not here: the decisions (`test_governor_burden.py`), ending (`test_resident.py`).
"""

import io
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from canary_machine import canary_machine
from deadly_host import DeadlyHost
from device_fixture import enrolled
from host_fixture import write_tree
from installation_fixture import Installation, standard
from turns_room import Turns

from agent.budget import START_PASS_SECONDS
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.fared import recall
from agent.governor.patience import Bucket
from agent.governor.restraint import Restraint
from agent.host.burden import LinuxGauge
from agent.host.interface import Host
from agent.identity import load
from agent.logs import Log
from agent.resident import Resident
from agent.schedule import next_slot, start_wait
from agent.state import State

pytestmark = pytest.mark.slow
BATTERY = {
    "/sys/class/power_supply/BAT0/type": b"Battery\n",
    "/sys/class/power_supply/BAT0/status": b"Discharging\n",
}
CALM_SECONDS = 300
"""In which no slot begins: what was read is due again with the next one."""


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of a device none of whose slots begins within the test."""
    for number in range(100):  # of three devices two are such
        found = enrolled(tmp_path / f"state{number}", installation)
        now = int(time.time())
        slot = next_slot(standard(), load(found).device, now)
        if slot is not None and slot - now > CALM_SECONDS:
            return found
    pytest.fail("no device has a slot before it")


def events(
    state: State,
    machine: Path,
    started: float,
    *,
    at_once: bool,
    restraint: Restraint | None = None,
    host: Host | None = None,
) -> list[str]:
    """Run the agent for some turns, and return what it logged."""
    log = io.StringIO()
    resident = Resident(
        state,
        Courier(About("0.1.0", "Debian 12")),
        Log(log),
        Turns(),
        started,
        restraint=restraint or Restraint(LinuxGauge(machine, 2)),
        at_once=at_once,
        host=host,
    )
    resident.run()
    return [json.loads(line)["event"] for line in log.getvalue().splitlines()]


def test_the_first_pass_waits_for_its_moment(state: State, tmp_path: Path) -> None:
    """A device begins at its own moment after the start, and at once if told to."""
    wait = start_wait(load(state).device)
    assert 0 <= wait < START_PASS_SECONDS
    early = time.monotonic() - wait + 60
    assert "pass" not in events(state, tmp_path, early, at_once=False)
    late = time.monotonic() - wait - 1
    assert events(state, tmp_path, late, at_once=False).count("pass") == 1


def test_at_once_is_at_once(state: State, tmp_path: Path) -> None:
    """Who is told to begin waits for no moment."""
    begun = events(state, tmp_path, time.monotonic(), at_once=True)
    assert begun.count("pass") == 1


def test_the_first_exchange_waits_for_no_moment(state: State, tmp_path: Path) -> None:
    """Who is told to begin asks the collector in its first turn."""
    state.bundle.unlink()  # without a policy there is no pass before it
    begun = events(state, tmp_path, time.monotonic(), at_once=True)
    assert begun[:2] == ["started", "exchange-failed"]


def test_on_battery_the_log_says_so(state: State, tmp_path: Path) -> None:
    """What was never read is read even then; the log tells when it begins and ends."""
    write_tree(tmp_path, BATTERY)
    held = events(state, tmp_path, time.monotonic(), at_once=True)
    assert (held.count("held-back"), held.count("pass")) == (1, 1)
    assert held.index("held-back") < held.index("pass")
    fared = {one.collector: one.outcome for one in recall(state)}
    assert fared["operating_systems"] == "ok"


def test_what_is_owed_keeps_only_passes_waiting(state: State, tmp_path: Path) -> None:
    """After a dear pass none begins; the agent still asks the collector."""
    now = time.monotonic()
    owing = Restraint(LinuxGauge(tmp_path, 2), Bucket(-50.0, now), slept=lambda: 0.0)
    held = events(state, tmp_path, now, at_once=True, restraint=owing)
    assert (held.count("held-back"), held.count("pass")) == (1, 0)
    assert "exchange-failed" in held


@dataclass
class Counted(Restraint):
    """Keeps of each pass that it counts whether that was killed."""

    kills: list[bool] = field(default_factory=list)

    def spent(self, seconds: float, moment: float, *, killed: bool = False) -> None:
        """Count the processor time of a pass."""
        self.kills.append(killed)
        super().spent(seconds, moment, killed=killed)


def test_a_pass_that_is_killed_has_cost_what_it_took(
    state: State, tmp_path: Path
) -> None:
    """What a pass took is owed, however it ended; of a kill the restraint is told."""
    now = time.monotonic()
    restraint = Counted(LinuxGauge(tmp_path, 2), Bucket(at=now), slept=lambda: 0.0)
    host = DeadlyHost(canary_machine(tmp_path / "machine").host())
    held = events(state, tmp_path, now, at_once=True, restraint=restraint, host=host)
    assert held.count("pass-killed") == 1
    assert restraint.bucket.left < Bucket().left
    assert restraint.kills == [True]
