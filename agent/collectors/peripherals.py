# SPDX-License-Identifier: Apache-2.0
"""Peripherals: cards, attached devices and monitors.

Rules: a device's own words are its maker's, not its owner's; what is stored on it is
not read; a root hub is part of the board and no row.
Not here: disks (`storage_devices.py`), network cards' addresses
(`network_interfaces.py`), batteries of devices (nobody's).
Sources: /sys/bus/pci, /sys/bus/usb, /sys/class/drm; PCI Code and ID Assignment 1.15,
USB-IF's defined class codes, VESA EDID; WMI (`_windows/peripherals.py`).
"""

import re
from collections.abc import Callable, Iterator, Mapping

from agent.collectors._shared.declare import direct, harmless, quasi
from agent.collectors._shared.edid import EDID_BYTES, parse_edid
from agent.collectors._shared.gather import line, names, number, take, text, there
from agent.errors import DeniedError, NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "peripherals",
    Kind.SNAPSHOT,
    "Cards, USB devices and monitors: what they are and which driver runs them.",
    ("bus", "address"),
    (
        harmless("bus", TEXT, "Tells cards, attached devices and monitors apart."),
        harmless("address", TEXT, "Says where it is plugged in."),
        harmless("class", TEXT, "Says what it is for."),
        quasi("vendor_id", TEXT, "Finds its maker's drivers and known faults."),
        quasi("product_id", TEXT, "Finds its drivers and known faults."),
        quasi("vendor_name", TEXT, "Says who made it."),
        quasi("product_name", TEXT, "Says what it is; at home it may tell of a hobby."),
        harmless("driver", TEXT, "Shows devices that nothing drives."),
        direct("serial", "serial", "Needed for warranty and proof of return."),
        harmless("gpu_memory", ValueType.BYTES, "Shows graphics too small for a task."),
        harmless("manufacture_year", ValueType.INTEGER, "Shows monitors that are old."),
    ),
)

_PCI = "/sys/bus/pci/devices"
_USB = "/sys/bus/usb/devices"
_MONITORS = "/sys/class/drm"
_PCI_CLASSES = {
    "01": "storage",
    "02": "network",
    "03": "graphics",
    "04": "multimedia",
    "05": "memory",
    "06": "bridge",
    "07": "communication",
    "08": "system",
    "09": "input",
    "0a": "docking",
    "0b": "processor",
    "0c": "serial-bus",
    "0d": "wireless",
    "10": "encryption",
    "11": "signal-processing",
    "12": "accelerator",
}
_USB_CLASSES = {
    "01": "audio",
    "02": "communication",
    "03": "input",
    "06": "image",
    "07": "printer",
    "08": "storage",
    "09": "hub",
    "0a": "communication",
    "0b": "smart-card",
    "0e": "video",
    "10": "audio",
    "e0": "wireless",
    "fe": "application",
    "ff": "vendor-specific",
}
_ASK_INTERFACES = frozenset({"00", "ef"})
"""Device classes that mean: each interface has its own."""
_ID = re.compile(r"(?:0x)?([0-9a-fA-F]{4})\Z")
_CLASS = re.compile(r"0x([0-9a-fA-F]{2})[0-9a-fA-F]{4}\Z")
_DEVICE = re.compile(r"\d+-\d+(?:\.\d+)*\Z")
"""A USB device by its ports; usb1 is a root hub, 1-1:1.0 an interface."""
_CONNECTOR = re.compile(r"card\d+-[\w-]+\Z")


def parse_id(value: str | None) -> str | None:
    """Return a vendor's or product's four digits, lower-case."""
    found = _ID.match(value or "")
    return found[1].lower() if found else None


def parse_pci_class(value: str | None) -> str | None:
    """Return what a PCI device is for; None for what has no word."""
    found = _CLASS.match(value or "")
    return _PCI_CLASSES.get(found[1].lower()) if found else None


def _driver(host: Host, folder: str) -> str | None:
    try:
        target = host.link(f"{folder}/driver")
    except (NotFoundError, DeniedError):
        return None
    return target.rpartition("/")[2] or None


def _read_card(host: Host, want: Want, name: str) -> Mapping[str, Value]:
    folder = f"{_PCI}/{name}"
    values: dict[str, Value] = {"bus": "pci", "address": text(name.encode())}
    if "class" in want:
        values["class"] = parse_pci_class(line(host, f"{folder}/class"))
    if "vendor_id" in want:
        values["vendor_id"] = parse_id(line(host, f"{folder}/vendor"))
    if "product_id" in want:
        values["product_id"] = parse_id(line(host, f"{folder}/device"))
    if "driver" in want:
        values["driver"] = _driver(host, folder)
    if "gpu_memory" in want:
        values["gpu_memory"] = number(line(host, f"{folder}/mem_info_vram_total"))
    return values


def _interfaces(host: Host, folder: str, name: str) -> list[str]:
    """Return the folders of a USB device's interfaces."""
    found = names(host, folder)
    return [f"{folder}/{entry}" for entry in found if entry.startswith(f"{name}:")]


def _usb_class(host: Host, folder: str, name: str) -> str | None:
    found = line(host, f"{folder}/bDeviceClass")
    if found in _ASK_INTERFACES:
        words = (
            _USB_CLASSES.get(line(host, f"{interface}/bInterfaceClass") or "")
            for interface in _interfaces(host, folder, name)
        )
        return next((word for word in words if word), None)
    return _USB_CLASSES.get(found or "")


def _usb_driver(host: Host, folder: str, name: str) -> str | None:
    """Return the first driver of an interface: all devices themselves have "usb"."""
    found = (_driver(host, entry) for entry in _interfaces(host, folder, name))
    return next((driver for driver in found if driver), None)


_USB_FILES = {
    "vendor_name": "manufacturer",
    "product_name": "product",
    "serial": "serial",
}


def _read_attached(host: Host, want: Want, name: str) -> Mapping[str, Value]:
    folder = f"{_USB}/{name}"
    values: dict[str, Value] = {"bus": "usb", "address": text(name.encode())}
    if "class" in want:
        values["class"] = _usb_class(host, folder, name)
    if "vendor_id" in want:
        values["vendor_id"] = parse_id(line(host, f"{folder}/idVendor"))
    if "product_id" in want:
        values["product_id"] = parse_id(line(host, f"{folder}/idProduct"))
    if "driver" in want:
        values["driver"] = _usb_driver(host, folder, name)
    for column, file in _USB_FILES.items():
        if column in want:
            values[column] = line(host, f"{folder}/{file}")
    return values


def _read_monitor(host: Host, _want: Want, name: str) -> Mapping[str, Value]:
    try:
        data = host.read_part(f"{_MONITORS}/{name}/edid", 0, EDID_BYTES)
    except (NotFoundError, DeniedError):
        return {}
    if not data:
        return {}
    address = text(name.encode())
    return {
        "bus": "display",
        "address": address,
        "class": "monitor",
        **parse_edid(data),
    }


_ReadOne = Callable[[Host, Want, str], Mapping[str, Value]]
_BUSES: tuple[tuple[str, re.Pattern[str], _ReadOne], ...] = (
    (_PCI, re.compile(r"[0-9a-f]"), _read_card),
    (_USB, _DEVICE, _read_attached),
    (_MONITORS, _CONNECTOR, _read_monitor),
)


def _each(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    for folder, form, read in _BUSES:
        for name in names(host, folder):
            if form.match(name):
                want.check()
                found = read(host, want, name)
                if found:
                    yield found


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each card, attached device and monitor."""
    if not any(there(host, folder) for folder, _, _ in _BUSES):
        reason = "no-device-buses"
        raise UnsupportedError(reason)
    return take(want, _each(host, want))


def read_windows(host: Host, want: Want) -> Reading:
    """Read the same of Windows."""
    from agent.collectors._windows import peripherals as there  # noqa: PLC0415 - Linux has no use of it

    return there.read_windows(host, want)


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}


def _files(folder: str, **values: bytes) -> Mapping[str, bytes]:
    return {f"{folder}/{file}": data + b"\n" for file, data in values.items()}


_PANEL = (
    b"\x00\xff\xff\xff\xff\xff\xff\x00\x10\xac\x64\xa0\x4c\x31\x30\x30\x0c\x1d".ljust(
        54, b"\x01"
    )
    + b"\x01" * 18
    + b"\x00\x00\x00\xff\x00TYPR1234567A\n"
    + b"\x00\x00\x00\xfc\x00DELL U2720Q\n "
    + b"\x00\x00\x00\xfd\x00\x38\x4c\x1e\x53\x11\x00\x0a      "
    + b"\x00\x7f"
)

EXAMPLES = (
    Example(
        System.LINUX,
        "Recorded: three cards of a virtual server, of which one has no class.",
        rows=(
            {
                "bus": "pci",
                "address": "0000:00:00.0",
                "class": "bridge",
                "vendor_id": "8086",
                "product_id": "0d57",
            },
            {
                "bus": "pci",
                "address": "0000:00:01.0",
                "vendor_id": "1af4",
                "product_id": "1045",
                "driver": "virtio-pci",
            },
            {
                "bus": "pci",
                "address": "0000:00:02.0",
                "class": "storage",
                "vendor_id": "1af4",
                "product_id": "1042",
                "driver": "virtio-pci",
            },
        ),
        files={
            f"{_PCI}/0000:00:00.0/class": b"0x060000\n",
            f"{_PCI}/0000:00:00.0/vendor": b"0x8086\n",
            f"{_PCI}/0000:00:00.0/device": b"0x0d57\n",
            f"{_PCI}/0000:00:01.0/class": b"0xffff00\n",
            f"{_PCI}/0000:00:01.0/vendor": b"0x1af4\n",
            f"{_PCI}/0000:00:01.0/device": b"0x1045\n",
            f"{_PCI}/0000:00:02.0/class": b"0x018000\n",
            f"{_PCI}/0000:00:02.0/vendor": b"0x1af4\n",
            f"{_PCI}/0000:00:02.0/device": b"0x1042\n",
        },
        links={
            f"{_PCI}/0000:00:01.0/driver": "../../../bus/pci/drivers/virtio-pci",
            f"{_PCI}/0000:00:02.0/driver": "../../../bus/pci/drivers/virtio-pci",
        },
    ),
    Example(
        System.LINUX,
        "Composed: a graphics card, a keyboard, a stick behind a hub, two monitors.",
        rows=(
            {
                "bus": "pci",
                "address": "0000:03:00.0",
                "class": "graphics",
                "vendor_id": "1002",
                "product_id": "73bf",
                "driver": "amdgpu",
                "gpu_memory": 17163091968,
            },
            {
                "bus": "usb",
                "address": "1-2",
                "class": "input",
                "vendor_id": "046d",
                "product_id": "c31c",
                "vendor_name": "Logitech",
                "product_name": "USB Keyboard",
                "driver": "usbhid",
            },
            {
                "bus": "usb",
                "address": "2-1.4",
                "class": "storage",
                "vendor_id": "0781",
                "product_id": "5581",
                "product_name": "Ultra",
                "serial": "4C530001230415117263",
            },
            {
                "bus": "display",
                "address": "card0-DP-1",
                "class": "monitor",
                "vendor_id": "DEL",
                "product_id": "a064",
                "product_name": "DELL U2720Q",
                "serial": "TYPR1234567A",
                "manufacture_year": 2019,
            },
            {
                "bus": "display",
                "address": "card0-eDP-1",
                "class": "monitor",
            },
        ),
        files={
            f"{_PCI}/0000:03:00.0/class": b"0x030000\n",
            f"{_PCI}/0000:03:00.0/vendor": b"0x1002\n",
            f"{_PCI}/0000:03:00.0/device": b"0x73BF\n",
            f"{_PCI}/0000:03:00.0/mem_info_vram_total": b"17163091968\n",
            **_files(f"{_USB}/usb1", idVendor=b"1d6b", serial=b"0000:00:14.0"),
            **_files(
                f"{_USB}/1-2",
                bDeviceClass=b"00",
                idVendor=b"046d",
                idProduct=b"c31c",
                manufacturer=b"Logitech",
                product=b"USB Keyboard",
            ),
            f"{_USB}/1-2/1-2:1.0/bInterfaceClass": b"03\n",
            **_files(
                f"{_USB}/2-1.4",
                bDeviceClass=b"00",
                idVendor=b"0781",
                idProduct=b"5581",
                product=b" Ultra",
                serial=b"4C530001230415117263",
            ),
            f"{_USB}/2-1.4/2-1.4:1.0/bInterfaceClass": b"08\n",
            f"{_MONITORS}/card0-DP-1/edid": _PANEL,
            f"{_MONITORS}/card0-HDMI-A-1/edid": b"",
            f"{_MONITORS}/card0-eDP-1/edid": _PANEL[:100],
            f"{_MONITORS}/card0/dev": b"226:0\n",
        },
        links={
            f"{_PCI}/0000:03:00.0/driver": "../../../../bus/pci/drivers/amdgpu",
            f"{_USB}/1-2/1-2:1.0/driver": "../../../../bus/usb/drivers/usbhid",
        },
    ),
    Example(
        System.LINUX,
        "Composed: junk in every file, names that are no device.",
        rows=(
            {"bus": "pci", "address": "0000:00:1f.0"},
            {"bus": "usb", "address": "1-1", "product_name": "\ufffd"},
        ),
        files={
            f"{_PCI}/0000:00:1f.0/class": b"0x03",
            f"{_PCI}/0000:00:1f.0/vendor": b"\xff\xfe",
            f"{_PCI}/0000:00:1f.0/mem_info_vram_total": b"-1\n",
            f"{_USB}/1-1/bDeviceClass": b"\0",
            f"{_USB}/1-1/idVendor": b"46d\n",
            f"{_USB}/1-1/product": b"\xff\n",
            f"{_USB}/1-1/serial": b"",
            f"{_USB}/1-x/product": b"x\n",
            f"{_MONITORS}/version": b"drm 1.1.0\n",
        },
    ),
)
