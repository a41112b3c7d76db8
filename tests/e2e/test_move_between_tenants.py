# SPDX-License-Identifier: Apache-2.0
"""A machine goes from one tenant to another: another device there, its history stays.

Rules: two collectors and one agent, as people run them.
Not here: leaving without a network (`tests/unit/agent/test_leaving.py`).
"""

import json
from pathlib import Path

import pytest

from tests.collector_process import Collector, collector, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def devices_heard(made: Collector) -> set[str]:
    """Return the devices of which a collector has something to read."""
    text = made.ask(
        *("query", "--purpose", "provision", "--reason", "test", "--format", "json"),
        "SELECT DISTINCT device FROM agent_health",
    )
    return {json.loads(line)["device"] for line in text.splitlines()}


def test_a_move_makes_another_device_and_leaves_the_history(tmp_path: Path) -> None:
    """Keys and id are new; the old tenant keeps what it was sent, the new has none."""
    state = tmp_path / "state"

    def passes() -> str:
        run("discreet-agent", "once", state=state)
        told = json.loads(run("discreet-agent", "status", "--json", state=state).stdout)
        assert told["waiting"] == 0
        return str(told["device"])

    with (
        collector(tmp_path / "first", "minimal") as old,
        collector(tmp_path / "second", "minimal") as new,
    ):
        run("discreet-agent", "enrol", old.token(), state=state)
        before = passes()
        identity = (state / "identity.cbor").read_bytes()
        run("discreet-agent", "forget", "--yes", state=state)
        run("discreet-agent", "enrol", new.token("--site", "berlin"), state=state)
        after = passes()
        assert (devices_heard(old), devices_heard(new)) == ({before}, {after})
        (left,) = json.loads(old.ask("device", "list", "--json"))
        (come,) = json.loads(new.ask("device", "list", "--json"))
    assert (left["device"], left["state"]) == (before, "gone")
    assert (come["device"], come["state"]) == (after, "active")
    assert come["site"] == "berlin"
    assert before != after
    assert (state / "identity.cbor").read_bytes() != identity
