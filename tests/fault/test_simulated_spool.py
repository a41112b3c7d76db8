# SPDX-License-Identifier: Apache-2.0
"""The real spool on a disk that fails, step by step.

Rules: the disk is simulated, the spool is not.
Not here: whole worlds (`test_simulation.py`), SQLite alone (`test_simulated_disk.py`).
"""

from contextlib import closing
from pathlib import Path

import pytest
from simulation.dice import dice
from simulation.disk import Disk
from simulation.needed import LIBRARY, needs_library
from simulation.vfs import opened

from agent.errors import StateError
from agent.spool.spool import open_spool

pytestmark = [pytest.mark.fault, needs_library]


def test_what_cannot_be_read_is_not_damaged(tmp_path: Path) -> None:
    """A disk that gives no page for a while costs tries and never a sound spool."""
    assert LIBRARY is not None
    path = tmp_path / "spool.sqlite"
    refused = 0
    with opened(LIBRARY, dice(1, "sqlite"), alone=True) as door:
        disk = Disk(dice(1, "disk"))
        door.mount(tmp_path, disk)
        with closing(open_spool(path, 1)) as spool:
            incarnation = spool.incarnation()
            for number in range(3_000):
                with spool.transaction() as change:
                    change.set_cursor("support", f"dataset{number}", bytes(200))
        disk.blind = 0.005
        for moment in range(60):
            try:
                open_spool(path, moment).close()
            except StateError:
                refused += 1
        disk.blind = 0.0
        with closing(open_spool(path, 100)) as spool:
            assert spool.incarnation() == incarnation
    assert refused > 0
    assert list(tmp_path.glob("*.corrupt-*")) == []
