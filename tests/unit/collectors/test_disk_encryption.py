# SPDX-License-Identifier: Apache-2.0
"""Disk encryption: what is read, what joins, and what is not known.

Not here: whole machines (`_examples/disk_encryption.py`).
"""

from pathlib import Path

import pytest

from agent.collectors import collector
from agent.collectors._linux.layers import parse_method
from agent.errors import UnsupportedError
from agent.rows import Want
from tests.host_fixture import recorded_host
from tests.windows_fixture import RecordedWindows
from wire.catalogue import System

ITEM = collector("disk_encryption")
LINUX = [e for e in ITEM.examples if e.system is System.LINUX]


@pytest.mark.parametrize(
    ("uuid", "expected"),
    [
        ("CRYPT-LUKS2-3f0c9a5d2b6e4f71-root", "luks2"),
        ("CRYPT-LUKS1-3f0c9a5d2b6e4f71-root", "luks1"),
        ("CRYPT-PLAIN-swap", "plain"),
        ("CRYPT-BITLK-3f0c9a5d-usb", "bitlocker"),
        ("CRYPT-VERITY-3f0c9a5d-usr", None),
        ("CRYPT-INTEGRITY-x", None),
        ("LVM-CRYPT-LUKS2", None),
        ("mpath-CRYPT-LUKS2-x", None),
        ("", None),
    ],
)
def test_methods(uuid: str, expected: str | None) -> None:
    """Only a mapping that encrypts is told as one."""
    assert parse_method(uuid) == expected


def test_no_device_is_opened(tmp_path: Path) -> None:
    """The mount table and /sys are read, and of devices at most where a link leads."""
    host = recorded_host(LINUX[1], tmp_path)
    ITEM.readers[System.LINUX](host, Want(frozenset({"encrypted"})))
    outside = {path for path in host.asked if not path.startswith("/sys/")}
    assert outside == {"/proc/self/mounts", "/dev/vg/mixed"}


def test_points_alone_need_no_layers(tmp_path: Path) -> None:
    """Asked only where something is mounted, the mount table is all that is read."""
    host = recorded_host(LINUX[0], tmp_path)
    want = Want(frozenset({"system.filesystem.mountpoint"}))
    ITEM.readers[System.LINUX](host, want)
    assert host.asked == ["/proc/self/mounts"]


def test_what_is_not_known_is_counted(tmp_path: Path) -> None:
    """A file system of which it is not known is counted, not told as plain."""
    reading = ITEM.readers[System.LINUX](
        recorded_host(LINUX[2], tmp_path), Want(frozenset({"encrypted"}))
    )
    assert [row.value("encrypted") for row in reading.rows] == [None] * 5
    assert reading.skipped == 5


def test_a_windows_without_bitlocker_says_so() -> None:
    """Where there is no BitLocker, that nothing is encrypted is not told."""
    host = RecordedWindows(Path("/nowhere"), {"wmi": {}})
    with pytest.raises(UnsupportedError, match="no-bitlocker"):
        ITEM.readers[System.WINDOWS](host, Want(frozenset({"encrypted"})))
