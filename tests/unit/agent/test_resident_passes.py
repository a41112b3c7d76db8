# SPDX-License-Identifier: Apache-2.0
"""When the resident agent begins a pass: not with all others, and on battery.

Rules: the real loop over a real state directory and real passes; a collector that
cannot be reached; what weighs on the machine is a recorded tree.
Not here: the decisions (`test_governor_burden.py`), ending (`test_resident.py`).
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from device_fixture import enrolled
from host_fixture import write_tree
from installation_fixture import Installation, install

from agent.budget import START_PASS_SECONDS
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.fared import recall
from agent.governor.restraint import Restraint
from agent.host.burden import LinuxGauge
from agent.identity import load
from agent.logs import Log
from agent.resident import Resident
from agent.schedule import start_wait
from agent.state import State

pytestmark = pytest.mark.slow
TURNS = 2
BATTERY = {
    "/sys/class/power_supply/BAT0/type": b"Battery\n",
    "/sys/class/power_supply/BAT0/status": b"Discharging\n",
}


@dataclass
class Turns:
    """Lets the agent make some turns without resting, then ends it."""

    left: int = TURNS

    def rest(self, seconds: float) -> bool:
        """Tell whether the turns are over."""
        del seconds
        self.left -= 1
        return self.left < 0

    def anew(self) -> bool:
        """Have no settings read anew."""
        return False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Break nothing off."""
        yield

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Break no wait off."""
        yield


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of a device whose collector is out of reach."""
    return enrolled(tmp_path / "state", installation)


def events(state: State, machine: Path, started: float, *, at_once: bool) -> list[str]:
    """Run the agent for some turns, and return what it logged."""
    log = io.StringIO()
    resident = Resident(
        state,
        Courier(About("0.1.0", "Debian 12")),
        Log(log),
        Turns(),
        started,
        restraint=Restraint(LinuxGauge(machine, 2)),
        at_once=at_once,
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
