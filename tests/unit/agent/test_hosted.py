# SPDX-License-Identifier: Apache-2.0
"""The resident agent under a service manager: what is heard of it, and what it hears.

Rules: the agent's loop as a process, a datagram socket in systemd's place, a collector
that is really there and says nothing.
Not here: systemd itself, the end (`test_resident.py`).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import Installation, install

from agent.identity import HELD
from agent.state import State, write

if sys.platform == "win32":
    pytest.skip("systemd is of Linux", allow_module_level=True)

pytestmark = pytest.mark.slow
PATIENCE = 60.0
HOSTED = """
import os, sys
from service.hosted import run
from service.contract import Part
from service.notify import notifier
if "defect" in sys.argv:
    from agent.delivery.courier import Courier
    def session(self, device, trust):
        raise ZeroDivisionError
    Courier.session = session
sys.exit(run(Part.AGENT, ["--now", "--state", sys.argv[1]], notifier(os.environ)))
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


def device(directory: Path, installation: Installation, url: str) -> State:
    """Return the state of a device that has no policy: its first act is a poll."""
    state = enrolled(directory, installation)
    state.bundle.unlink()
    held = HELD.decode(state.identity.read_bytes(), 2**20)
    write(state.identity, HELD.encode(replace(held, url=url)))
    return state


class Ear:
    """Listens in systemd's place."""

    def __init__(self, path: Path) -> None:
        """Listen at a path."""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)

    def hears(self, begin: str) -> str:
        """Return the next message that begins so; what comes before is passed over."""
        while True:
            message = self.socket.recv(1_000).decode()
            if message.startswith(begin):
                return message

    def heard(self) -> list[str]:
        """Return what is there by now."""
        self.socket.settimeout(0.0)
        found: list[str] = []
        try:
            while True:
                found.append(self.socket.recv(1_000).decode())
        except BlockingIOError:
            return found


@contextmanager
def hosted(
    state: State, ear: Ear, *words: str, watchdog: float = PATIENCE
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the agent as systemd would, until the end of the block."""
    environment = os.environ | {
        "NOTIFY_SOCKET": ear.socket.getsockname(),
        "WATCHDOG_USEC": str(int(watchdog * 1_000_000)),
    }
    with subprocess.Popen(
        [sys.executable, "-c", HOSTED, state.directory, *words],
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


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
