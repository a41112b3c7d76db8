# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent` and a collector that is away, another one, or refuses.

Rules: the program as a person runs it; each collector listens for real.
Not here: other mistakes (`test_cli.py`).
"""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from agent_program import call, fails
from collector_fixture import Collector, listening, problem
from device_fixture import enrolled, move
from installation_fixture import Installation, install

from agent.spool.spool import open_spool
from agent.state import State
from wire.token import format_token

pytestmark = pytest.mark.slow


@pytest.fixture
def state(tmp_path: Path, installation: Installation) -> State:
    """Return the state of an enrolled device whose collector is away."""
    found = enrolled(tmp_path / "state", installation)
    open_spool(found.spool, int(time.time())).close()
    return found


def test_no_network(tmp_path: Path, state: State, installation: Installation) -> None:
    """Without the collector there is a code of its own, and the data stays."""
    token = format_token(installation.token("https://127.0.0.1:1"))
    fails(5, "--state", tmp_path / "new", "enrol", token)
    assert "stays in the spool" in fails(5, "--state", state.directory, "once")
    _, output, _ = call("--state", state.directory, "status", "--json")
    assert "collector" in json.loads(output)["failing"]


def test_a_collector_that_is_another(
    tmp_path: Path, installation: Installation, state: State
) -> None:
    """Another collector at the address is a matter of trust."""
    other = install(tmp_path)
    with listening(Collector(other), tmp_path) as server:
        token = format_token(installation.token(server.url))
        fails(4, "--state", tmp_path / "new", "enrol", token)
        move(state, server.url)
        fails(4, "--state", state.directory, "once")


def test_a_refusal(tmp_path: Path, installation: Installation) -> None:
    """A refusal has a code of its own and is worded by us."""
    collector = Collector(installation)
    collector.refusals = {"/v1/enrol": [problem("token-used", 403)]}
    with listening(collector, tmp_path) as server:
        token = format_token(installation.token(server.url))
        line = fails(6, "--state", tmp_path / "new", "enrol", token)
    assert "used before" in line


def test_a_clock_that_fits_nothing(tmp_path: Path) -> None:
    """Before any signed time a policy of another time is a matter of the clock."""
    old = install(tmp_path, int(time.time()) - 3 * 365 * 86_400)
    state = enrolled(tmp_path / "state", old)
    assert "clock" in fails(8, "--state", state.directory, "once")


def test_a_clock_that_went_wrong_is_mended(
    tmp_path: Path, installation: Installation, state: State
) -> None:
    """Where the collector refuses the clock, `once` fetches signed time and goes on."""
    collector = Collector(installation, drift=1_800)
    collector.refusals = {"/v1/poll": [problem("clock-skew", 403)]}
    with listening(collector, tmp_path) as server:
        move(state, server.url)
        code, output, errors = call("--state", state.directory, "once", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(output)["sent"]["envelopes"] == len(collector.envelopes) > 0


def test_ctrl_c_is_no_defect(state: State) -> None:
    """Ctrl-C in a command that waits ends it with 130 and one line."""
    heard = ["env", "--default-signal=INT"]  # a job in the background does not hear it
    with socket.create_server(("127.0.0.1", 0)) as listener:
        move(state, f"https://127.0.0.1:{listener.getsockname()[1]}")
        with subprocess.Popen(
            [*heard, sys.executable, "-m", "agent", "--state", state.directory, "once"],
            stderr=subprocess.PIPE,
            text=True,
        ) as agent:
            connection, _ = listener.accept()
            with connection:
                agent.send_signal(2)
                _, errors = agent.communicate(timeout=60)
    assert (agent.returncode, errors) == (130, "discreet-agent: stopped\n")
