# SPDX-License-Identifier: Apache-2.0
"""Disk health: which disks are failing or worn.

Rules: on Linux a sleeping disk is not woken, on Windows its storage service decides;
without root only what the kernel says is told, and each disk whose health is not known
is counted as skipped.
Not here: model, size and serial number (`storage_devices.py`), asking the disks
(`agent/host/smart.py`).
Sources: smartctl's JSON through the root side; /sys/block/*/device; WMI
(`_windows/disk_health.py`).
"""

import re
from collections.abc import Mapping

from agent.collectors._shared.declare import harmless, only_linux, quasi
from agent.collectors._shared.gather import names, number, pick, shown
from agent.errors import DeniedError, NotFoundError, UnsupportedError
from agent.host import smart
from agent.host.interface import Host, RootVerb
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, COUNT, RATIO = ValueType.TEXT, ValueType.COUNT, ValueType.RATIO
_WEAR = "hw.physical_disk.endurance_utilization"

DATASET = Dataset(
    "disk_health",
    Kind.SNAPSHOT,
    "How the built-in disks are: errors, wear and temperature.",
    ("system.device",),
    (
        harmless("system.device", TEXT, "Tells the disks of one machine apart."),
        harmless("protocol", TEXT, "Says how to read the other numbers."),
        harmless("smart_passed", ValueType.BOOLEAN, "The disk's own verdict."),
        harmless("state", TEXT, "Shows disks that are off line."),
        only_linux(harmless("io_errors", COUNT, "Shows disks or cables that fail.")),
        harmless("reallocated_sectors", COUNT, "Shows disks that fail."),
        harmless("pending_sectors", COUNT, "Shows data about to be lost."),
        harmless("media_errors", COUNT, "Shows data that was lost."),
        harmless(_WEAR, RATIO, "Shows flash that is worn out."),
        only_linux(harmless("available_spare", RATIO, "Shows flash that is worn out.")),
        harmless("hw.temperature", ValueType.CELSIUS, "Shows disks that are too hot."),
        quasi("power_on_hours", COUNT, "Shows disks past their age."),
        quasi("power_cycles", COUNT, "Shows disks that are switched too often."),
        only_linux(quasi("unsafe_shutdowns", COUNT, "Shows failing power.")),
    ),
)

_COUNTS = frozenset(
    {
        "reallocated_sectors",
        "pending_sectors",
        "media_errors",
        "power_on_hours",
        "power_cycles",
        "unsafe_shutdowns",
    }
)
_RATIOS = frozenset({_WEAR, "available_spare"})
_FLAGS = {"True": True, "False": False}
_HEXADECIMAL = re.compile(r"0x[0-9a-f]{1,15}\Z")
_SIGNED = re.compile(r"-?\d{1,7}\Z")
_COLDEST, _HOTTEST = -60.0, 150.0
"""Beyond is no temperature of a disk that answers."""
_PERCENT, _MILLI = 100, 1000


def parse_health(answered: Mapping[str, str]) -> dict[str, Value]:
    """Return the typed values of an answered row."""
    found: dict[str, Value] = {}
    for column, value in answered.items():
        if column in _COUNTS:
            found[column] = number(value)
        elif column in _RATIOS:
            percent = number(value)
            found[column] = None if percent is None else min(percent / _PERCENT, 1.0)
        elif column == "hw.temperature":
            found[column] = parse_temperature(value, 1)
        elif column == "smart_passed":
            found[column] = _FLAGS.get(value)
        elif column == "protocol":
            found[column] = value
    return found


def parse_temperature(value: str | None, unit: int) -> float | None:
    """Return degrees of a whole number of a unit; None for what cannot be."""
    if not _SIGNED.match(value or ""):
        return None
    degrees = int(value or "") / unit
    return degrees if _COLDEST <= degrees <= _HOTTEST else None


def _errors(value: str | None) -> int | None:
    return int(value, 16) if value and _HEXADECIMAL.match(value) else None


def _temperature(host: Host, folder: str) -> float | None:
    """Return what the disk's own sensor shows, where the kernel has a driver for it."""
    for entry in names(host, folder):
        if entry == "hwmon":
            inner = [f"hwmon/{name}" for name in names(host, f"{folder}/hwmon")]
        else:
            inner = [entry] if entry.startswith("hwmon") else []
        for sensor in inner:
            degrees = shown(host, f"{folder}/{sensor}/temp1_input")
            found = parse_temperature(degrees, _MILLI)
            if found is not None:
                return found
    return None


def _read_kernel(host: Host, want: Want, name: str) -> dict[str, Value]:
    folder = f"/sys/block/{name}/device"
    values: dict[str, Value] = {}
    if "state" in want:
        values["state"] = shown(host, f"{folder}/state")
    if "io_errors" in want:
        values["io_errors"] = _errors(shown(host, f"{folder}/ioerr_cnt"))
    if "hw.temperature" in want:
        values["hw.temperature"] = _temperature(host, folder)
    return values


def _ask(
    host: Host, columns: frozenset[str], *, alone: bool
) -> dict[str, dict[str, Value]]:
    """Return what the disks say of themselves, by name.

    Args:
        host: the machine.
        columns: the root side's columns that are wanted; none: nothing is asked.
        alone: the kernel told nothing, so a refusal is all there is to tell.
    """
    if not columns:
        return {}
    try:
        answered = host.ask_root(RootVerb.READ_DISK_HEALTH, columns)
    except DeniedError:
        if alone:
            raise
        return {}
    except NotFoundError:
        if alone:
            reason = "no-smartctl"
            raise UnsupportedError(reason) from None
        return {}
    return {row[smart.DEVICE]: parse_health(row) for row in answered}


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each built-in disk."""
    found: dict[str, dict[str, Value]] = {}
    for name in smart.disks(host):
        want.check()
        found[name] = _read_kernel(host, want, name)
    silent = not any(any(v is not None for v in row.values()) for row in found.values())
    columns = want.columns & smart.COLUMNS
    asked = _ask(host, columns, alone=silent) if found else {}
    rows: list[Row] = []
    skipped = 0
    for name, values in found.items():
        if len(rows) >= want.rows:
            return Reading(rows, skipped=skipped, truncated=True)
        told = {k: v for k, v in asked.get(name, {}).items() if v is not None}
        skipped += bool(columns) and not told
        rows.append(pick(want, {"system.device": name, **values, **told}))
    return Reading(rows, skipped=skipped)


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import disk_health as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_CALL = " ".join(("smartctl", *smart.ASK))
_NVME = b"""{"json_format_version": [1, 0],
"smartctl": {"version": [7, 3], "exit_status": 0},
"device": {"name": "/dev/nvme0n1", "type": "nvme", "protocol": "NVMe"},
"serial_number": "S5GXNX0R123456A",
"smart_status": {"passed": true, "nvme": {"value": 0}},
"nvme_smart_health_information_log": {"critical_warning": 0, "temperature": 36,
"available_spare": 98, "available_spare_threshold": 10, "percentage_used": 7,
"power_cycles": 266, "power_on_hours": 2401, "unsafe_shutdowns": 43,
"media_errors": 0}, "temperature": {"current": 36}, "power_cycle_count": 266,
"power_on_time": {"hours": 2401}}"""
_ATA = b"""{"smartctl": {"version": [7, 2], "exit_status": 24},
"device": {"name": "/dev/sda", "type": "sat", "protocol": "ATA"},
"smart_status": {"passed": false},
"ata_smart_attributes": {"revision": 16, "table": [
{"id": 5, "name": "Reallocated_Sector_Ct", "value": 1, "worst": 1, "thresh": 36,
"when_failed": "now", "raw": {"value": 4095, "string": "4095"}},
{"id": 177, "name": "Wear_Leveling_Count", "value": 62,
"raw": {"value": 700, "string": "700"}},
{"id": 187, "name": "Reported_Uncorrect", "value": 1,
"raw": {"value": 212, "string": "212"}},
{"id": 194, "name": "Temperature_Celsius", "value": 41,
"raw": {"value": 73014444073, "string": "41 (0 17 0 0 0)"}},
{"id": 197, "name": "Current_Pending_Sector", "value": 98,
"raw": {"value": 16, "string": "16"}}]},
"power_on_time": {"hours": 43211}, "power_cycle_count": 91,
"temperature": {"current": 41}}"""
_SAS = b"""{"smartctl": {"version": [7, 4], "exit_status": 0},
"device": {"name": "/dev/sdb", "type": "scsi", "protocol": "SCSI"},
"smart_status": {"passed": true}, "temperature": {"current": 31, "drive_trip": 60},
"scsi_grown_defect_list": 2, "power_on_time": {"hours": 5675, "minutes": 39}}"""
_REFUSED = b"""{
  "json_format_version": [
    1,
    0
  ],
  "smartctl": {
    "version": [
      7,
      3
    ],
    "messages": [
      {
        "string": "/dev/vda: Unable to detect device type",
        "severity": "error"
      }
    ],
    "exit_status": 1
  }
}
"""

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed in the form of smartctl 7: NVMe, a failing ATA disk, SAS, a stick.",
        rows=(
            {
                "system.device": "nvme0n1",
                "protocol": "NVMe",
                "smart_passed": True,
                "state": "live",
                "media_errors": 0,
                _WEAR: 0.07,
                "available_spare": 0.98,
                "hw.temperature": 36.0,
                "power_on_hours": 2401,
                "power_cycles": 266,
                "unsafe_shutdowns": 43,
            },
            {
                "system.device": "sda",
                "protocol": "ATA",
                "smart_passed": False,
                "state": "running",
                "io_errors": 42,
                "reallocated_sectors": 4095,
                "pending_sectors": 16,
                "media_errors": 212,
                _WEAR: 0.38,
                "hw.temperature": 41.0,
                "power_on_hours": 43211,
                "power_cycles": 91,
            },
            {
                "system.device": "sdb",
                "protocol": "SCSI",
                "smart_passed": True,
                "reallocated_sectors": 2,
                "hw.temperature": 31.0,
                "power_on_hours": 5675,
            },
        ),
        files={
            "/sys/block/nvme0n1/device/state": b"live\n",
            "/sys/block/sda/device/state": b"running\n",
            "/sys/block/sda/device/ioerr_cnt": b"0x2a\n",
            "/sys/block/sda/removable": b"0\n",
            "/sys/block/sdb/size": b"1\n",
            "/sys/block/sdc/removable": b"1\n",
            "/sys/block/loop0/size": b"8\n",
            "/sys/block/vda/size": b"8\n",
        },
        programs={
            f"{_CALL} /dev/nvme0n1": _NVME,
            f"{_CALL} /dev/sda": _ATA,
            f"{_CALL} /dev/sdb": _SAS,
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: without root, the kernel's own numbers; with two kinds of sensor.",
        rows=(
            {"system.device": "nvme0n1", "state": "live", "hw.temperature": 38.85},
            {"system.device": "sda", "state": "offline", "hw.temperature": 29.0},
        ),
        files={
            "/sys/block/nvme0n1/device/state": b"live\n",
            "/sys/block/nvme0n1/device/hwmon2/temp1_input": b"38850\n",
            "/sys/block/sda/device/state": b"offline\n",
            "/sys/block/sda/device/hwmon/hwmon1/temp1_input": b"29000\n",
        },
        columns=frozenset({"system.device", "state", "hw.temperature"}),
        facts={"euid": 1000},
    ),
    Example(
        System.LINUX,
        "What smartctl 7.3 said to a virtual disk (recorded, shortened); junk; a cut.",
        rows=(
            {"system.device": "sda"},
            {"system.device": "sdb"},
            {"system.device": "sdc"},
            {"system.device": "sdd", "smart_passed": True},
        ),
        files={
            "/sys/block/sda/device/ioerr_cnt": b"0xzz\n",
            "/sys/block/sdb/device/state": b"",
            "/sys/block/sdc/device/hwmon1/temp1_input": b"\xff\n",
            "/sys/block/sdd/device/ioerr_cnt": b"-1",
        },
        programs={
            f"{_CALL} /dev/sda": _REFUSED,
            f"{_CALL} /dev/sdb": b"\xff\xfe\0\x80",
            f"{_CALL} /dev/sdc": _ATA[:400],
            f"{_CALL} /dev/sdd": b'{"smart_status": {"passed": true}, "temperature": '
            b'{"current": 9999}, "power_on_time": {"hours": -4}, "power_cycle_count": '
            b'true, "ata_smart_attributes": {"table": [null, {"id": [], "raw": '
            b'{"string": "0x00ff"}}, {"name": [], "id": 5, "raw": 5}]}}',
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Recorded: a virtual server, whose only disk is a virtual one.",
        rows=(),
        files={"/sys/block/vda/size": b"536870912\n", "/sys/block/zram0/size": b"0\n"},
        facts={"euid": 0},
    ),
)
