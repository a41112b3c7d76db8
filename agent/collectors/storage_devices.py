# SPDX-License-Identifier: Apache-2.0
"""Storage devices: the disks of the machine.

Rules: whole disks only; nothing on a disk is read; partition labels have no path.
Not here: file systems and their space (`file_systems.py`), health (`disk_health.py`).
Sources: /sys/block, SPC-5 (unit serial number page); MSFT_PhysicalDisk, else
Win32_DiskDrive.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import direct, harmless
from agent.collectors._shared.gather import line, number, start, take, text, times
from agent.collectors._windows.disks import BUSES, DISKS, disk_name, physical_disks
from agent.collectors._windows.steps import words
from agent.collectors._windows.wmi import count, instances, properties
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "storage_devices",
    Kind.SNAPSHOT,
    "The disks: model, size and firmware.",
    ("system.device",),
    (
        harmless("system.device", TEXT, "Tells the disks of one machine apart."),
        harmless("vendor_name", TEXT, "Says where firmware comes from."),
        harmless("model", TEXT, "Finds models that fail early."),
        harmless("size", ValueType.BYTES, "Shows disks that are too small."),
        harmless("bus", TEXT, "Tells internal disks from attached ones."),
        harmless("firmware", TEXT, "Finds firmware with known faults."),
        harmless("rotational", ValueType.BOOLEAN, "Tells hard disks from flash."),
        harmless("removable", ValueType.BOOLEAN, "Leaves sticks out of inventories."),
        direct("serial", "serial", "Needed for warranty and proof of disposal."),
    ),
)

_VIRTUAL = ("dm-", "drbd", "fd", "loop", "md", "nbd", "ram", "rbd", "sr", "zram")
"""Names of what is no disk of its own."""
_BUSES = (
    ("/usb", "usb"),
    ("/nvme", "nvme"),
    ("/mmc", "mmc"),
    ("/virtio", "virtio"),
    ("/ata", "ata"),
    ("/vbd-", "xen"),
    ("/vmbus", "vmbus"),
    ("/host", "scsi"),
)
"""Part of the device's path in /sys -> bus; the first that fits counts."""
_SECTOR_BYTES = 512
"""/sys/block/*/size counts sectors of 512 bytes, whatever the disk's own."""
_PAGE_HEADER = 4
"""Bytes before the serial number in SCSI page 0x80."""


def parse_bus(target: str) -> str | None:
    """Return the bus in a disk's path; None where it is another."""
    return next((bus for part, bus in _BUSES if part in target), None)


def parse_serial_page(data: bytes) -> str | None:
    """Return the serial number in a SCSI vital product data page 0x80."""
    return text(data[_PAGE_HEADER:]).strip() or None


def _first(host: Host, folder: str, names: tuple[str, ...]) -> str | None:
    found = (line(host, f"{folder}/{name}") for name in names)
    return next((value for value in found if value), None)


def _flag(host: Host, path: str) -> bool | None:
    return {"0": False, "1": True}.get(line(host, path) or "")


def _bus(host: Host, folder: str) -> str | None:
    try:
        return parse_bus(host.link(folder))
    except (NotFoundError, DeniedError):
        return None


def _serial(host: Host, folder: str) -> str | None:
    plain = _first(host, folder, ("serial", "device/serial"))
    return plain or parse_serial_page(start(host, f"{folder}/device/vpd_pg80"))


def _read_disk(host: Host, want: Want, name: str) -> Mapping[str, Value]:
    folder = f"/sys/block/{name}"
    values: dict[str, Value] = {"system.device": text(name.encode())}
    if "size" in want:
        sectors = number(line(host, f"{folder}/size"))
        values["size"] = times(sectors, _SECTOR_BYTES)
    if "vendor_name" in want:
        values["vendor_name"] = line(host, f"{folder}/device/vendor")
    if "model" in want:
        values["model"] = _first(host, folder, ("device/model", "device/name"))
    if "bus" in want:
        values["bus"] = _bus(host, folder)
    if "firmware" in want:
        names = ("device/firmware_rev", "device/rev", "device/fwrev")
        values["firmware"] = _first(host, folder, names)
    if "rotational" in want:
        values["rotational"] = _flag(host, f"{folder}/queue/rotational")
    if "removable" in want:
        values["removable"] = _flag(host, f"{folder}/removable")
    if "serial" in want:
        values["serial"] = _serial(host, folder)
    return values


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each disk."""
    names = host.list("/sys/block")
    real = (name for name in names if not name.startswith(_VIRTUAL))
    return take(want, (_read_disk(host, want, name) for name in real))


_PHYSICAL: Mapping[str, tuple[str, ...]] = {
    "vendor_name": ("Manufacturer",),
    "model": ("Model",),
    "size": ("Size",),
    "firmware": ("FirmwareVersion",),
    "rotational": ("MediaType",),
    "serial": ("SerialNumber",),
}
_DRIVE: Mapping[str, tuple[str, ...]] = {
    "vendor_name": ("Manufacturer",),
    "model": ("Model",),
    "size": ("Size",),
    "bus": ("InterfaceType",),
    "firmware": ("FirmwareRevision",),
    "removable": ("MediaType",),
    "serial": ("SerialNumber",),
}
_ROTATES: Mapping[int | None, bool] = {3: True, 4: False, 5: False}
"""MSFT_PhysicalDisk's MediaType: disks, flash, memory; 0 is for what does not say."""
_INTERFACES = {
    "1394": "firewire",
    "HDC": "ata",
    "IDE": "ata",
    "SCSI": "scsi",
    "USB": "usb",
}
_REMOVABLE = {"Removable": True, "External": False, "Fixed": False}
"""First word of Win32_DiskDrive's MediaType, which no language translates."""
_SPLIT = frozenset({"Index", "MediaType"})


def maker(value: Value) -> str | None:
    """Return who made a disk; None for what Windows writes of a standard driver."""
    found = words(value)
    return None if found is None or found.startswith("(") else found


def parse_drive(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of an instance of Win32_DiskDrive."""
    return {
        "system.device": disk_name(row.get("Index")),
        "vendor_name": maker(row.get("Manufacturer")),
        "model": words(row.get("Model")),
        "size": count(row.get("Size")),
        "bus": _INTERFACES.get(words(row.get("InterfaceType")) or ""),
        "firmware": words(row.get("FirmwareRevision")),
        "removable": _REMOVABLE.get((words(row.get("MediaType")) or "").split(" ")[0]),
        "serial": words(row.get("SerialNumber")),
    }


def parse_physical(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of an instance of MSFT_PhysicalDisk."""
    return {
        "system.device": disk_name(row.get("DeviceId")),
        "vendor_name": maker(row.get("Manufacturer")),
        "model": words(row.get("Model")),
        "size": count(row.get("Size")),
        "bus": BUSES.get(count(row.get("BusType"))),
        "firmware": words(row.get("FirmwareVersion")),
        "rotational": _ROTATES.get(count(row.get("MediaType"))),
        "serial": words(row.get("SerialNumber")),
    }


def _removable(host: Host, want: Want) -> dict[Value, Value]:
    """Return which disks can be taken out: Windows' newer class does not tell."""
    if "removable" not in want:
        return {}
    rows = instances(host, WmiClass.DISK_DRIVE, _SPLIT)
    drives = [parse_drive(row) for row in rows]
    return {
        drive["system.device"]: drive["removable"]
        for drive in drives
        if drive["system.device"]
    }


def _windows_disks(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    disks = physical_disks(host, properties(want, _PHYSICAL, *DISKS))
    if not disks:
        drives = properties(want, _DRIVE, "Index")
        for row in windows(host).wmi(WmiClass.DISK_DRIVE, drives):
            yield parse_drive(row)
        return
    removable = _removable(host, want)
    for row in disks:
        values = parse_physical(row)
        yield values | {"removable": removable.get(values["system.device"])}


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each disk."""
    return take(want, _windows_disks(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_NVME = "/sys/devices/pci0000:00/nvme/nvme0/nvme0n1"
_ATA = "/sys/devices/pci0000:00/ata1/host0/block/sda"
_FIXED = "Fixed hard disk media"

EXAMPLES = (
    Example(
        System.LINUX,
        "An NVMe disk, a SATA disk and a loop device; as on a small server.",
        rows=(
            {
                "system.device": "nvme0n1",
                "model": "Samsung SSD 980 PRO 1TB",
                "size": 1000204886016,
                "bus": "nvme",
                "firmware": "5B2QGXA7",
                "rotational": False,
                "removable": False,
                "serial": "S5GXNX0R123456A",
            },
            {
                "system.device": "sda",
                "vendor_name": "ATA",
                "model": "WDC WD40EFRX-68N",
                "size": 4000787030016,
                "bus": "ata",
                "firmware": "0A82",
                "rotational": True,
                "removable": False,
                "serial": "WD-WCC7K0123456",
            },
        ),
        files={
            "/sys/block/loop0/size": b"8\n",
            f"{_NVME}/size": b"1953525168\n",
            f"{_NVME}/removable": b"0\n",
            f"{_NVME}/queue/rotational": b"0\n",
            f"{_NVME}/device/model": b"Samsung SSD 980 PRO 1TB    \n",
            f"{_NVME}/device/serial": b"S5GXNX0R123456A     \n",
            f"{_NVME}/device/firmware_rev": b"5B2QGXA7\n",
            f"{_ATA}/size": b"7814037168\n",
            f"{_ATA}/removable": b"0\n",
            f"{_ATA}/queue/rotational": b"1\n",
            f"{_ATA}/device/vendor": b"ATA     \n",
            f"{_ATA}/device/model": b"WDC WD40EFRX-68N\n",
            f"{_ATA}/device/rev": b"0A82\n",
            f"{_ATA}/device/vpd_pg80": b"\0\x80\0\x14     WD-WCC7K0123456",
        },
        links={
            "/sys/block/nvme0n1": f"../..{_NVME}",
            "/sys/block/sda": f"../..{_ATA}",
        },
    ),
    Example(
        System.LINUX,
        "A disk whose files hold junk has a name and a bus that is not known.",
        rows=({"system.device": "vda", "model": "\ufffd"},),
        files={
            "/sys/block/vda/size": b"99999999999999999999\n",
            "/sys/block/vda/removable": b"maybe\n",
            "/sys/block/vda/device/model": b"\xff\0\n",
            "/sys/block/vda/device/vpd_pg80": b"\0\x80",
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (glpi-project/glpi-agent@77f7cdd, latitude-7480): one NVMe disk.",
        rows=(
            {
                "system.device": "PhysicalDrive0",
                "model": "PC300 NVMe SK hynix 512GB",
                "size": 512110190592,
                "bus": "nvme",
                "firmware": "20007A00",
                "rotational": False,
                "removable": False,
                "serial": "ACE4_2E61_9000_7804.",
            },
        ),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {
                        "BusType": 17,
                        "DeviceId": "0",
                        "FirmwareVersion": "20007A00",
                        "MediaType": 4,
                        "Model": "PC300 NVMe SK hynix 512GB",
                        "SerialNumber": "ACE4_2E61_9000_7804.",
                        "Size": "512110190592",
                    },
                ),
                "Win32_DiskDrive": ({"Index": 0, "MediaType": _FIXED},),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Recorded (glpi-project/glpi-agent@77f7cdd, win7-sp1-x64): an old system.",
        rows=(
            {
                "system.device": "PhysicalDrive0",
                "model": "VBOX HARDDISK ATA Device",
                "size": 107372805120,
                "bus": "ata",
                "firmware": "1.0",
                "removable": False,
                "serial": "42566332666666303539622d6632643731622031",
            },
            {
                "system.device": "PhysicalDrive1",
                "model": "Msft Virtual Disk SCSI Disk Device",
                "size": 98703360,
                "bus": "scsi",
                "firmware": "1.0",
                "removable": False,
            },
        ),
        facts={
            "wmi": {
                "Win32_DiskDrive": (
                    {
                        "FirmwareRevision": "1.0     ",
                        "Index": 0,
                        "InterfaceType": "IDE",
                        "Manufacturer": "(Lecteurs de disque standard)",
                        "MediaType": _FIXED,
                        "Model": "VBOX HARDDISK ATA Device",
                        "SerialNumber": "42566332666666303539622d6632643731622031",
                        "Size": "107372805120",
                    },
                    {
                        "FirmwareRevision": "1.0 ",
                        "Index": 1,
                        "InterfaceType": "SCSI",
                        "Manufacturer": "(Lecteurs de disque standard)",
                        "MediaType": _FIXED,
                        "Model": "Msft Virtual Disk SCSI Disk Device",
                        "SerialNumber": "",
                        "Size": "98703360",
                    },
                ),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: numbers and texts that are none, a disk of a file, one of nothing.",
        rows=({"rotational": False}, {"system.device": "PhysicalDrive4"}),
        facts={
            "wmi": {
                "MSFT_PhysicalDisk": (
                    {"BusType": 99, "DeviceId": "x", "MediaType": "4", "Size": "1e9"},
                    {"BusType": 15, "DeviceId": "3", "Model": "Msft Virtual Disk"},
                    {"DeviceId": "4", "MediaType": 0, "Model": 7, "Size": -1.5},
                ),
                "Win32_DiskDrive": ({"MediaType": "Removable Media"},),
            }
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a machine without a disk of its own.",
        rows=(),
        facts={"wmi": {"MSFT_PhysicalDisk": (), "Win32_DiskDrive": ()}},
    ),
)
