# SPDX-License-Identifier: Apache-2.0
"""The root side's question to disks: how they are, and nothing else they tell.

Rules: a sleeping disk is not woken; a disk that does not answer has no values and the
others go on; of smartctl's answer, which also holds serial numbers, only the asked
columns leave.
Not here: what is made of the values (`agent/collectors/disk_health.py`).
Sources: smartctl(8) of smartmontools 7, its JSON output; NVMe 1.4 figure 196.
"""

import json
import re
from collections.abc import Mapping

from agent.budget import SMART_DISKS
from agent.errors import BudgetError, DeniedError, HostError, NotFoundError
from agent.host.interface import Host, Program

DEVICE = "device"
"""Key of an answered row: the disk's name, not a column."""
ASK = ("--json", "--nocheck=standby,0", "--health", "--attributes")
"""What smartctl is asked; then follows the disk."""
COLUMNS = frozenset(
    {
        "protocol",
        "smart_passed",
        "reallocated_sectors",
        "pending_sectors",
        "media_errors",
        "hw.physical_disk.endurance_utilization",
        "available_spare",
        "hw.temperature",
        "power_on_hours",
        "power_cycles",
        "unsafe_shutdowns",
    }
)

_FOLDER = "/sys/block"
_DISK = re.compile(r"(?:[sh]d[a-z]{1,3}|nvme\d{1,4}n\d{1,4})\Z")
"""Disks that may know of their health; virtual ones do not."""
_PROTOCOLS = frozenset({"ATA", "NVMe", "SCSI"})
_REALLOCATED, _UNCORRECTED, _PENDING, _OFFLINE = 5, 187, 197, 198
"""ATA attributes whose raw value is a count of sectors or errors."""
_LIFE_LEFT = frozenset(
    {
        "Media_Wearout_Indicator",
        "Percent_Life_Remaining",
        "Percent_Lifetime_Remain",
        "Remaining_Lifetime_Perc",
        "SSD_Life_Left",
        "Wear_Leveling_Count",
    }
)
"""ATA attributes that count down from 100 as flash wears."""
_PERCENT = 100
_DIGITS = re.compile(r"\d{1,15}(?![0-9a-fA-Fx])")
"""Begin of a raw value: "5", "31 (Min/Max 20/40)"; the rest is the maker's."""


def disks(host: Host) -> list[str]:
    """Return the names of the disks that are built in, at most a bound."""
    try:
        names = [name for name in host.list(_FOLDER) if _DISK.match(name)]
    except NotFoundError:
        return []
    return [name for name in names if not _removable(host, name)][:SMART_DISKS]


def _removable(host: Host, name: str) -> bool:
    try:
        return host.read_part(f"{_FOLDER}/{name}/removable", 0, 1) == b"1"
    except (NotFoundError, DeniedError):
        return False


def parse_smart(data: bytes) -> dict[str, str]:
    """Return what smartctl's JSON says of one disk, as text; ratios in percent."""
    try:
        told: object = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    protocol = _at(told, "device", "protocol")
    passed = _at(told, "smart_status", "passed")
    found = {
        "protocol": next((name for name in _PROTOCOLS if name == protocol), None),
        "smart_passed": str(passed) if isinstance(passed, bool) else None,
        "hw.temperature": _count(told, "temperature", "current"),
        "power_on_hours": _count(told, "power_on_time", "hours"),
        "power_cycles": _count(told, "power_cycle_count"),
        "reallocated_sectors": _count(told, "scsi_grown_defect_list"),
        "hw.physical_disk.endurance_utilization": _count(
            told, "scsi_percentage_used_endurance_indicator"
        ),
        **_flash(_at(told, "nvme_smart_health_information_log")),
        **_attributes(_at(told, "ata_smart_attributes", "table")),
    }
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _at(told: object, *names: str) -> object:
    for name in names:
        told = told.get(name) if isinstance(told, dict) else None
    return told


def _count(told: object, *names: str) -> str | None:
    value = _at(told, *names)
    number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if number else None


def _flash(log: object) -> Mapping[str, str | None]:
    """Return what an NVMe disk's health log says."""
    if not isinstance(log, dict):
        return {}
    return {
        "media_errors": _count(log, "media_errors"),
        "hw.physical_disk.endurance_utilization": _count(log, "percentage_used"),
        "available_spare": _count(log, "available_spare"),
        "unsafe_shutdowns": _count(log, "unsafe_shutdowns"),
    }


def _attributes(table: object) -> Mapping[str, str | None]:
    """Return what an ATA disk's attributes say."""
    if not isinstance(table, list):
        return {}
    raw: dict[object, str] = {}
    found: dict[str, str | None] = {}
    for entry in table:
        name, value = _at(entry, "name"), _at(entry, "value")
        if (
            isinstance(name, str)
            and name in _LIFE_LEFT
            and isinstance(value, int)
            and 0 < value <= _PERCENT
        ):
            used = str(_PERCENT - value)
            found.setdefault("hw.physical_disk.endurance_utilization", used)
        shown, number = _at(entry, "raw", "string"), _at(entry, "id")
        digits = _DIGITS.match(shown) if isinstance(shown, str) else None
        if digits and isinstance(number, int):
            raw.setdefault(number, digits[0])
    found["reallocated_sectors"] = raw.get(_REALLOCATED)
    found["pending_sectors"] = raw.get(_PENDING)
    found["media_errors"] = raw.get(_UNCORRECTED, raw.get(_OFFLINE))
    return found


def read_disk_health(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the asked columns of each disk; a disk that is silent has none.

    Raises:
        NotFoundError: smartctl is not installed.
        BudgetError: the disks took too long together.
    """
    rows: list[dict[str, str]] = []
    for name in disks(host):
        try:
            told = parse_smart(host.run(Program.SMARTCTL, *ASK, f"/dev/{name}"))
        except (BudgetError, NotFoundError):
            raise
        except HostError:  # no such command on this disk, or it is broken
            told = {}
        asked = {column: told[column] for column in sorted(columns & told.keys())}
        rows.append({DEVICE: name, **asked})
    return rows
