# SPDX-License-Identifier: Apache-2.0
r"""Cards, USB devices and monitors as Windows tells them.

Rules: what a device's maker numbered is its serial number and nothing else; Bluetooth
devices, whose names hold addresses, and what a driver makes up are passed over; the
parts of a device that is several in one are told as the one.
Not here: the declaration, and Linux (`peripherals.py`).
Source: Win32_PnPEntity (BUS\HARDWARE\INSTANCE), WmiMonitorID, the class key of display
adapters, else Win32_VideoController; devguid.h.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.collectors._shared.gather import take
from agent.collectors._windows.steps import figure, registry, registry_keys, words
from agent.collectors._windows.wmi import count, instances, letters, properties
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Reading, Want
from wire.values import Value

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "class": ("ClassGuid",),
    "vendor_name": ("Manufacturer",),
    "product_name": ("Name",),
    "driver": ("Service",),
}
_MONITOR_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "vendor_id": ("ManufacturerName",),
    "product_id": ("ProductCodeID",),
    "product_name": ("UserFriendlyName",),
    "serial": ("SerialNumberID",),
    "manufacture_year": ("YearOfManufacture",),
}
_DEVICE = re.compile(
    r"(PCI|USB)\\((?:VEN|VID)_([0-9A-F]{4})&(?:DEV|PID)_([0-9A-F]{4}))"
    r"(?:&(MI_[0-9A-F]{2})|&SUBSYS_[0-9A-F]{8}|&REV_[0-9A-F]{2,4})*\\(.+)\Z",
    re.IGNORECASE,
)
_MONITOR = re.compile(r"DISPLAY\\([A-Z]{3})([0-9A-F]{4})\\(.+?)_\d+\Z", re.IGNORECASE)
_MADE_UP = "&"
"""In an instance that Windows made from the place where a device is plugged in."""
_BUS = "serial-bus"
_TAIL = "-e325-11ce-bfc1-08002be10318"
_CLASSES = {
    f"4d36e968{_TAIL}": "graphics",
    f"4d36e96a{_TAIL}": "storage",
    f"4d36e96b{_TAIL}": "input",
    f"4d36e96c{_TAIL}": "multimedia",
    f"4d36e96d{_TAIL}": "communication",
    f"4d36e96f{_TAIL}": "input",
    f"4d36e972{_TAIL}": "network",
    f"4d36e978{_TAIL}": "communication",
    f"4d36e979{_TAIL}": "printer",
    f"4d36e97b{_TAIL}": "storage",
    f"4d36e97d{_TAIL}": "system",
    "36fc9e60-c465-11cf-8056-444553540000": _BUS,
    "50dd5230-ba8a-11d1-bf5d-0000f805f530": "smart-card",
    "53d29ef7-377c-4d14-864b-eb3a85769359": "biometric",
    "6bdd1fc6-810f-11d0-bec7-08002be2092f": "image",
    "745a17a0-74d3-11d0-b6fe-00a0c90f57da": "input",
    "88bae032-5a81-49f0-bc3d-a4ff138216d6": "vendor-specific",
    "ca3e7ab9-b4c3-4ae6-8251-579ef933890f": "video",
    "d94ee5d8-d189-4994-83d2-f68d7d41b0e6": "encryption",
    "e0cbf06c-cd8b-4647-bb8a-263b43f0f974": "wireless",
    "eec5ad98-8080-425f-922a-dabf3de3f69a": "portable-device",
}
"""Set-up classes, in the words of PCI's and USB's."""
_ADAPTERS = f"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{{4d36e968{_TAIL}}}"
_ADAPTER = re.compile(r"\d{4}\Z")
_MEMORY = "HardwareInformation.qwMemorySize"
_MATCHING = "MatchingDeviceId"
_FULL = 0xFFF0_0000
"""What AdapterRAM says of four gigabytes and of more."""
_NO_SERIAL = frozenset({"0", "00000000", "01010101", "16843009"})
"""Serial numbers of monitors whose makers do not number."""
_YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class DeviceId:
    """The parts of a device's identifier."""

    bus: str
    hardware: str
    vendor: str
    product: str
    part: str
    instance: str


def parse_device_id(value: Value) -> DeviceId | None:
    """Return the parts of a PCI or USB device's identifier; None for others."""
    found = _DEVICE.match(words(value) or "")
    if found is None:
        return None
    bus, hardware, vendor, product, part, instance = found.groups(default="")
    return DeviceId(
        bus.lower(),
        hardware.upper(),
        vendor.lower(),
        product.lower(),
        part.upper(),
        instance,
    )


def _maker(value: Value) -> str | None:
    """Return who made a device; None for what Windows writes of its own drivers."""
    found = words(value)
    return None if found is None or found.startswith("(") else found


def _shown(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return what Windows shows of a device or of a part."""
    guid = (words(row.get("ClassGuid")) or "").strip("{}").lower()
    return {
        "class": _CLASSES.get(guid),
        "vendor_name": _maker(row.get("Manufacturer")),
        "product_name": words(row.get("Name")),
        "driver": words(row.get("Service")),
    }


def parse_devices(rows: Iterable[Mapping[str, Value]]) -> Iterator[dict[str, Value]]:
    """Yield the columns of each PCI card and USB device."""
    known = [(parse_device_id(row.get("DeviceID")), row) for row in rows]
    parts: dict[str, dict[str, Value]] = {}
    for device, row in known:
        if device is not None and device.part:
            parts.setdefault(device.hardware, _shown(row))
    numbered: dict[str, int] = {}
    for device, row in known:
        if device is None or device.part:
            continue
        made_up = _MADE_UP in device.instance
        if made_up:
            address = device.instance
        else:
            numbered[device.hardware] = numbered.get(device.hardware, 0) + 1
            address = f"{device.hardware}#{numbered[device.hardware]}"
        shown = parts.get(device.hardware) or _shown(row)
        if shown["class"] == _BUS and device.bus == "usb":
            shown["class"] = "hub"
        yield {
            "bus": device.bus,
            "address": address,
            "vendor_id": device.vendor,
            "product_id": device.product,
            "serial": None if made_up else device.instance,
            **shown,
        }


def parse_monitor(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of a monitor; none where it has no identifier."""
    found = _MONITOR.match(words(row.get("InstanceName")) or "")
    if found is None:
        return {}
    serial, year = (
        letters(row.get("SerialNumberID")),
        count(row.get("YearOfManufacture")),
    )
    return {
        "bus": "display",
        "address": found[3],
        "class": "monitor",
        "vendor_id": letters(row.get("ManufacturerName")) or found[1].upper(),
        "product_id": (letters(row.get("ProductCodeID")) or found[2]).lower(),
        "product_name": letters(row.get("UserFriendlyName")),
        "serial": None if serial in _NO_SERIAL else serial,
        "manufacture_year": year if year in _YEARS else None,
    }


def _hardware(value: Value) -> str | None:
    device = parse_device_id(f"{words(value) or ''}\\&")
    return device.hardware if device else None


def _memories(host: Host) -> Mapping[str, int]:
    """Return the memory of each graphics card, by its hardware."""
    found: dict[str, int] = {}
    for row in instances(
        host, WmiClass.VIDEO_CONTROLLER, frozenset({"AdapterRAM", "PNPDeviceID"})
    ):
        device, size = (
            parse_device_id(row.get("PNPDeviceID")),
            count(row.get("AdapterRAM")),
        )
        if device and size and size < _FULL:
            found[device.hardware] = size
    for key in registry_keys(host, _ADAPTERS):
        if not _ADAPTER.match(key):
            continue
        values = registry(host, f"{_ADAPTERS}\\{key}", _MATCHING, _MEMORY)
        hardware, size = _hardware(values.get(_MATCHING)), figure(values.get(_MEMORY))
        if hardware and size:
            found[hardware] = size
    return found


def _devices(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    asked = properties(want, _COLUMNS, "DeviceID")
    rows = windows(host).wmi(WmiClass.PLUG_AND_PLAY, asked)
    memories = _memories(host) if "gpu_memory" in want else {}
    for values in parse_devices(rows):
        hardware = f"VEN_{values['vendor_id']}&DEV_{values['product_id']}".upper()
        yield values | {"gpu_memory": memories.get(hardware)}
    want.check()
    asked = properties(want, _MONITOR_COLUMNS, "InstanceName")
    yield from filter(
        None, map(parse_monitor, instances(host, WmiClass.MONITOR, asked))
    )


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each card, USB device and monitor."""
    return take(want, _devices(host, want) if want.columns else ())
