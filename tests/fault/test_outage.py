# SPDX-License-Identifier: Apache-2.0
"""After seven days without a network all arrives, and what is new waits for nothing.

Rules: the real agent, gate and store in virtual time.
Not here: outages among other faults (`test_simulation.py`).
"""

import pytest
from simulation.needed import needs_library
from simulation.outage import SHARE, suffer

pytestmark = [pytest.mark.fault, pytest.mark.slow, needs_library]


def test_seven_days() -> None:
    """Nothing is lost, the backlog is soon gone, and live data is stored meanwhile."""
    told = suffer(7, 0.1)
    assert told.wrongs == ()
    assert told.backlog > 1_000
    assert told.share < SHARE
    assert told.live
    assert told.live[-1] < 60
