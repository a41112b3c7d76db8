# SPDX-License-Identifier: Apache-2.0
"""The doctor and leaving, on Windows: without a service and without a network.

Rules: the program as an installer and an uninstaller run it.
Not here: what each look finds (`tests/unit/agent/test_doctor.py`).
"""

import json
import time
from pathlib import Path

import pytest
from device_fixture import enrolled
from installation_fixture import install
from wine_fixture import Windows

from agent.spool.spool import open_spool

pytestmark = [pytest.mark.wine, pytest.mark.slow]


def test_a_device_is_looked_at_and_leaves(windows: Windows, tmp_path: Path) -> None:
    """Each look has a line there too, and nothing but settings is left by `forget`."""
    state = enrolled(tmp_path / "state", install(tmp_path))
    open_spool(state.spool, int(time.time())).close()
    (state.directory / "agent.toml").write_text('log = "warning"\n')
    looked = windows.agent(state.directory, "doctor", "--json", code=1).stdout
    levels = {one["check"]: one["level"] for one in json.loads(looked)}
    assert levels["settings"] == levels["disk"] == levels["enrolment"] == "ok"
    assert levels["network"] == "fail"
    told = windows.agent(state.directory, "forget", "--yes").stdout
    assert "could not be told" in told
    assert [path.name for path in state.directory.iterdir()] == ["agent.toml"]
