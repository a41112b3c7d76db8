# SPDX-License-Identifier: Apache-2.0
"""Attributes of ATA disks, as their driver hands them out on Windows.

Rules: pure but for WMI through the Host; an identifier of a disk, which can hold its
serial number, only joins two classes and is not told.
Not here: what the storage service says of a disk (`_windows/disk_health.py`).
Source: MSStorageDriver_FailurePredictData; SMART of ATA-3: 30 entries of 12 bytes.
"""

from collections.abc import Mapping

from agent.collectors._windows.disks import disk_name
from agent.collectors._windows.steps import words
from agent.collectors._windows.wmi import instances, numbers
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from wire.values import Value

ATTRIBUTES: Mapping[str, int] = {
    "reallocated_sectors": 5,
    "power_cycles": 12,
    "pending_sectors": 197,
}
"""Columns, and the attribute whose raw value is theirs."""
_FIRST, _ENTRY, _ENTRIES = 2, 12, 30
_RAW_AT, _RAW_BYTES = 5, 4
"""Of six bytes of a raw value the upper two are a maker's own."""
_BYTE = 256


def parse_attributes(value: Value) -> dict[str, Value]:
    """Return the columns of the bytes of a disk's attributes."""
    held = numbers(value)
    if len(held) < _FIRST + _ENTRY or any(item >= _BYTE for item in held):
        return {}
    found: dict[int, int] = {}
    last = min(_FIRST + _ENTRY * _ENTRIES, len(held)) - _ENTRY
    for start in range(_FIRST, last + 1, _ENTRY):
        raw = held[start + _RAW_AT : start + _RAW_AT + _RAW_BYTES]
        found.setdefault(held[start], int.from_bytes(bytes(raw), "little"))
    return {name: found.get(number) for name, number in ATTRIBUTES.items()}


def attributes(host: Host) -> dict[str, dict[str, Value]]:
    """Return the attributes of each disk that has some, by its name."""
    asked = frozenset({"InstanceName", "VendorSpecific"})
    told = {
        _place(row.get("InstanceName")): row.get("VendorSpecific")
        for row in instances(host, WmiClass.DISK_SMART, asked)
    }
    if not told:
        return {}
    drives = instances(host, WmiClass.DISK_DRIVE, frozenset({"Index", "PNPDeviceID"}))
    return {
        disk_name(row.get("Index")) or "": parse_attributes(
            told.get(_place(row.get("PNPDeviceID")))
        )
        for row in drives
    }


def _place(value: Value) -> str:
    """Return a disk's identifier; that of WMI's own has _0 at its end."""
    return (words(value) or "-").upper().removesuffix("_0")
