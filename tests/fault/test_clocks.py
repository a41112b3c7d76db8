# SPDX-License-Identifier: Apache-2.0
"""The agent on a machine whose clock is ten years off, or jumps by ten while it runs.

Rules: the real programs; the system's clock is another one for the agent alone, and the
monotonic one is true, as on a machine whose battery is empty or that wakes up.
Not here: what is believed of time (`tests/unit/agent/test_clock.py`), clocks that jump
among other faults (`test_simulation.py`).
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.collector_process import BIN, Collector
from tests.ill_disks import PATIENCE_SECONDS
from tests.mounting import why_no_mounts
from tests.quiet_agent import minutely, started

STORIES = {
    "behind": ["-10y", "-10y"],
    "ahead": ["+10y", "+10y"],
    "jumps": ["+0", "+10y", "-10y"],
}
"""What the clock is set to, each until something more has arrived."""
JITTER_SECONDS = 3
"""Two clocks this close are equal to the agent, and a pass takes a moment."""
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
SELECT = "SELECT epoch(timestamp) AS told FROM host_metrics ORDER BY told"
pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # each story waits for slots of a minute
    pytest.mark.skipif(LIBRARY is None, reason="install faketime: another clock"),
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]


def told(server: Collector, folder: Path, settings: Sequence[str]) -> list[bool]:
    """Return what is true of the agent's life through settings of its clock."""
    folder.mkdir()
    setting, state = folder / "clock", folder / "state"
    setting.write_text(settings[0])
    variables = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    began = time.time()
    enrolled = subprocess.run(
        [BIN / "discreet-agent", "--state", state, "enrol", server.token()],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    device = enrolled.stdout.split("as device ")[1].split()[0]
    agent = started(state, **variables)
    agent.settle()
    # the last one twice: as it ends, what it has read since a jump has left, too
    for later in (*settings[1:], settings[-1]):
        setting.write_text(later)
        assert agent.goes_on(PATIENCE_SECONDS) is not None, agent.log.read_text()
    agent.process.send_signal(signal.SIGTERM)
    code, ended = agent.process.wait(60), time.time()
    asked = ("--device", device, "--reason", "test", "--purpose", "provision")
    lines = server.ask("query", *asked, "--format", "json", SELECT).splitlines()
    times = [json.loads(line)["told"] for line in lines]
    read = sum(event["records"] for event in agent.events("pass"))
    account = server.ask("accounting", "--device", device, "--json")
    (chain,) = json.loads(account)["chains"]
    arrived = chain["visible"] + chain["later"]  # than the last poll
    return [
        code == 0,
        len(set(times)) == len(times) == read == arrived >= len(settings),
        all(began - JITTER_SECONDS <= one <= ended + JITTER_SECONDS for one in times),
        (chain["difference"], chain["gap"], chain["dropped"]) == (0, {}, 0),
    ]


def test_no_clock_harms_what_is_sent(tmp_path: Path) -> None:
    """All arrives once, at the true time; nothing is dropped for its age."""
    with minutely(tmp_path) as server, ThreadPoolExecutor(len(STORIES)) as pool:
        lives = {
            name: pool.submit(told, server, tmp_path / name, settings)
            for name, settings in STORIES.items()
        }
        found = {name: life.result() for name, life in lives.items()}
    assert found == dict.fromkeys(STORIES, [True] * 4)
