# SPDX-License-Identifier: Apache-2.0
"""What disk health says when it may not, or cannot, ask the disks.

Rules: recorded machines; the real host.
Not here: what every collector promises (`tests/contract/test_collectors.py`).
"""

from pathlib import Path

import pytest

from agent.collectors import disk_health
from agent.errors import DeniedError, UnsupportedError
from agent.rows import Example, Reading, Want
from tests.host_fixture import recorded_host
from wire.catalogue import System

DISK = {"/sys/block/sda/size": b"8\n"}
STATE = {"/sys/block/sda/device/state": b"running\n"}
VERDICT = frozenset({"system.device", "smart_passed", "state"})


def read(folder: Path, files: dict[str, bytes], euid: int) -> Reading:
    """Read a recorded machine without smartctl."""
    example = Example(System.LINUX, "", (), files=files, facts={"euid": euid})
    return disk_health.read_linux(recorded_host(example, folder), Want(VERDICT))


def test_denied(tmp_path: Path) -> None:
    """Without root, and with a kernel that says nothing, the outcome is denied."""
    with pytest.raises(DeniedError):
        read(tmp_path, DISK, 1000)


def test_not_installed(tmp_path: Path) -> None:
    """Without smartctl the outcome says what is missing."""
    with pytest.raises(UnsupportedError, match="no-smartctl"):
        read(tmp_path, DISK, 0)


@pytest.mark.parametrize("euid", [0, 1000])
def test_what_the_kernel_says_counts(tmp_path: Path, euid: int) -> None:
    """The kernel's word is told, and the disk not asked is counted."""
    reading = read(tmp_path, STATE, euid)
    assert [row.value("state") for row in reading.rows] == ["running"]
    assert reading.skipped == 1


def test_one_disk_is_asked_for_what_is_wanted(tmp_path: Path) -> None:
    """Nobody is asked where only the kernel's word is wanted."""
    example = Example(System.LINUX, "", (), files=STATE, facts={"euid": 0})
    host = recorded_host(example, tmp_path)
    disk_health.read_linux(host, Want(frozenset({"state"})))
    assert "/sys/block/sda/device/state" in host.asked
    assert not any(asked.startswith("read-disk-health") for asked in host.asked)
