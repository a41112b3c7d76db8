# SPDX-License-Identifier: Apache-2.0
"""Storage devices: the disks of the machine.

Rules: whole disks only; nothing on a disk is read; partition labels have no path.
Not here: file systems and their space (`file_systems.py`), health (part 2).
Sources: /sys/block, SPC-5 (unit serial number page).
"""

from collections.abc import Mapping

from agent.collectors._declare import direct, harmless
from agent.collectors._gather import line, number, pick, start, text, times
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host
from agent.rows import Example, Reader, Reading, Row, Want
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
    rows: list[Row] = []
    for name in host.list("/sys/block"):
        if name.startswith(_VIRTUAL):
            continue
        want.check()
        if len(rows) >= want.rows:
            return Reading(rows, truncated=True)
        rows.append(pick(want, _read_disk(host, want, name)))
    return Reading(rows)


READERS: Mapping[System, Reader] = {System.LINUX: read_linux}

_NVME = "/sys/devices/pci0000:00/nvme/nvme0/nvme0n1"
_ATA = "/sys/devices/pci0000:00/ata1/host0/block/sda"

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
)
