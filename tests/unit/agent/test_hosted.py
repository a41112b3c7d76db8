# SPDX-License-Identifier: Apache-2.0
"""The resident agent under a service manager: what is heard of it, and what it hears.

Rules: the agent's loop as a process, a datagram socket in systemd's place, a collector
that is really there and says nothing.
Not here: systemd itself, the end (`test_resident.py`), a state directory that goes
(`test_footing.py`).
"""

import json
import signal
import sys
import time
from pathlib import Path

import pytest
from hosted_fixture import PATIENCE, Ear, device, hosted
from installation_fixture import Installation

if sys.platform == "win32":
    pytest.skip("systemd is of Linux", allow_module_level=True)

pytestmark = pytest.mark.slow


def test_a_loop_that_turns_is_heard(tmp_path: Path, installation: Installation) -> None:
    """Ready once, a beat for each turn, a reason for people, and an end."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, "https://127.0.0.1:1")
    with hosted(state, ear) as process:
        ear.hears("READY=1")
        told = ear.hears("STATUS=")
        ear.hears("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        ear.hears("STOPPING=1")
        assert process.wait(PATIENCE) == 0
    assert told == (
        "STATUS=the collector is not reached (unreachable); data stays here"
    )


def test_a_loop_that_rests_beats_in_time(
    tmp_path: Path, installation: Installation
) -> None:
    """However long it may rest, it turns three times in the time of a watchdog."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, "https://127.0.0.1:1")
    with hosted(state, ear, watchdog=3.0):
        ear.hears("READY=1")
        began = time.monotonic()
        for _ in range(4):
            ear.hears("WATCHDOG=1")
        assert time.monotonic() - began < PATIENCE / 2


def test_a_defect_in_each_turn_is_no_life(
    tmp_path: Path, installation: Installation
) -> None:
    """A process that is up and whose turns all fail feeds no watchdog."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, "https://127.0.0.1:1")
    with hosted(state, ear, "defect", watchdog=1.0) as process:
        ear.hears("READY=1")
        lines = iter(process.stderr or ())
        events = [json.loads(next(lines)) for _ in range(4)]
        assert [one["event"] for one in events] == ["started", *["turn-failed"] * 3]
        assert "WATCHDOG=1" not in ear.heard()


def test_a_reload_breaks_off_a_wait_and_loses_nothing(
    tmp_path: Path, installation: Installation
) -> None:
    """SIGHUP has it read its settings anew, tell so, and go on as it was."""
    ear = Ear(tmp_path / "notify")
    state = device(tmp_path / "state", installation, "https://127.0.0.1:1")
    with hosted(state, ear) as process:
        ear.hears("WATCHDOG=1")
        (state.directory / "network.toml").write_text("proxy = 7\n")
        process.send_signal(signal.SIGHUP)
        assert "\nMONOTONIC_USEC=" in ear.hears("RELOADING=1")
        ear.hears("READY=1")
        (state.directory / "network.toml").write_text('proxy = "direct"\n')
        process.send_signal(signal.SIGHUP)
        ear.hears("RELOADING=1")
        ear.hears("READY=1")
        ear.hears("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        log = (process.stderr or iter(())).read()
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert [one for one in events if one.startswith("reload")] == [
        "reload-refused",
        "reloaded",
    ]
    assert (events[0], events[-1]) == ("started", "stopped")
