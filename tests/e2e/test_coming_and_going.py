# SPDX-License-Identifier: Apache-2.0
"""A machine leaves, a copy of it comes, and their collector knows both.

Rules: both programs as a person runs them.
Not here: each part's own mistakes (`tests/unit/agent/test_unattended.py`,
`tests/unit/agent/test_leaving.py`).
"""

import json
from pathlib import Path

import pytest

from tests.collector_process import collector, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_device_comes_and_goes(tmp_path: Path) -> None:
    """A machine that leaves is gone for its collector, and its copy is another one."""
    state, copy = tmp_path / "state", tmp_path / "copy"
    with collector(tmp_path / "collector", "minimal") as made:
        run("discreet-agent", "enrol", made.token(), state=state)
        run("discreet-agent", "once", state=state)
        status = run("discreet-agent", "status", "--json", state=state).stdout
        first = json.loads(status)["device"]
        told = run("discreet-agent", "prepare-image", state=state).stdout
        run("discreet-agent", "enrol", made.token(), state=copy)
        devices = json.loads(made.ask("device", "list", "--json"))
    assert f"device {first} is gone" in told
    states = {one["device"]: one["state"] for one in devices}
    assert sorted(states.values()) == ["active", "gone"]
    assert states[first] == "gone"
    assert list(state.iterdir()) == []
