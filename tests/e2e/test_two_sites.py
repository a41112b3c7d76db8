# SPDX-License-Identifier: Apache-2.0
"""Two agents in two sites: each obeys the policy of its own, and sends no more.

Rules: both programs are the installed ones, the machine is a recorded tree; the
collector runs as it ships.
Not here: what a captured gate may try (`tests/unit/server/test_rollout.py`).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary_machine import canary_machine
from collector_process import Collector, collector, run

from policies import preset

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Collector]:
    """Run a collector."""
    with collector(tmp_path / "collector") as running:
        yield running


class Machine:
    """A machine with an agent that enrolled at a site."""

    def __init__(self, made: Collector, folder: Path, site: str) -> None:
        """Enrol it by a token for the site."""
        self.folder, self.state = folder, folder / "agent"
        canary_machine(folder / "machine").log("Nov 24 05:00:00 host kernel[7]: up.")
        token = made.token("--site", site)
        self.said = run("discreet-agent", "enrol", token, state=self.state).stdout

    def passes(self) -> dict[str, object]:
        """Poll, collect and ship once; return what the agent says of its policy."""
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        subprocess.run(
            [sys.executable, AGENT, self.folder / "machine", self.state],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=120,
            check=True,
        )
        told = run("discreet-agent", "status", "--json", state=self.state).stdout
        return dict(json.loads(told))


def devices_of(made: Collector, purpose: str, dataset: str) -> set[str]:
    """Return the devices of which there is something for a purpose."""
    text = made.ask(
        *("query", "--purpose", purpose, "--reason", "test", "--ticket", "T-1"),
        *("--format", "json"),
        f"SELECT DISTINCT device FROM {dataset}",  # noqa: S608 - the test's own words
    )
    return {json.loads(line)["device"] for line in text.splitlines()}


def obeyed(told: dict[str, object]) -> tuple[object, ...]:
    """Return name and target of the policy, and for what is collected."""
    return told["policy"], told["policy_for"], told["purposes"]


def test_each_site_obeys_its_own_policy(made: Collector, tmp_path: Path) -> None:
    """Berlin is bound to less, and gives less; a stage goes to the pilot and back."""
    both = 'readers = ["administrator", "technician"]'
    text = preset("minimal").decode().replace('readers = ["technician"]', both)
    small = tmp_path / "small.toml"
    small.write_text(text)
    bonn = Machine(made, tmp_path / "bonn", "bonn")
    made.ask("policy", "bind", "site:berlin", str(small))
    berlin = Machine(made, tmp_path / "berlin", "berlin")
    assert "no policy yet" in berlin.said
    listed = json.loads(made.ask("device", "list", "--json"))
    ids = {one["site"]: one["device"] for one in listed}
    made.ask("device", "tag", "laptops", "--site", "berlin")  # places it at once
    assert obeyed(berlin.passes()) == ("minimal", "site:berlin", "provision")
    everything = obeyed(bonn.passes())
    assert everything[:2] == ("standard", "published")
    assert "support" in str(everything[2])
    made.ask("ticket", "open", "T-1")
    assert devices_of(made, "support", "event_logs") == {ids["bonn"]}
    found = devices_of(made, "provision", "agent_health")
    assert found == {ids["bonn"], ids["berlin"]}
    made.ask("device", "tag", "pilot", ids["bonn"])
    made.ask("policy", "stage", "site:bonn", str(small), "--first", "pilot")
    assert obeyed(bonn.passes()) == ("minimal", "site:bonn", "provision")
    status = json.loads(made.ask("policy", "status", "--json"))
    staged = {one["target"]: one["staged"] for one in status["bindings"]}
    counted = staged["site:bonn"]["devices"], staged["site:bonn"]["heard_since"]
    assert counted == (1, 1)
    made.ask("policy", "rollback", "site:bonn")
    assert obeyed(bonn.passes()) == everything
    assert obeyed(berlin.passes()) == ("minimal", "site:berlin", "provision")
