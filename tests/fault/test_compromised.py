# SPDX-License-Identifier: Apache-2.0
"""A captured collector has nothing run at a device that people did not agree to.

Rules: some hundred tries, each way and each state of the device among them.
Not here: a hundred thousand (`python -m tests.compromised`), a technician's browser
(`tests/e2e/test_blind_signing.py`).
"""

import shutil
import time
from pathlib import Path
from random import Random

import pytest

from tests.compromised import batch, people, whole
from tests.compromised.__main__ import unreached
from tests.compromised.batch import Tally
from tests.compromised.captured import Captured
from tests.compromised.machine import machine
from tests.compromised.situations import SITUATIONS
from tests.compromised.ways import ALTERED, CARRIED, PROVEN

pytestmark = [pytest.mark.fault, pytest.mark.slow]
EACH = 80
"""Every way of an ordinary device once."""


def test_nothing_runs_that_was_not_shown_in_words() -> None:
    """Each way is answered by a check it aims at; what was shown in words runs once."""
    found = Tally()
    found.add(batch.play(0, EACH))
    others = range(1, 2 * len(SITUATIONS) - 1, 2)
    for seed in others:
        found.add(batch.play(seed, 12))
    assert (found.run, found.lost, found.astray) == (0, 0, {})
    assert found.controls == len(others) + 1
    assert unreached(found) == []


def test_a_device_that_was_not_told_of_a_removal_is_found() -> None:
    """The same tries get through where nobody was removed."""
    found = batch.play(0, EACH, removed=False)
    assert found.run > 0
    assert "by who was removed" in {name for name, _ in found.astray}


def test_a_machine_that_was_set_back_answers_the_same_alone(tmp_path: Path) -> None:
    """Set back as a whole it may run again what was signed for it, and nothing else."""
    with batch.installed() as made:
        server = Captured(made, int(time.time()))
        device = machine(tmp_path / "device", made)
        device.incarnation()  # so that there is a spool to be set back to
        device.close()
        state, copy = device.state.directory, tmp_path / "copy"
        shutil.copytree(state, copy)
        target = batch.shown_in_words(server, device, removed=True)
        ran = device.begun()
        device.close()
        shutil.rmtree(state)
        shutil.copytree(copy, state)
        server.removals = server.list_of((people.GONE.identity,))
        device.poll(server)
        draw = Random("set back")  # noqa: S311 - repeats itself
        for way in (*ALTERED, *PROVEN, *CARRIED):
            if way.name != "once more":
                server.orders = [target.seal(way.forge(target, draw))]
                device.poll(server)
                device.work_off()
        assert device.begun() == []
        server.orders = [target.seal(target.done)]
        device.poll(server)
        device.work_off()
        assert device.begun() == ran
        device.close()


@pytest.mark.e2e
def test_nothing_runs_in_an_agent_s_own_process() -> None:
    """Over TLS, polls and children of its own, a process refuses the same."""
    found = whole.play(0, len((*ALTERED, *PROVEN, *CARRIED)))
    assert (found.run, found.lost, found.astray) == (0, 0, {})
    assert found.controls == 1
