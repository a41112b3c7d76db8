# SPDX-License-Identifier: Apache-2.0
"""Batteries: those that run the machine, and how worn they are.

Rules: batteries of mice, phones and headsets are passed over, for their names hold
addresses of devices.
Not here: the mains (nothing is known of it), temperatures (`sensors.py`).
Sources: /sys/class/power_supply; Linux's power_supply class, in micro-units; WMI
(`_windows/batteries.py`).
"""

from collections.abc import Iterable, Iterator, Mapping

from agent.collectors._shared.declare import direct, harmless
from agent.collectors._shared.gather import number, shown, take, text
from agent.errors import NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "batteries",
    Kind.SNAPSHOT,
    "The machine's own batteries: how full, and how worn.",
    ("name",),
    (
        harmless("name", TEXT, "Tells the batteries of one machine apart."),
        harmless("hw.vendor", TEXT, "Says who replaces it."),
        harmless("hw.model", TEXT, "Finds models that were called back."),
        direct("hw.serial_number", "serial", "Needed for warranty and recalls."),
        harmless("hw.battery.chemistry", TEXT, "Says how it is disposed of."),
        harmless("hw.battery.state", TEXT, "Shows a battery that does not charge."),
        harmless("hw.battery.charge", ValueType.RATIO, "Shows a machine about to die."),
        harmless("health", ValueType.RATIO, "Shows batteries due for replacement."),
        harmless("cycle_count", ValueType.COUNT, "Shows how worn it is."),
    ),
)

_FOLDER = "/sys/class/power_supply"
_KINDS = frozenset({"Battery", "UPS"})
_ATTACHED = "Device"
"""Scope of a battery that runs an attached device, not the machine."""
_UNSAID = frozenset({"", "0", "Unknown", "N/A"})
"""What firmware writes where it has nothing to say."""
_TEXTS = {
    "hw.vendor": "manufacturer",
    "hw.model": "model_name",
    "hw.serial_number": "serial_number",
    "hw.battery.chemistry": "technology",
    "hw.battery.state": "status",
}
_UNITS = ("energy", "charge")
"""A battery counts watt-hours or ampere-hours; either gives the ratio."""
_PERCENT = 100
_BROKEN = 2.0
"""Twice what a battery was made for: its gauge does not know."""


def ratio(part: int | None, full: int | None) -> float | None:
    """Return how much of a whole a part is; None where a gauge is broken."""
    if part is None or not full:
        return None
    found = part / full
    return round(min(found, 1.0), 3) if found <= _BROKEN else None


def _said(host: Host, folder: str, name: str) -> str | None:
    value = (shown(host, f"{folder}/{name}") or "").strip()
    return None if value in _UNSAID else value


def _gauge(host: Host, folder: str, part: str, full: str) -> float | None:
    for unit in _UNITS:
        whole = number(shown(host, f"{folder}/{unit}_{full}"))
        found = ratio(number(shown(host, f"{folder}/{unit}_{part}")), whole)
        if found is not None:
            return found
    return None


def _charge(host: Host, folder: str) -> float | None:
    percent = number(shown(host, f"{folder}/capacity"))
    if percent is not None:
        return percent / _PERCENT if percent <= _PERCENT else None
    return _gauge(host, folder, "now", "full")


def _read_battery(host: Host, want: Want, name: str) -> Mapping[str, Value]:
    folder = f"{_FOLDER}/{name}"
    values: dict[str, Value] = {"name": text(name.encode())}
    for column, file in _TEXTS.items():
        if column in want:
            values[column] = _said(host, folder, file)
    if "hw.battery.charge" in want:
        values["hw.battery.charge"] = _charge(host, folder)
    if "health" in want:
        values["health"] = _gauge(host, folder, "full", "full_design")
    if "cycle_count" in want:
        values["cycle_count"] = number(shown(host, f"{folder}/cycle_count")) or None
    return values


def _runs_the_machine(host: Host, name: str) -> bool:
    folder = f"{_FOLDER}/{name}"
    if shown(host, f"{folder}/type") not in _KINDS:
        return False
    if shown(host, f"{folder}/present") == "0":
        return False
    return shown(host, f"{folder}/scope") != _ATTACHED


def _each(
    host: Host, want: Want, found: Iterable[str]
) -> Iterator[Mapping[str, Value]]:
    for name in found:
        want.check()
        if _runs_the_machine(host, name):
            yield _read_battery(host, want, name)


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each battery."""
    try:
        found = host.list(_FOLDER)
    except NotFoundError:
        reason = "no-power-supply-class"
        raise UnsupportedError(reason) from None
    return take(want, _each(host, want, found))


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import batteries as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}


def _files(name: str, **values: bytes) -> Mapping[str, bytes]:
    return {f"{_FOLDER}/{name}/{file}": data for file, data in values.items()}


EXAMPLES = (
    Example(
        System.LINUX,
        "Composed: a laptop's battery, the mains, and a mouse's battery.",
        rows=(
            {
                "name": "BAT0",
                "hw.vendor": "SMP",
                "hw.model": "5B10W51867",
                "hw.serial_number": "4217",
                "hw.battery.chemistry": "Li-poly",
                "hw.battery.state": "Discharging",
                "hw.battery.charge": 0.83,
                "health": 0.892,
                "cycle_count": 211,
            },
        ),
        files={
            **_files("AC", type=b"Mains\n", online=b"0\n"),
            **_files(
                "BAT0",
                type=b"Battery\n",
                present=b"1\n",
                manufacturer=b"SMP\n",
                model_name=b"5B10W51867\n",
                serial_number=b" 4217\n",
                technology=b"Li-poly\n",
                status=b"Discharging\n",
                capacity=b"83\n",
                energy_now=b"42210000\n",
                energy_full=b"50860000\n",
                energy_full_design=b"57000000\n",
                cycle_count=b"211\n",
            ),
            **_files(
                "hid-00:1f:20:aa:bb:cc-battery",
                type=b"Battery\n",
                scope=b"Device\n",
                capacity=b"50\n",
            ),
        },
    ),
    Example(
        System.LINUX,
        "Composed: two batteries by charge; firmware that says 0 and Unknown.",
        rows=(
            {
                "name": "BAT0",
                "hw.battery.state": "Full",
                "hw.battery.charge": 1.0,
                "health": 0.5,
            },
            {"name": "BAT1", "hw.model": "X"},
        ),
        files={
            **_files(
                "BAT0",
                type=b"Battery\n",
                serial_number=b"0\n",
                technology=b"Unknown\n",
                status=b"Full\n",
                charge_now=b"2010000\n",
                charge_full=b"2000000\n",
                charge_full_design=b"4000000\n",
                cycle_count=b"0\n",
            ),
            **_files("BAT1", type=b"Battery\n", status=b"Unknown\n", model_name=b"X\n"),
            **_files("BAT2", type=b"Battery\n", present=b"0\n"),
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk, half-written numbers, a gauge that is off by far.",
        rows=({"name": "BAT0", "hw.vendor": "\ufffd"},),
        files={
            **_files(
                "BAT0",
                type=b"Battery",
                manufacturer=b"\xff\0\n",
                capacity=b"101",
                energy_now=b"-1",
                energy_full=b"99999999999999999999",
                charge_full=b"9000000",
                charge_full_design=b"1",
                cycle_count=b"\x80",
            ),
            **_files("BAT1", type=b""),
            **_files("BAT2", type=b"\xff\xfe"),
        },
    ),
    Example(
        System.LINUX,
        "Recorded: a virtual server, whose folder is empty.",
        rows=(),
        files={f"{_FOLDER}/": b""},
    ),
)
