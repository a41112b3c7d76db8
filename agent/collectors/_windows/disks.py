# SPDX-License-Identifier: Apache-2.0
"""The disks that Windows' storage service lists, and their names.

Rules: a disk that is a file on another one is no disk of its own; names hold its
number only.
Not here: what the disks are (`storage_devices.py`) and how they are (`disk_health.py`).
Source: MSFT_PhysicalDisk (Windows 8 and Server 2012 on).
"""

from collections.abc import Mapping

from agent.collectors._windows.wmi import Instances, count, instances
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from wire.values import Value

DISKS = ("BusType", "DeviceId")
"""Asked of every disk."""
BUSES: Mapping[int | None, str] = {
    1: "scsi",
    3: "ata",
    4: "firewire",
    6: "fibre-channel",
    7: "usb",
    8: "raid",
    9: "iscsi",
    10: "sas",
    11: "ata",
    12: "sd",
    13: "mmc",
    16: "storage-spaces",
    17: "nvme",
    18: "storage-class-memory",
    19: "ufs",
}
"""BusType, in the words of Linux's reader where both have one."""
_OF_FILES = frozenset({14, 15})
"""BusType of a mounted disk image."""
_MOST_DISKS = 100_000


def disk_name(value: Value) -> str | None:
    """Return a disk's name from its number."""
    found = count(value)
    return None if found is None or found >= _MOST_DISKS else f"PhysicalDrive{found}"


def physical_disks(host: Host, asked: frozenset[str]) -> Instances:
    """Return the disks that are no files; none on older systems."""
    disks = instances(host, WmiClass.PHYSICAL_DISK, asked)
    return [disk for disk in disks if count(disk.get("BusType")) not in _OF_FILES]
