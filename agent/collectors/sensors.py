# SPDX-License-Identifier: Apache-2.0
"""Sensors: temperatures and fans of the machine.

Rules: chips of attached devices are passed over, for their names hold addresses; a
sensor that does not answer has no row.
Not here: temperatures that disks tell with their health (`disk_health.py`), batteries
(`batteries.py`).
Sources: /sys/class/hwmon, else /sys/class/thermal; Linux's hwmon sysfs interface;
MSAcpi_ThermalZoneTemperature, else the performance counters of thermal zones.
"""

import re
from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import harmless, only_linux
from agent.collectors._shared.gather import (
    names,
    number,
    pick,
    shown,
    take,
    text,
    there,
)
from agent.collectors._windows.steps import words
from agent.collectors._windows.wmi import count, instances, properties
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Example, Reader, Reading, Row, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT


DATASET = Dataset(
    "sensors",
    Kind.METRIC,
    "Temperatures and fans.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Says when it was measured."),
        harmless("system.device", TEXT, "Tells chips of the same kind apart."),
        harmless("chip", TEXT, "Says what the sensor belongs to."),
        harmless("sensor", TEXT, "Says which one it is."),
        harmless(
            "hw.temperature", ValueType.CELSIUS, "Shows a machine that is too hot."
        ),
        harmless("hw.temperature.limit", ValueType.CELSIUS, "Says when it is too hot."),
        only_linux(
            harmless(
                "hw.fan.speed", ValueType.COUNT, "Turns a minute: shows a stuck fan."
            )
        ),
        only_linux(harmless("alarm", ValueType.BOOLEAN, "The chip's own verdict.")),
    ),
)

_CHIPS = "/sys/class/hwmon"
_ZONES = "/sys/class/thermal"
_ZONE = re.compile(r"thermal_zone\d{1,4}\Z")
_INPUT = re.compile(r"(temp|fan)\d{1,3}_input\Z")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,31}\Z", re.ASCII)
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]{2}[_:.-]?){6}")
"""A hardware address in the name of a wireless device's chip."""
_MILLI = 1000
_DEGREES = re.compile(r"-?\d{1,7}\Z")
_COLDEST, _HOTTEST = -60.0, 200.0
"""Beyond, nothing is connected to the chip's pin."""
_FASTEST = 100_000
_FLAGS = {"0": False, "1": True}
_LIMITS = ("crit", "max")


def parse_degrees(value: str | None) -> float | None:
    """Return degrees of a number of thousandths; None for what cannot be."""
    if not _DEGREES.match(value or ""):
        return None
    degrees = int(value or "") / _MILLI
    return degrees if _COLDEST <= degrees <= _HOTTEST else None


def chip_name(value: str | None) -> str | None:
    """Return a chip's name; None where it is none, or holds an address."""
    if value is None or not _NAME.match(value) or _ADDRESS.search(value):
        return None
    return value


def _limit(host: Host, stem: str) -> float | None:
    limits = (parse_degrees(shown(host, f"{stem}_{name}")) for name in _LIMITS)
    return next((limit for limit in limits if limit), None)


def _alarm(host: Host, stem: str) -> bool | None:
    flags = (shown(host, f"{stem}_{name}") for name in ("crit_alarm", "alarm"))
    return next((_FLAGS[flag] for flag in flags if flag in _FLAGS), None)


def _read_sensor(host: Host, want: Want, stem: str) -> dict[str, Value]:
    """Return what one sensor shows; nothing where it does not answer."""
    values: dict[str, Value] = {}
    is_fan = stem.rpartition("/")[2].startswith("fan")
    if is_fan:
        speed = number(shown(host, f"{stem}_input"))
        if speed is None or speed > _FASTEST:
            return {}
        values["hw.fan.speed"] = speed
    else:
        degrees = parse_degrees(shown(host, f"{stem}_input"))
        if degrees is None:
            return {}
        values["hw.temperature"] = degrees
        if "hw.temperature.limit" in want:
            values["hw.temperature.limit"] = _limit(host, stem)
    if "sensor" in want:
        label = shown(host, f"{stem}_label")
        values["sensor"] = label or stem.rpartition("/")[2]
    if "alarm" in want:
        values["alarm"] = _alarm(host, stem)
    return values


def _chips(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    for name in names(host, _CHIPS):
        folder = f"{_CHIPS}/{name}"
        chip = chip_name(shown(host, f"{folder}/name"))
        if chip is None:
            continue
        for file in names(host, folder):
            if _INPUT.match(file):
                want.check()
                stem = f"{folder}/{file.removesuffix('_input')}"
                found = _read_sensor(host, want, stem)
                if found:
                    yield {
                        "system.device": text(name.encode()),
                        "chip": chip,
                        **found,
                    }


def _zones(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    """Yield the firmware's thermal zones, for a machine without chips."""
    for name in names(host, _ZONES):
        if not _ZONE.match(name):
            continue
        want.check()
        degrees = parse_degrees(shown(host, f"{_ZONES}/{name}/temp"))
        chip = chip_name(shown(host, f"{_ZONES}/{name}/type"))
        if degrees is not None and chip is not None:
            yield {
                "system.device": name,
                "chip": chip,
                "sensor": name,
                "hw.temperature": degrees,
            }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each sensor that answers."""
    if not (there(host, _CHIPS) or there(host, _ZONES)):
        reason = "no-sensors"
        raise UnsupportedError(reason)
    rows: list[Row] = []
    for source in (_chips, _zones):
        for values in source(host, want):
            if len(rows) >= want.rows:
                return Reading(rows, truncated=True)
            rows.append(pick(want, {"timestamp": int(want.now), **values}))
        if rows:
            break
    return Reading(rows)


_ZONE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "hw.temperature.limit": ("CriticalTripPoint",),
}
_ZONE_NAME = re.compile(
    r"(?:ACPI\\ThermalZone\\|\\(?:\w{1,8}\.){1,8})(\w{1,16}?)(?:_\d{1,2})?\Z", re.ASCII
)
"""ACPI\\ThermalZone\\TZ00_0, or \\_TZ.TZ00 of the counters: an ACPI name."""
_TENTHS = 10
_ICE = 273.15
_UNSET = frozenset({2731, 2732})
"""0 degrees Celsius, which firmware says of a zone that does not measure."""


def parse_tenths(value: Value) -> float | None:
    """Return degrees of tenths of a kelvin; None for what no zone measures."""
    tenths = count(value)
    if tenths is None or tenths in _UNSET:
        return None
    degrees = round(tenths / _TENTHS - _ICE, 2)
    return degrees if _COLDEST <= degrees <= _HOTTEST else None


def parse_zone(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a thermal zone of either class; none without a reading."""
    name = _ZONE_NAME.match(words(row.get("InstanceName") or row.get("Name")) or "")
    held = row.get("CurrentTemperature") or row.get("HighPrecisionTemperature")
    degrees = parse_tenths(held)
    if name is None or degrees is None:
        return {}
    return {
        "system.device": name[1],
        "chip": "acpi",
        "sensor": name[1],
        "hw.temperature": degrees,
        "hw.temperature.limit": parse_tenths(row.get("CriticalTripPoint")),
    }


def _windows_zones(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    fields = ("CurrentTemperature", "InstanceName")
    asked = properties(want, _ZONE_FIELDS, *fields)
    rows = instances(host, WmiClass.THERMAL_ZONE, asked)
    if not rows:  # not ours to read, or none: the counters are for everybody
        fields = ("HighPrecisionTemperature", "Name")
        rows = windows(host).wmi(WmiClass.THERMAL_COUNTER, frozenset(fields))
    for row in rows:
        values = parse_zone(row)
        if values:
            yield {"timestamp": int(want.now), **values}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each thermal zone that measures."""
    if not want.columns:
        return Reading([])
    try:
        return take(want, _windows_zones(host, want))
    except NotFoundError:
        reason = "no-thermal-zones"
        raise UnsupportedError(reason) from None


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}


def _files(hwmon: str, **values: bytes) -> Mapping[str, bytes]:
    return {f"{_CHIPS}/{hwmon}/{file}": data + b"\n" for file, data in values.items()}


_NOW: Mapping[str, Value] = {"timestamp": 1763950000}
EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a processor, a fan in trouble, and a wireless mouse's battery.",
        rows=(
            {
                **_NOW,
                "system.device": "hwmon0",
                "chip": "coretemp",
                "sensor": "Package id 0",
                "hw.temperature": 52.0,
                "hw.temperature.limit": 100.0,
                "alarm": False,
            },
            {
                **_NOW,
                "system.device": "hwmon1",
                "chip": "nct6775",
                "sensor": "fan2",
                "hw.fan.speed": 0,
                "alarm": True,
            },
            {
                **_NOW,
                "system.device": "hwmon1",
                "chip": "nct6775",
                "sensor": "SYSTIN",
                "hw.temperature": -5.5,
                "hw.temperature.limit": 80.0,
            },
        ),
        files={
            **_files(
                "hwmon0",
                name=b"coretemp",
                temp1_input=b"52000",
                temp1_label=b"Package id 0",
                temp1_crit=b"100000",
                temp1_max=b"80000",
                temp1_crit_alarm=b"0",
            ),
            **_files(
                "hwmon1",
                name=b"nct6775",
                fan2_input=b"0",
                fan2_alarm=b"1",
                temp1_input=b"-5500",
                temp1_label=b"SYSTIN",
                temp1_max=b"80000",
                temp7_input=b"-128000",
            ),
            **_files("hwmon2", name=b"hid_00_1f_20_aa_bb_cc_battery", temp1_input=b"1"),
        },
    ),
    Example(
        System.LINUX,
        "Composed: a board without chips, whose firmware has two thermal zones.",
        rows=(
            {
                **_NOW,
                "system.device": "thermal_zone0",
                "chip": "cpu-thermal",
                "sensor": "thermal_zone0",
                "hw.temperature": 48.312,
            },
        ),
        files={
            f"{_ZONES}/thermal_zone0/type": b"cpu-thermal\n",
            f"{_ZONES}/thermal_zone0/temp": b"48312\n",
            f"{_ZONES}/thermal_zone1/type": b"gpu-thermal\n",
            f"{_ZONES}/thermal_zone1/temp": b"\n",
            f"{_ZONES}/cooling_device0/type": b"Processor\n",
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk and half-written numbers are no temperature.",
        rows=(),
        files={
            **_files("hwmon0", name=b"\xff\xfe", temp1_input=b"40000"),
            **_files("hwmon1", name=b"acpitz", temp1_input=b"\x80", temp2_input=b""),
            **_files("hwmon2", name=b"x", fan1_input=b"-1", temp1_input=b"9" * 9),
            **_files("hwmon3", temp1_input=b"40000"),
        },
    ),
    Example(
        System.LINUX,
        "Recorded: a virtual server, whose folder of thermal zones is empty.",
        rows=(),
        files={f"{_ZONES}/": b""},
    ),
)
