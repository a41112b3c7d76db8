# SPDX-License-Identifier: Apache-2.0
"""File systems: what is mounted where, and how full it is.

Rules: a network mount is listed and never asked for its space, for the answer may
never come; the server behind it is not named; pseudo file systems are left out.
Not here: the mount table's form (`_linux/mounts.py`), disks (`storage_devices.py`), any
file or folder name below a mount.
Sources: /proc/self/mounts, statvfs(3).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from agent.collectors._linux.mounts import Mount, parse_mounts, parse_writable
from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.gather import take, text
from agent.collectors._windows.steps import words
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import DiskUsage, Host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, BYTES, FLAG = ValueType.TEXT, ValueType.BYTES, ValueType.BOOLEAN

DATASET = Dataset(
    "file_systems",
    Kind.SNAPSHOT,
    "Mounted file systems: type, size and how full they are.",
    ("system.filesystem.mountpoint",),
    (
        quasi("system.device", TEXT, "Says which disk is full."),
        quasi(
            "system.filesystem.mountpoint",
            TEXT,
            "Says which part of the machine is full.",
            "shorten_path",
            "path",
        ),
        harmless("system.filesystem.type", TEXT, "Some types need other care."),
        harmless("network", FLAG, "Tells shares of other machines from own disks."),
        harmless("read_only", FLAG, "A disk that turned read-only is failing."),
        harmless("system.filesystem.limit", BYTES, "Shows disks that are too small."),
        harmless("system.filesystem.usage", BYTES, "Warns before a disk is full."),
        harmless("available", BYTES, "Says what ordinary users can still write."),
    ),
)

_SPACE_COLUMNS = ("system.filesystem.limit", "system.filesystem.usage", "available")


def _space(host: Host, mount: Mount) -> dict[str, Value]:
    if mount.network:
        return {}
    try:
        usage = host.usage(mount.point.decode("utf-8", "surrogateescape"))
    except (NotFoundError, DeniedError):
        return {}
    sizes = (usage.total, usage.used, usage.available)
    return dict(zip(_SPACE_COLUMNS, sizes, strict=True))


def _describe(host: Host, want: Want, mount: Mount) -> Mapping[str, Value]:
    own = mount.device.startswith(b"/dev/")
    space = _space(host, mount) if want.any(*_SPACE_COLUMNS) else {}
    return {
        "system.device": text(mount.device) if own else None,
        "system.filesystem.mountpoint": text(mount.point),
        "system.filesystem.type": text(mount.kind),
        "network": mount.network,
        "read_only": mount.read_only,
        **space,
    }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each real file system."""
    writable = frozenset[bytes]()
    if "read_only" in want:
        with suppress(HostError):
            writable = parse_writable(host.read("/proc/self/mountinfo"))
    mounts = parse_mounts(host.read("/proc/self/mounts"), writable)
    return take(want, (_describe(host, want, mount) for mount in mounts))


def parse_volume(row: Mapping[str, Value]) -> dict[str, Value]:
    """Return the columns of one drive, but for its space."""
    options = (words(row.get("options")) or "").split(",")
    network = "remote" in options
    return {
        "system.device": None if network else words(row.get("device")),
        "system.filesystem.mountpoint": words(row.get("point")),
        "system.filesystem.type": (words(row.get("type")) or "").lower() or None,
        "network": network,
        "read_only": "ro" in options,
    }


def _volumes(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    fields = {"point", "type", "options"}
    if "system.device" in want:
        fields.add("device")
    for row in windows(host).ask(Source.VOLUMES, frozenset(fields)):
        values = parse_volume(row)
        point = values["system.filesystem.mountpoint"]
        if want.any(*_SPACE_COLUMNS) and not values["network"]:
            try:
                usage = host.usage(str(point))
            except HostError:  # an empty card reader
                continue
            sizes = (usage.total, usage.used, usage.available)
            values |= dict(zip(_SPACE_COLUMNS, sizes, strict=True))
        yield values


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each drive."""
    return take(want, _volumes(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "A server with a bind mount, a share and pseudo file systems.",
        rows=(
            {
                "system.device": "/dev/mapper/vg-root",
                "system.filesystem.mountpoint": "/",
                "system.filesystem.type": "ext4",
                "network": False,
                "read_only": False,
                "system.filesystem.limit": 1000,
                "system.filesystem.usage": 600,
                "available": 350,
            },
            {
                "system.filesystem.mountpoint": "/home/ada/share",
                "system.filesystem.type": "nfs4",
                "network": True,
                "read_only": False,
            },
            {
                "system.device": "/dev/sdb1",
                "system.filesystem.mountpoint": "/media/ada/My Stick",
                "system.filesystem.type": "vfat",
                "network": False,
                "read_only": True,
            },
        ),
        files={
            "/proc/self/mounts": b"proc /proc proc rw 0 0\n"
            b"/dev/mapper/vg-root / ext4 rw,relatime 0 0\n"
            b"/dev/mapper/vg-root /srv/chroot ext4 rw,relatime 0 0\n"
            b"tmpfs /run tmpfs rw,size=10% 0 0\n"
            b"files.example.test:/ada /home/ada/share nfs4 rw,hard 0 0\n"
            b"/dev/sdb1 /media/ada/My\\040Stick vfat ro,nosuid 0 0\n"
        },
        facts={"usage": {"/": DiskUsage(1000, 600, 350)}},
    ),
    Example(
        System.LINUX,
        "Junk lines are no file systems.",
        rows=(
            {
                "system.filesystem.mountpoint": "/\ufffd",
                "system.filesystem.type": "zfs",
                "network": False,
                "read_only": False,
            },
        ),
        files={
            "/proc/self/mounts": b"\xff\n\n   \n/dev/sda relative ext4 rw 0 0\n"
            b"tank /\xff zfs rw 0 0\n/dev/sda / notafs rw 0 0\n"
        },
    ),
    Example(
        System.WINDOWS,
        "A disk, and a share that is not asked for its space.",
        rows=(
            {
                "system.device": "Volume{0c0ffee0-0000-0000-0000-000000000001}",
                "system.filesystem.mountpoint": "C:\\",
                "system.filesystem.type": "ntfs",
                "network": False,
                "read_only": False,
                "system.filesystem.limit": 1000,
                "system.filesystem.usage": 600,
                "available": 400,
            },
            {
                "system.filesystem.mountpoint": "H:\\",
                "system.filesystem.type": "ntfs",
                "network": True,
                "read_only": False,
            },
        ),
        facts={
            "volumes": (
                {
                    "device": "Volume{0c0ffee0-0000-0000-0000-000000000001}",
                    "point": "C:\\",
                    "type": "NTFS",
                    "options": "rw,fixed",
                },
                {"point": "H:\\", "type": "NTFS", "options": "rw,remote"},
            ),
            "usage": {"C:\\": DiskUsage(1000, 600, 400)},
        },
    ),
    Example(
        System.WINDOWS,
        "An empty card reader has no space and is left out.",
        rows=(),
        facts={"volumes": ({"point": "E:\\", "type": "", "options": "removable"},)},
    ),
)
