# SPDX-License-Identifier: Apache-2.0
"""A real agent and a real collector, killed meanwhile, accounted for to the record.

Rules: both programs are the installed ones, the machine is a recorded tree.
Not here: what the account shows (`tests/unit/server/test_commands_accounting.py`).
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """Start one full pass of the agent, in a process group of its own."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, AGENT, folder / "machine", folder / "agent"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def account(made: Collector, *arguments: str) -> dict[str, object]:
    """Return what the command says in JSON; it must end with success."""
    (device,) = json.loads(made.ask("device", "list", "--json"))
    asked = ("accounting", "--device", device["device"], "--json", *arguments)
    return dict(json.loads(made.ask(*asked)))


def test_it_balances_through_kills(tmp_path: Path) -> None:
    """Each record that the spool accepted is in the account, and its rows are there."""
    draw = random.Random(20261128)  # noqa: S311 - moments to kill at, no secret
    canary_machine(tmp_path / "machine")
    with collector(tmp_path / "collector") as made:
        run("discreet-agent", "enrol", made.token(), state=tmp_path / "agent")
        assert begin(tmp_path).wait(60) == 0
        for turn in range(6):
            lines = [f"Nov 24 05:00:00 host cupsd[7]: line {turn}.{n}" for n in (1, 2)]
            canary_machine(tmp_path / "machine").log(*lines)
            agent = begin(tmp_path)
            time.sleep(draw.uniform(0.05, 0.9))
            if agent.poll() is None:
                os.killpg(agent.pid, signal.SIGKILL)
            agent.wait(30)
            if turn == 2:
                made.kill()
                made.start()
        for _ in range(2):
            assert begin(tmp_path).wait(60) == 0
        made.ask("ticket", "open", "T-1")
        verify = ("--verify", "--purpose", "support", "--reason", "test")
        told = account(made, *verify, "--ticket", "T-1")
        (chain,) = told["chains"]  # type: ignore[misc, attr-defined] # JSON
        assert chain["accepted"] > 0
        assert chain["visible"] == chain["accepted"]
        assert (chain["difference"], chain["under_way"], chain["gap"]) == (0, 0, {})
        assert chain["missing"] == []
        counted = told["verified"]
        assert isinstance(counted, dict)
        assert counted["rows"] == counted["records"] > 0
        assert (counted["wrong"], counted["unopened"]) == ({}, {})
