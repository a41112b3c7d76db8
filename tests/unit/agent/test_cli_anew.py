# SPDX-License-Identifier: Apache-2.0
"""`enrol TOKEN --anew` is allowed where the collector refuses, which is asked first.

Rules: the program as a person runs it, against the real gate.
Not here: what becomes of the old identity (`test_anew.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_program import call, fails
from collector_fixture import fill
from installation_fixture import Installation, install, running_gate

from agent.device import Device
from agent.identity import load
from agent.spool.change import Owed
from agent.spool.spool import open_spool
from agent.state import State
from server.store.interface import DeviceState
from wire.purposes import Purpose
from wire.token import format_token

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[tuple[Installation, State, str]]:
    """Return a collector whose gate runs, an enrolled device, the gate's address."""
    (tmp_path / "collector").mkdir()
    installation = install(tmp_path / "collector")
    with running_gate(installation) as gate:
        url = f"https://127.0.0.1:{gate.port}"
        token = format_token(installation.token(url))
        state = State(tmp_path / "state")
        code, _, errors = call("--state", state.directory, "enrol", token)
        assert (code, errors) == (0, "")
        yield installation, state, url
    installation.store.close()


def test_a_device_in_good_standing_keeps_its_identity(
    joined: tuple[Installation, State, str],
) -> None:
    """Where the collector takes the device's data nothing is given up, nor a token."""
    installation, state, url = joined
    device = load(state).device
    token = format_token(installation.token(url))
    line = fails(2, "--state", state.directory, "enrol", token, "--anew")
    assert "needs no new identity" in line
    assert load(state).device == device
    code, _, _ = call("--state", state.directory.parent / "other", "enrol", token)
    assert code == 0


@pytest.mark.parametrize("standing", [DeviceState.QUARANTINED, DeviceState.REVOKED])
def test_a_refused_device_gets_a_new_identity(
    joined: tuple[Installation, State, str], standing: DeviceState
) -> None:
    """A device that is refused for good joins anew, and owes what it had not sent."""
    installation, state, url = joined
    who = load(state)
    spool = open_spool(state.spool, int(time.time()))
    fill(Device(state, who, spool), 2)
    spool.close()
    installation.store.set_state(installation.tenant, who.device, standing)
    used = format_token(installation.token("https://127.0.0.1:1"))
    fails(5, "--state", state.directory, "enrol", used, "--anew")
    assert load(state).device == who.device
    token = format_token(installation.token(url))
    code, output, errors = call("--state", state.directory, "enrol", token, "--anew")
    assert (code, errors) == (0, "")
    fresh = load(state).device
    assert fresh != who.device
    assert fresh.hex() in output
    spool = open_spool(state.spool, int(time.time()))
    ((owed, since),) = [(item, item.since) for item in spool.owed()]
    spool.close()
    assert owed == Owed(Purpose.SECURITY, "standard", None, since, "forked")


def test_a_person_may_insist(joined: tuple[Installation, State, str]) -> None:
    """With --force a device in good standing joins anew without being asked about."""
    installation, state, url = joined
    device = load(state).device
    token = format_token(installation.token(url))
    call("--state", state.directory, "enrol", token, "--anew", "--force")
    assert load(state).device != device


def test_wrong_uses_are_told(joined: tuple[Installation, State, str]) -> None:
    """--force alone, and --anew where nobody is enrolled, are mistakes of use."""
    installation, state, url = joined
    token = format_token(installation.token(url))
    fails(2, "--state", state.directory, "enrol", token, "--force")
    other = state.directory.parent / "other"
    assert "leave --anew out" in fails(2, "--state", other, "enrol", token, "--anew")
