# SPDX-License-Identifier: Apache-2.0
"""The state of every release that was recorded is read by this one.

Rules: files as that release wrote them, with what waited when it ended; an agent that
is updated, or put back, loses nothing of it.
Not here: spools of versions before the first release (`test_spool_upgrade.py`).
"""

from pathlib import Path

import pytest
from collector_fixture import fill

from agent.device import at_work
from agent.identity import load, pseudonym_keys, trusted
from agent.state import State
from tests.recorded.record import FOLDER, restored
from wire.purposes import Purpose

RECORDED = sorted(FOLDER.glob("state-*.json"))


def test_there_are_recordings() -> None:
    """At least one release is recorded: without any, nothing below would be tried."""
    assert RECORDED


@pytest.mark.parametrize("place", RECORDED, ids=lambda place: place.stem)
def test_a_recorded_state_goes_on(place: Path, tmp_path: Path) -> None:
    """Identity, policy, keys, cursors and what waits are there; more can be added."""
    told = restored(place, tmp_path / "state")
    state, now = State(tmp_path / "state"), int(str(told["now"]))
    who = load(state)
    trust = trusted(state, who, now)
    assert who.device.hex() == told["device"]
    assert trust.policy.policy.purposes
    assert pseudonym_keys(state, who, trust.root)
    with at_work(state, who) as device:
        facts = device.spool.facts()
        assert (facts.waiting, facts.sequence) == (told["waiting"], told["sequence"])
        assert device.spool.cursor(Purpose.SECURITY.value, "lines") == b"41"
        fill(device, 1)
        assert device.spool.facts().sequence == facts.sequence + 1
