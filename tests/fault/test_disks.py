# SPDX-License-Identifier: Apache-2.0
"""The agent on disks that fill up, are taken away, or fail: it waits and goes on.

Rules: the real programs, on real small file systems; no crash, few tries while it
waits, and all goes on by itself once the disk is well; bounds are of processor time,
and of the time in which nothing on this machine had to wait, so that a busy one keeps
them as well.
Not here: which writes a disk loses (`test_simulation.py`), kills (`test_kills.py`), the
same by the clock (`bench/recovery.py`).
"""

from pathlib import Path

import pytest

from tests.ill_disks import ENROLLED_AGAIN, ILLNESSES, Life, lives
from tests.mounting import why_no_mounts
from tests.quiet_agent import minutely

MOST = 5
"""Tries in 75 s: one for each rest of 45 s and each minute, and one in flight."""
SHARE = 0.02
"""Of one processor, while it waits: twice what is promised, for a busy machine takes
more processor time for the same; the benchmark holds it against the promise."""
WELL_SECONDS = 60.0
"""Until it ships what it reads once the disk is well."""
pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(900),  # each illness lasts longer than a test does otherwise
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]


def kept(life: Life) -> dict[str, bool]:
    """Tell which promises a life has kept."""
    return {
        "lives": life.code == 0,
        "rests": life.tries <= MOST,
        "takes little": life.share <= SHARE,
        "goes on": life.well is not None and life.well.unhindered <= WELL_SECONDS,
        "takes no damage": life.aside == 0,
    }


def test_it_waits_and_goes_on(tmp_path: Path) -> None:
    """Whatever ails the disk, the agent idles, lives, and then ships again.

    It is the device that it was, but where a person has enrolled the machine again.
    """
    with minutely(tmp_path) as server:
        found = lives(server, tmp_path, ILLNESSES)
    broken = {
        name: [promise for promise, held in kept(life).items() if not held]
        for name, life in found.items()
    }
    assert broken == {name: [] for name in ILLNESSES}, found
    others = {name for name, life in found.items() if not life.same}
    assert others == {ENROLLED_AGAIN}, found
