# SPDX-License-Identifier: Apache-2.0
"""What weighs on a Windows machine, as its kernel32 tells.

Rules: the real calls; nothing is asserted of how busy the machine happens to be.
Not here: what is made of it (`tests/unit/agent/test_governor_burden.py`).
"""

import pytest
from wine_fixture import Windows

pytestmark = [pytest.mark.wine, pytest.mark.slow]
LOOKS = """
import json, time
from agent.host import this_gauge
from agent.host import windows_burden
gauge = this_gauge()
first = gauge.burden()
before = windows_burden._times()
until = time.process_time() + 1
while time.process_time() < until:
    pass
idle, there = (b - a for a, b in zip(before, windows_burden._times()))
print(json.dumps([first.battery, first.busy, (there - idle) / 10_000_000 > 0.5]))
"""


def test_power_and_processors_are_told(windows: Windows) -> None:
    """A machine on its power line is told so, and work shows in its clocks."""
    assert windows.told(LOOKS) == [False, False, True]
