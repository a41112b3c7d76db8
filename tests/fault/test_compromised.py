# SPDX-License-Identifier: Apache-2.0
"""A captured collector has nothing run at a device that people did not agree to.

Rules: some hundred tries, each way and each state of the device among them.
Not here: a hundred thousand (`python -m tests.compromised`), a technician's browser
(`tests/e2e/test_blind_signing.py`).
"""

import pytest

from tests.compromised import batch, whole
from tests.compromised.__main__ import unreached
from tests.compromised.batch import Tally
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


@pytest.mark.e2e
def test_nothing_runs_in_an_agent_s_own_process() -> None:
    """Over TLS, polls and children of its own, a process refuses the same."""
    found = whole.play(0, len((*ALTERED, *PROVEN, *CARRIED)))
    assert (found.run, found.lost, found.astray) == (0, 0, {})
    assert found.controls == 1
