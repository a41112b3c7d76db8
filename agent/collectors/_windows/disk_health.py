# SPDX-License-Identifier: Apache-2.0
"""The health of disks as Windows' storage service tells it.

Rules: what a disk does not count is absent; counters need an administrator, so a disk
without them is counted as skipped.
Not here: the declaration, and Linux (`disk_health.py`).
Sources: MSFT_PhysicalDisk, MSFT_StorageReliabilityCounter; for ATA disks their own
attributes (`_windows/smart.py`).
"""

from collections.abc import Mapping
from dataclasses import replace

from agent.collectors._shared.gather import take
from agent.collectors._windows.disks import DISKS, disk_name, physical_disks
from agent.collectors._windows.smart import ATTRIBUTES, attributes
from agent.collectors._windows.wmi import count, instances, numbers, properties
from agent.errors import UnsupportedError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.rows import Example, Reading, Want
from wire.catalogue import System
from wire.limits import SEQUENCE
from wire.values import Value

WEAR = "hw.physical_disk.endurance_utilization"
_DISK: Mapping[str, tuple[str, ...]] = {
    "smart_passed": ("HealthStatus",),
    "state": ("OperationalStatus",),
    WEAR: ("MediaType",),
}
_COUNTERS: Mapping[str, tuple[str, ...]] = {
    "media_errors": ("ReadErrorsUncorrected", "WriteErrorsUncorrected"),
    WEAR: ("Wear",),
    "hw.temperature": ("Temperature",),
    "power_on_hours": ("PowerOnHours",),
}
_ATA = "ATA"
_PROTOCOLS: Mapping[int | None, str] = {
    1: "SCSI",
    3: _ATA,
    10: "SCSI",
    11: _ATA,
    17: "NVMe",
}
"""BusType, in smartctl's words."""
_VERDICTS: Mapping[int | None, bool] = {0: True, 1: False, 2: False}
"""HealthStatus: healthy, warning (it expects to fail), unhealthy; 5 is not known."""
_STATES: Mapping[int, str] = {
    2: "running",
    3: "degraded",
    4: "stressed",
    5: "predictive-failure",
    6: "error",
    7: "failed",
    8: "starting",
    9: "stopping",
    10: "stopped",
    11: "in-service",
    12: "no-contact",
    13: "lost-communication",
    15: "dormant",
}
"""OperationalStatus; the first that has a word here counts."""
_ROTATING = 3
"""MediaType of a hard disk."""
_COLDEST, _HOTTEST = 2, 150
"""Controllers without a sensor say 0 or 1."""
_PERCENT = 100


def parse_disk(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of an instance of MSFT_PhysicalDisk."""
    states = (_STATES.get(code) for code in numbers(row.get("OperationalStatus")))
    return {
        "system.device": disk_name(row.get("DeviceId")),
        "protocol": _PROTOCOLS.get(count(row.get("BusType"))),
        "smart_passed": _VERDICTS.get(count(row.get("HealthStatus"))),
        "state": next((state for state in states if state), None),
    }


def parse_counters(row: Mapping[str, Value], *, rotating: bool) -> dict[str, Value]:
    """Return the columns of an instance of MSFT_StorageReliabilityCounter.

    Args:
        row: the instance; what a disk does not count is absent, or 0.
        rotating: whether it is a hard disk, which has no flash to wear out.
    """
    errors = [count(row.get(f"{way}ErrorsUncorrected")) for way in ("Read", "Write")]
    lost = [error for error in errors if error is not None]
    wear = None if rotating else count(row.get("Wear"))
    degrees = count(row.get("Temperature")) or 0
    return {
        "media_errors": min(sum(lost), SEQUENCE) if lost else None,
        WEAR: None if wear is None else min(wear / _PERCENT, 1.0),
        "hw.temperature": float(degrees) if _COLDEST <= degrees <= _HOTTEST else None,
        "power_on_hours": count(row.get("PowerOnHours")) or None,
    }


def _counters(host: Host, want: Want) -> dict[str, Mapping[str, Value]]:
    """Return the counters of each disk, by its name; none where they are not ours."""
    if not want.any(*_COUNTERS):
        return {}
    asked = properties(want, _COUNTERS, "DeviceId")
    found: dict[str, Mapping[str, Value]] = {}
    for row in instances(host, WmiClass.DISK_RELIABILITY, asked):
        name = disk_name(row.get("DeviceId"))
        if name:
            found[name] = row
    return found


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each disk."""
    if not want.columns:
        return Reading([])
    disks = physical_disks(host, properties(want, _DISK, *DISKS))
    if not disks:
        reason = "no-storage-service"
        raise UnsupportedError(reason)
    want.check()
    counters = _counters(host, want)
    want.check()
    smart = attributes(host) if want.any(*ATTRIBUTES) else {}
    skipped = 0
    rows: list[Mapping[str, Value]] = []
    for disk in disks:
        values = parse_disk(disk)
        name = disk_name(disk.get("DeviceId")) or ""
        told = counters.get(name)
        skipped += told is None and want.any(*_COUNTERS)
        rotating = count(disk.get("MediaType")) == _ROTATING
        values |= parse_counters(told or {}, rotating=rotating)
        rows.append(
            values | (smart.get(name, {}) if values["protocol"] == _ATA else {})
        )
    return replace(take(want, rows), skipped=skipped)


_DRIVE = "SCSI\\Disk&Ven_WDC&Prod_WD40EFRX\\4&39693902&0&"
_SMART = ",".join(
    map(
        str,
        (16, 0)
        + (5, 51, 0, 1, 1, 255, 15, 0, 0, 0, 0, 0)
        + (12, 50, 0, 100, 100, 1, 0, 1, 0, 9, 9, 0)
        + (197, 18, 0, 98, 98, 16, 0, 0, 0, 0, 0, 0)
        + (0,) * 474,
    )
)

WINDOWS_EXAMPLES = (
    Example(
        System.WINDOWS,
        "Recorded (glpi-project/glpi-agent@77f7cdd, latitude-7480) without counters.",
        rows=(
            {
                "system.device": "PhysicalDrive0",
                "protocol": "NVMe",
                "smart_passed": True,
                "state": "running",
            },
        ),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {
                        "BusType": 17,
                        "DeviceId": "0",
                        "HealthStatus": 0,
                        "MediaType": 4,
                        "OperationalStatus": "2",
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed of counters that users published: a worn flash disk, a hard disk.",
        rows=(
            {
                "system.device": "PhysicalDrive0",
                "protocol": "NVMe",
                "smart_passed": True,
                "state": "running",
                WEAR: 0.07,
                "hw.temperature": 42.0,
            },
            {
                "system.device": "PhysicalDrive8",
                "protocol": "SCSI",
                "smart_passed": False,
                "state": "predictive-failure",
                "media_errors": 3,
                "hw.temperature": 28.0,
                "power_on_hours": 43211,
            },
        ),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {
                        "BusType": 17,
                        "DeviceId": "0",
                        "HealthStatus": 0,
                        "MediaType": 4,
                        "OperationalStatus": "2",
                    },
                    {
                        "BusType": 10,
                        "DeviceId": "8",
                        "HealthStatus": 1,
                        "MediaType": 3,
                        "OperationalStatus": "53250,5,2",
                    },
                ),
                "MSFT_StorageReliabilityCounter": (
                    {
                        "DeviceId": "8",
                        "PowerOnHours": 43211,
                        "ReadErrorsUncorrected": "2",
                        "Temperature": 28,
                        "Wear": 0,
                        "WriteErrorsUncorrected": "1",
                    },
                    {"DeviceId": "0", "Temperature": 42, "Wear": 7},
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: numbers that are none, a sensor that is not there, a lost disk.",
        rows=({"system.device": "PhysicalDrive1", WEAR: 1.0}, {"smart_passed": False}),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {"BusType": 0, "DeviceId": " 1", "OperationalStatus": "x,-5,0"},
                    {"DeviceId": "{1-2}", "HealthStatus": 2, "OperationalStatus": 2},
                ),
                "MSFT_StorageReliabilityCounter": (
                    {
                        "DeviceId": "1",
                        "PowerOnHours": 0,
                        "ReadErrorsUncorrected": "99999999999999999999",
                        "Temperature": 1,
                        "Wear": 255,
                    },
                    {"DeviceId": None, "Temperature": 30},
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: the attributes of an ATA disk; those of another are cut short.",
        rows=(
            {
                "system.device": "PhysicalDrive0",
                "protocol": "ATA",
                "reallocated_sectors": 4095,
                "pending_sectors": 16,
                "power_cycles": 65537,
            },
            {"system.device": "PhysicalDrive1", "protocol": "ATA"},
            {"system.device": "PhysicalDrive2", "protocol": "NVMe"},
        ),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {"BusType": 11, "DeviceId": "0"},
                    {"BusType": 11, "DeviceId": "1"},
                    {"BusType": 17, "DeviceId": "2"},
                ),
                "MSStorageDriver_FailurePredictData": (
                    {"InstanceName": f"{_DRIVE}000000_0", "VendorSpecific": _SMART},
                    {"InstanceName": f"{_DRIVE}010000_0", "VendorSpecific": "16,0,5"},
                    {"InstanceName": f"{_DRIVE}020000_0", "VendorSpecific": _SMART},
                    {"VendorSpecific": "x"},
                ),
                "Win32_DiskDrive": (
                    {"Index": 0, "PNPDeviceID": f"{_DRIVE}000000".upper()},
                    {"Index": 1, "PNPDeviceID": f"{_DRIVE}010000".upper()},
                    {"Index": 2, "PNPDeviceID": f"{_DRIVE}020000".upper()},
                    {"PNPDeviceID": "x"},
                ),
            }
        },
    ),
)
