# SPDX-License-Identifier: Apache-2.0
"""The agent on disks that fill up, are taken away, or fail: it waits and goes on.

Rules: the real programs, on real small file systems; no crash, few tries while it
waits, and all goes on by itself once the disk is well.
Not here: which writes a disk loses (`test_simulation.py`), kills (`test_kills.py`),
what the tries cost (`bench/recovery.py`).
"""

from pathlib import Path

import pytest

from tests.ill_disks import ILLNESSES, lives, minutely
from tests.mounting import why_no_mounts

MOST = 5
"""Tries in 75 s: one for each rest of 45 s and each minute, and one in flight."""
SHARE = 0.2
"""Of one processor: less than any loop that does not rest, however busy the machine."""
pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # each illness lasts longer than a test does otherwise
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]


def test_it_waits_and_goes_on(tmp_path: Path) -> None:
    """Whatever ails the disk, the agent idles, lives, and then ships again."""
    with minutely(tmp_path) as server:
        found = lives(server, tmp_path, ILLNESSES)
    told = {
        name: (life.tries <= MOST, life.share < SHARE, life.well is not None, life.code)
        for name, life in found.items()
    }
    assert told == dict.fromkeys(ILLNESSES, (True, True, True, 0)), found
