# SPDX-License-Identifier: Apache-2.0
"""The whole path with real processes, and kill -9 at any moment of it.

Rules: what a log holds is numbered, so that one line lost or doubled is seen; both
programs are the installed ones, the machine is a recorded tree.
Not here: hostile messages (`test_gate.py`), what may be read (`tests/privacy`).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary_machine import canary_machine
from collector_process import BIN, Collector, collector, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"
LINES = 40


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Collector]:
    """Run a collector."""
    with collector(tmp_path / "collector") as running:
        running.ask("ticket", "open", "T-1")
        yield running


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """Start one full pass of the agent, in a process group of its own."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, AGENT, folder / "machine", folder / "agent"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


PROGRAMS = ("kernel", "cupsd", "smartd", "dpkg")
"""Several, for of one a pass takes so many lines and counts the rest."""


def log(folder: Path, first: int) -> int:
    """Write numbered lines; return the next number."""
    canary_machine(folder / "machine").log(
        *(
            f"Nov 24 05:00:00 host {PROGRAMS[n % len(PROGRAMS)]}[7]: event number {n}."
            for n in range(first, first + LINES)
        )
    )
    return first + LINES


def numbers(made: Collector) -> list[int]:
    """Return the numbers of all lines that support can read, in order."""
    text = made.ask(
        *("query", "--purpose", "support", "--reason", "test", "--ticket", "T-1"),
        *("--format", "json"),
        "SELECT message FROM event_logs WHERE message LIKE 'event number %'",
    )
    messages = [json.loads(line)["message"] for line in text.splitlines()]
    return sorted(int(text.rstrip(".").rpartition(" ")[2]) for text in messages)


def status(folder: Path) -> dict[str, object]:
    """Return what the agent tells of itself."""
    told = run("discreet-agent", "status", "--json", state=folder / "agent").stdout
    return dict(json.loads(told))


def test_nothing_is_lost_and_nothing_twice_when_both_are_killed(
    tmp_path: Path, made: Collector
) -> None:
    """Through kills of agent and collector at random moments each line arrives once."""
    draw = random.Random(20261124)  # noqa: S311 - moments to kill at, no secret
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(60) == 0
    written = log(tmp_path, 0)
    killed = 0
    for turn in range(12):
        agent = begin(tmp_path)
        time.sleep(draw.uniform(0.05, 0.9))
        if agent.poll() is None:
            os.killpg(agent.pid, signal.SIGKILL)
            killed += 1
        agent.communicate(timeout=30)
        # the test kills, no reader does: none is to be struck out for it
        (tmp_path / "agent" / "intent").unlink(missing_ok=True)
        written = log(tmp_path, written)
        if turn % 4 == 1:
            made.kill()
            made.start()
    assert killed > 3
    assert begin(tmp_path).wait(60) == 0
    assert numbers(made) == list(range(written))
    made.ask("ledger", "verify")
    run("discreet-agent", "ledger", state=tmp_path / "agent")
    devices = json.loads(made.ask("device", "list", "--json"))
    assert "quarantined" not in json.dumps(devices)
    told = status(tmp_path)
    assert (told["waiting"], told["refused"]) == (0, 0)
    assert told["confirmed_through"] == told["envelopes_so_far"]


def test_a_collector_that_is_away_loses_nothing(
    tmp_path: Path, made: Collector
) -> None:
    """Passes without a collector stay in the spool, and arrive when it is back."""
    canary_machine(tmp_path / "machine")
    run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
    assert begin(tmp_path).wait(60) == 0
    made.kill()
    written = 0
    for _ in range(3):
        written = log(tmp_path, written)
        agent = begin(tmp_path)
        _, told = agent.communicate(timeout=60)
        assert agent.returncode == 5
        assert b"stays in the spool" in told
    assert "collector" in str(status(tmp_path)["failing"])
    made.start()
    assert begin(tmp_path).wait(60) == 0
    assert numbers(made) == list(range(written))
    assert status(tmp_path)["failing"] == ""


def test_the_resident_agent_collects_ships_and_ends(
    tmp_path: Path, made: Collector
) -> None:
    """`run` makes its first pass by itself, ships it, and ends on SIGTERM."""
    state = tmp_path / "agent"
    run("discreet-agent", "enrol", made.token(), state=state)
    with (tmp_path / "log").open("wb") as log_file:
        agent = subprocess.Popen(
            [BIN / "discreet-agent", "--state", state, "run", "--now"], stderr=log_file
        )
    until = time.monotonic() + 120
    events: list[dict[str, object]] = []
    while not any(event["event"] == "ship" for event in events):
        assert agent.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < until, (tmp_path / "log").read_text()
        time.sleep(0.2)
        lines = (tmp_path / "log").read_text().splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]
    agent.send_signal(signal.SIGTERM)
    assert agent.wait(30) == 0
    done = [event for event in events if event["event"] == "pass"]
    assert done
    assert done[0]["envelopes"]
    assert done[0]["withheld"] == 0
    shown = made.ask("query", "--purpose", "security", "--reason", "test")
    assert "software" in shown
