# SPDX-License-Identifier: Apache-2.0
"""The agent on disks that fill up, are taken away, or fail: it waits and goes on.

Rules: the real programs, on real small file systems; no crash, next to no processor
time while it waits, and all goes on by itself once the disk is well.
Not here: which writes a disk loses (`test_simulation.py`), kills (`test_kills.py`).
"""

from pathlib import Path

import pytest

from tests.ill_disks import ILLNESSES, lives, minutely, mounts

SHARE = 0.01
"""Of one processor, while it can do nothing."""
pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # each illness lasts longer than a test does otherwise
    pytest.mark.skipif(
        not mounts(), reason="a small file system is mounted, as root may"
    ),
]


def test_it_waits_and_goes_on(tmp_path: Path) -> None:
    """Whatever ails the disk, the agent idles, lives, and then ships again."""
    with minutely(tmp_path) as server:
        found = lives(server, tmp_path, ILLNESSES)
    told = {
        name: (life.share < SHARE, life.well is not None, life.code)
        for name, life in found.items()
    }
    assert told == dict.fromkeys(ILLNESSES, (True, True, 0)), found
