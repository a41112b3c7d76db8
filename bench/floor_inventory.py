# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The floor of an inventory: the same facts, read by the standard library alone.

Rules: the facts of the great datasets, each read once and in the plainest way;
no module of the product; no catalogue, need to know, bounds or outcomes, for these are
what is measured against it; nothing is read that the product never reads.
Not here: the product's readers (`read_inventory.py`), comparing (`inventory.py`).
"""

import json
import os
import sys

if sys.platform == "win32":
    reason = "this floor is of Linux"
    raise ImportError(reason)

DMI = ("sys_vendor", "product_name", "product_serial", "product_uuid", "bios_version")
HOST = ("/proc/sys/kernel/hostname", "/proc/version", "/etc/machine-id")
LINK = ("address", "mtu", "operstate", "speed", "type")
PCI = ("vendor", "device", "class", "subsystem_vendor", "subsystem_device")
USB = ("idVendor", "idProduct", "manufacturer", "product", "serial")
BLOCK = ("size", "removable", "queue/rotational", "device/model", "device/serial")
PACKAGE = (b"Package", b"Version", b"Architecture", b"Installed-Size", b"Maintainer")
TABLES = ("route", "ipv6_route", "fib_trie", "if_inet6", "arp", "tcp", "tcp6", "udp")
UNITS = ("/etc/systemd/system", "/usr/lib/systemd/system")
INFO = "/var/lib/dpkg/info"
STATUS = b"Status: install ok installed"
RESIDENT = 21
"""Place of the resident pages in the fields of /proc/PID/stat after the name."""


def read(path: str) -> str:
    """Return a file as text; empty where it is not to be had."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path object costs more
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


def names(folder: str) -> list[str]:
    """Return the names in a folder."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - a Path object costs more
    except OSError:
        return []


def each(folder: str, files: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Return the named files of each folder of a folder."""
    return {
        name: {file: read(f"{folder}/{name}/{file}") for file in files}
        for name in names(folder)
    }


def lines(path: str, mark: str | None = None) -> list[list[str]]:
    """Return the fields of each line of a file."""
    return [line.split(mark) for line in read(path).splitlines()]


def packages() -> list[dict[str, str]]:
    """Return the installed packages of dpkg's list."""
    found = []
    try:
        with open("/var/lib/dpkg/status", "rb") as file:  # noqa: PTH123 - as above
            data = file.read()
    except OSError:
        return []
    for part in data.split(b"\n\n"):
        if STATUS in part:
            fields = (line.partition(b": ") for line in part.split(b"\n"))
            told = {
                name.decode(): value.decode("utf-8", "replace")
                for name, _, value in fields
                if name in PACKAGE
            }
            name, both = told["Package"], f"{told['Package']}:{told['Architecture']}"
            listed = (f"{INFO}/{form}.list" for form in (name, both))
            told["installed"] = next(filter(None, map(changed, listed)), "")
            found.append(told)
    return found


def changed(path: str) -> str:
    """Return when a file was changed; empty where there is none."""
    try:
        return str(int(os.stat(path).st_mtime))  # noqa: PTH116 - as above
    except OSError:
        return ""


def services() -> dict[str, bool]:
    """Return each unit file, and whether it can be enabled."""
    return {
        name: "[Install]" in read(f"{folder}/{name}")
        for folder in UNITS
        for name in names(folder)
        if name.endswith(".service")
    }


def sockets() -> dict[str, str]:
    """Return the process of each socket."""
    found = {}
    for name in filter(str.isdigit, names("/proc")):
        for number in names(f"/proc/{name}/fd"):
            try:
                target = os.readlink(f"/proc/{name}/fd/{number}")  # noqa: PTH115 - as above
            except OSError:
                continue
            if target.startswith("socket:"):
                found[target] = name
    return found


def processes() -> list[list[str | int]]:
    """Return number, parent, name, user, state, start and memory of each process."""
    found: list[list[str | int]] = []
    for name in filter(str.isdigit, names("/proc")):
        head, _, rest = read(f"/proc/{name}/stat").rpartition(")")
        fields = rest.split()
        try:
            user = os.stat(f"/proc/{name}").st_uid  # noqa: PTH116 - as above
        except OSError:  # it has just ended
            continue
        if len(fields) > RESIDENT:
            kept = (fields[1], fields[0], fields[19], fields[RESIDENT])
            found.append([name, head.partition("(")[2], user, *kept])
    return found


def mounts() -> list[list[str | int]]:
    """Return the mounted devices with their space."""
    found: list[list[str | int]] = []
    for fields in lines("/proc/self/mounts"):
        if fields[0].startswith("/dev/"):
            space = os.statvfs(fields[1])
            sizes = (space.f_frsize, space.f_blocks, space.f_bavail)
            found.append([*fields[:4], *sizes])
    return found


def inventory() -> dict[str, object]:
    """Return everything."""
    return {
        "host": [read(path) for path in HOST],
        "os": [read("/etc/os-release"), read("/proc/uptime"), read("/etc/timezone")],
        "dmi": {name: read(f"/sys/class/dmi/id/{name}") for name in DMI},
        "cpu": lines("/proc/cpuinfo", ":"),
        "memory": lines("/proc/meminfo", ":"),
        "block": each("/sys/block", BLOCK),
        "mounts": mounts(),
        "pci": each("/sys/bus/pci/devices", PCI),
        "usb": each("/sys/bus/usb/devices", USB),
        "net": each("/sys/class/net", LINK),
        "tables": {name: lines(f"/proc/net/{name}") for name in TABLES},
        "resolvers": lines("/etc/resolv.conf"),
        "services": services(),
        "sockets": sockets(),
        "users": lines("/etc/passwd", ":"),
        "groups": lines("/etc/group", ":"),
        "processes": processes(),
        "software": packages(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(inventory(), separators=(",", ":")))
