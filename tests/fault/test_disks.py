# SPDX-License-Identifier: Apache-2.0
"""The agent on disks that fill up, are taken away, or fail: it waits and goes on.

Rules: the real programs, on real small file systems; each illness is one that the agent
is refused by; no crash, few tries while it waits, and all goes on by itself once the
disk is well; bounds are of processor time, and of the time in which nothing on this
machine had to wait, so that a busy one keeps them as well; where that leaves out most,
it is said that nobody can tell.
Not here: which writes a disk loses (`test_simulation.py`), kills (`test_kills.py`), the
same by the clock (`bench/recovery.py`).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ill_disks import (
    ENROLLED_AGAIN,
    FLAPPING,
    ILLNESSES,
    WELL,
    WITHOUT_SPOOL,
    Life,
    lives,
)
from tests.mounting import why_no_mounts
from tests.quiet_agent import minutely
from tests.unhindered import INCONCLUSIVE

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


def kept(name: str, life: Life) -> dict[str, bool]:
    """Tell which promises a life has kept, and whether the illness was one.

    Args:
        name: of the illness.
        life: with it.
    """
    ill, well = life.ill, life.well
    soon = well is not None and not well.late(WELL_SECONDS, ill.others)
    return {
        "lives": life.code == 0,
        "rests": ill.tries <= MOST,
        "takes little": ill.share <= SHARE,
        "is refused": (ill.refused > 0) is (name != WITHOUT_SPOOL),
        "ships": name == FLAPPING or (ill.shipped > 0) is (name == WITHOUT_SPOOL),
        "goes on": soon,
        "takes no damage": life.aside == 0,
    }


def test_it_waits_and_goes_on(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Whatever ails the disk, the agent idles, lives, and then ships again.

    Before, it ships nothing, as an agent beside it does whose disk is well; but where
    only its spool is gone, it makes another, and waits for nothing. It is the device
    that it was, with the spool that it had, but where a person has enrolled the machine
    again.
    """
    with minutely(tmp_path) as server:
        found = lives(server, tmp_path, [*ILLNESSES, WELL])
    for name, life in found.items():
        if life.well and (unsure := life.well.unsure(WELL_SECONDS, life.ill.others)):
            record_property(INCONCLUSIVE, f"disk {name}, then well: {unsure}")
    broken = {
        name: [promise for promise, held in kept(name, life).items() if not held]
        for name, life in found.items()
    }
    healthy = {WELL: ["is refused", "ships"]}
    assert broken == {name: [] for name in ILLNESSES} | healthy, found
    others = {name for name, life in found.items() if not life.same}
    assert others == {ENROLLED_AGAIN}, found
    anew = {name for name, life in found.items() if life.anew}
    assert anew == {ENROLLED_AGAIN, WITHOUT_SPOOL}, found
