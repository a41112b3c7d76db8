# SPDX-License-Identifier: Apache-2.0
"""Batteries as Windows tells them.

Rules: a battery's name is that of its kind and never its instance, which can hold an
address or a serial number; Win32_Battery's DeviceID, which holds the serial number, is
not read.
Not here: the declaration, and Linux (`batteries.py`).
Source: BatteryStatus and its like in root/wmi (an administrator's), else
Win32_Battery; BATTERY_INFORMATION of poclass.h.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.gather import take
from agent.collectors._windows.steps import words
from agent.collectors._windows.wmi import count, instances, properties
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Example, Reading, Want
from wire.catalogue import System
from wire.values import Value

_STATIC: Mapping[str, tuple[str, ...]] = {
    "hw.vendor": ("ManufactureName",),
    "hw.model": ("DeviceName",),
    "hw.serial_number": ("SerialNumber",),
    "hw.battery.chemistry": ("Chemistry",),
    "health": ("DesignedCapacity",),
}
_STATUS: Mapping[str, tuple[str, ...]] = {
    "hw.battery.state": ("Charging", "Discharging", "PowerOnline", "RemainingCapacity"),
    "hw.battery.charge": ("RemainingCapacity",),
}
_FULL: Mapping[str, tuple[str, ...]] = {
    "hw.battery.state": ("FullChargedCapacity",),
    "hw.battery.charge": ("FullChargedCapacity",),
    "health": ("FullChargedCapacity",),
}
_CYCLES: Mapping[str, tuple[str, ...]] = {"cycle_count": ("CycleCount",)}
_CLASSES = (
    (WmiClass.BATTERY_STATIC, _STATIC),
    (WmiClass.BATTERY_CAPACITY, _FULL),
    (WmiClass.BATTERY_CYCLES, _CYCLES),
)
_SIMPLE: Mapping[str, tuple[str, ...]] = {
    "hw.model": ("Name",),
    "hw.battery.chemistry": ("Chemistry",),
    "hw.battery.state": ("BatteryStatus",),
    "hw.battery.charge": ("EstimatedChargeRemaining",),
}
_WIRELESS = "BTH"
"""Bluetooth devices: their batteries are not the machine's."""
_CHEMISTRIES = {
    "LION": "Li-ion",
    "LI-I": "Li-ion",
    "LIP": "Li-poly",
    "NIMH": "NiMH",
    "NICD": "NiCd",
    "NIZN": "NiZn",
    "PBAC": "lead-acid",
    "RAM": "alkaline-manganese",
}
"""poclass.h's four letters, in the words of Linux's power_supply class."""
_NUMBERED: Mapping[int | None, str] = {
    3: "lead-acid",
    4: "NiCd",
    5: "NiMH",
    6: "Li-ion",
    7: "zinc-air",
    8: "Li-poly",
}
"""Win32_Battery's Chemistry."""
_STATES: Mapping[int | None, str] = {
    1: "Discharging",
    3: "Full",
    4: "Discharging",
    5: "Discharging",
    6: "Charging",
    7: "Charging",
    8: "Charging",
    9: "Charging",
}
"""Win32_Battery's BatteryStatus; 2 says that there is mains power, and no more."""
_PERCENT = 100
_BROKEN = 2.0
"""Twice what a battery was made for: its gauge does not know."""
_KIND_PARTS = 2


def battery_kind(instance: Value) -> str | None:
    r"""Return bus and kind of ACPI\PNP0C0A\1_0; None for a wireless device's."""
    parts = (words(instance) or "").split("\\")
    if len(parts) <= _KIND_PARTS or parts[0].upper().startswith(_WIRELESS):
        return None
    return "\\".join(parts[:_KIND_PARTS])


def parse_chemistry(value: Value) -> str | None:
    """Return what four letters in a number stand for."""
    number = count(value) or 0
    letters = number.to_bytes(8, "little").rstrip(b"\0").decode("ascii", "replace")
    return _CHEMISTRIES.get(letters.upper())


def share(part: Value, whole: Value) -> float | None:
    """Return how much of a whole a part is; None where a gauge is broken."""
    held, full = count(part), count(whole)
    if held is None or not full or held / full > _BROKEN:
        return None
    return round(min(held / full, 1.0), 3)


def parse_battery(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of what the classes of root/wmi say of one battery."""
    charge = share(row.get("RemainingCapacity"), row.get("FullChargedCapacity"))
    return {
        "hw.vendor": words(row.get("ManufactureName")),
        "hw.model": words(row.get("DeviceName")),
        "hw.serial_number": words(row.get("SerialNumber")),
        "hw.battery.chemistry": parse_chemistry(row.get("Chemistry")),
        "hw.battery.state": _state(row, charge),
        "hw.battery.charge": charge,
        "health": share(row.get("FullChargedCapacity"), row.get("DesignedCapacity")),
        "cycle_count": count(row.get("CycleCount")) or None,
    }


def _state(row: Mapping[str, Value], charge: float | None) -> str | None:
    if row.get("Charging") is True:
        return "Charging"
    if row.get("Discharging") is True:
        return "Discharging"
    if row.get("PowerOnline") is True and charge is not None:
        return "Full" if charge >= 1.0 else "Not charging"
    return None


def parse_simple(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of an instance of Win32_Battery."""
    percent = count(row.get("EstimatedChargeRemaining"))
    known = percent is not None and percent <= _PERCENT
    return {
        "hw.model": words(row.get("Name")),
        "hw.battery.chemistry": _NUMBERED.get(count(row.get("Chemistry"))),
        "hw.battery.state": _STATES.get(count(row.get("BatteryStatus"))),
        "hw.battery.charge": (percent or 0) / _PERCENT if known else None,
    }


def _told(host: Host, want: Want) -> dict[str, dict[str, Value]]:
    """Return what root/wmi says of each battery, by its instance."""
    asked = properties(want, _STATUS, "InstanceName")
    status = instances(host, WmiClass.BATTERY_STATUS, asked)
    found = {words(row.get("InstanceName")) or "": dict(row) for row in status}
    for wanted, columns in _CLASSES if found else ():
        if not want.any(*columns):
            continue
        want.check()
        rows = instances(host, wanted, properties(want, columns, "InstanceName"))
        for row in rows:
            instance = words(row.get("InstanceName")) or ""
            if instance in found:
                found[instance].update(row)
    return found


def _batteries(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    told = _told(host, want)
    if not told:
        asked = properties(want, _SIMPLE, "BatteryStatus")
        for place, row in enumerate(windows(host).wmi(WmiClass.BATTERY, asked)):
            yield {"name": f"Battery{place}", **parse_simple(row)}
        return
    seen: dict[str, int] = {}
    for instance in sorted(told):
        kind = battery_kind(instance)
        if kind is None:
            continue
        seen[kind] = seen.get(kind, 0) + 1
        name = kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"
        yield {"name": name, **parse_battery(told[instance])}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each battery."""
    return take(want, _batteries(host, want) if want.columns else ())


_ACPI = "ACPI\\PNP0C0A\\0_0"
_MORE = "ACPI\\PNP0C0A\\1_0"
_SIMULATED = "SWD\\DEVGEN\\1_0"

WINDOWS_EXAMPLES = (
    Example(
        System.WINDOWS,
        "Recorded (github.com/forderud/BatterySimulator/issues/58, shortened).",
        rows=(
            {"name": "ACPI\\PNP0C0A"},
            {"name": "SWD\\DEVGEN", "hw.model": "SimulatedBattery", "health": 0.909},
        ),
        facts={
            "wmi": {
                "BatteryStatus": (
                    {"InstanceName": _ACPI},
                    {"InstanceName": _SIMULATED},
                ),
                "BatteryCycleCount": ({"CycleCount": 0, "InstanceName": _ACPI},),
                "BatteryFullChargedCapacity": (
                    {"FullChargedCapacity": 10000, "InstanceName": _SIMULATED},
                ),
                "BatteryStaticData": (
                    {
                        "Chemistry": 1701536070,
                        "DesignedCapacity": 11000,
                        "DeviceName": "SimulatedBattery",
                        "InstanceName": _SIMULATED,
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed with a dump's values (forderud/BatterySimulator/issues/41): two.",
        rows=(
            {
                "name": "ACPI\\PNP0C0A",
                "hw.vendor": "SMP",
                "hw.model": "DELL Y86WG26",
                "hw.serial_number": "9616",
                "hw.battery.chemistry": "Li-poly",
                "hw.battery.state": "Discharging",
                "hw.battery.charge": 0.952,
                "health": 0.696,
                "cycle_count": 363,
            },
            {
                "name": "ACPI\\PNP0C0A-2",
                "hw.battery.state": "Not charging",
                "hw.battery.charge": 0.5,
            },
        ),
        facts={
            "wmi": {
                "BatteryStatus": (
                    {
                        "Charging": False,
                        "Discharging": False,
                        "InstanceName": _MORE,
                        "PowerOnline": True,
                        "RemainingCapacity": 500,
                    },
                    {
                        "Charging": False,
                        "Discharging": True,
                        "InstanceName": _ACPI,
                        "PowerOnline": False,
                        "RemainingCapacity": 38441,
                    },
                ),
                "BatteryCycleCount": ({"CycleCount": 363, "InstanceName": _ACPI},),
                "BatteryFullChargedCapacity": (
                    {"FullChargedCapacity": 40371, "InstanceName": _ACPI},
                    {"FullChargedCapacity": 1000, "InstanceName": _MORE},
                ),
                "BatteryStaticData": (
                    {
                        "Chemistry": 0x50694C,
                        "DesignedCapacity": 58003,
                        "DeviceName": "DELL Y86WG26",
                        "InstanceName": _ACPI,
                        "ManufactureName": "SMP",
                        "SerialNumber": " 9616",
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (sebhildebrandt/systeminformation/issues/42 and 539): no more told.",
        rows=(
            {"name": "Battery0", "hw.battery.charge": 0.7},
            {
                "name": "Battery1",
                "hw.battery.state": "Discharging",
                "hw.battery.charge": 0.8,
            },
        ),
        facts={
            "wmi": {
                "Win32_Battery": (
                    {"BatteryStatus": 2, "EstimatedChargeRemaining": 70},
                    {"BatteryStatus": 1, "EstimatedChargeRemaining": 80},
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: capacities that are not known, a headset, junk.",
        rows=({"name": "ACPI\\PNP0C0A", "hw.battery.state": "Charging"},),
        facts={
            "wmi": {
                "BatteryStatus": (
                    {"Charging": True, "InstanceName": _ACPI, "RemainingCapacity": -1},
                    {"InstanceName": "BTHENUM\\DEV_001F20AABBCC\\7&1"},
                    {"InstanceName": "x", "RemainingCapacity": "x"},
                ),
                "BatteryFullChargedCapacity": (
                    {"FullChargedCapacity": 40371, "InstanceName": _ACPI},
                    {"FullChargedCapacity": 1, "InstanceName": "gone"},
                ),
                "BatteryStaticData": (
                    {"Chemistry": -2, "DesignedCapacity": 0, "InstanceName": _ACPI},
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a machine without a battery.",
        rows=(),
        facts={"wmi": {"BatteryStatus": (), "Win32_Battery": ()}},
    ),
)
