# SPDX-License-Identifier: Apache-2.0
"""A spool on a full disk whose blocks are smaller than a page of memory.

Rules: a real file system, filled to the last block; the spool is in a process of its
own, for what is to be seen is that it lives.
Not here: a whole agent (`test_disks.py`), what fits a full disk
(`tests/unit/agent/test_spool_disk.py`).
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agent.errors import StateError
from agent.spool.spool import Spool, open_spool
from tests.mounting import why_no_mounts
from tests.small_disk import EXT4, Disk, mounted

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(why_no_mounts() != "", reason=why_no_mounts()),
]
KIB = 1024
ROOMS = range(0, 256, 4)
"""KiB that are left free."""
WRITES = 300
"""So many touch all of what the database maps."""
Story = Callable[[Disk, int], None]


def fill(disk: Disk, room: int) -> None:
    """Leave so many KiB, and no more."""
    spare = disk.at / "spare"
    spare.write_bytes(b"x" * room * KIB)
    disk.fill()
    spare.unlink()


def write(spool: Spool) -> None:
    """Remember many numbers, as far as the disk takes them."""
    with suppress(StateError):
        for number in range(WRITES):
            spool.set_value(f"number-{number}", number)


def opened_before(disk: Disk, room: int) -> None:
    """Fill the disk while the spool is open."""
    spool = open_spool(disk.at / "spool.sqlite", 0)
    fill(disk, room)
    write(spool)
    spool.close()


def opened_after(disk: Disk, room: int) -> None:
    """Open the spool on a full disk."""
    open_spool(disk.at / "spool.sqlite", 0).close()
    fill(disk, room)
    with suppress(StateError):
        spool = open_spool(disk.at / "spool.sqlite", 0)
        write(spool)
        spool.close()


@pytest.mark.parametrize("story", [opened_before, opened_after])
def test_no_room_is_an_error_and_no_end(tmp_path: Path, story: Story) -> None:
    """However much or little is free, the process lives, and hears that it is full."""
    with mounted(tmp_path / "disk", EXT4) as disk:
        block = os.statvfs(disk.at).f_bsize
        assert block < os.sysconf("SC_PAGESIZE")
        for room in ROOMS:
            if not (child := os.fork()):
                story(disk, room)
                os._exit(0)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code == 0, f"{room} KiB free"
            for path in disk.at.iterdir():
                if path.is_file():
                    path.unlink()
