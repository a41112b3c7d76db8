# SPDX-License-Identifier: Apache-2.0
"""The mount table: real file systems, each once.

Rules: pure, never raises; pseudo file systems and what is mounted twice are left out.
Not here: what is told of them (`file_systems.py`, `disk_encryption.py`).
Source: /proc/self/mounts, with the octal escapes of fstab(5); proc(5) on mountinfo.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_LOCAL = frozenset(
    (
        b"bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk hfsplus jfs nilfs2 ntfs "
        b"ntfs3 reiserfs ufs vfat xfs zfs"
    ).split()
)
_NETWORK = frozenset(
    (
        b"9p afs beegfs ceph cifs davfs fuse.glusterfs fuse.rclone fuse.s3fs "
        b"fuse.sshfs gfs2 gpfs lustre ncpfs nfs nfs4 smb3 smbfs virtiofs"
    ).split()
)
_OVERLAY = b"overlay"
"""The root of a container; other overlays are a container's own, seen from outside."""
_ESCAPES = ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\"))
"""Octal escapes of the mount table; the backslash comes last."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One real file system of the mount table."""

    device: bytes
    point: bytes
    kind: bytes
    read_only: bool

    @property
    def network(self) -> bool:
        """Tell whether another machine may have to answer for it."""
        return self.kind in _NETWORK


def _plain(field: bytes) -> bytes:
    if b"\\" in field:
        for escape, plain in _ESCAPES:
            field = field.replace(escape, plain)
    return field


def parse_writable(data: bytes) -> frozenset[bytes]:
    """Return the devices whose file system itself is not read-only.

    A service sees the machine's file systems through mounts of its own, which systemd
    has made read-only for it: of what the machine may write only this tells.

    Args:
        data: /proc/self/mountinfo, whose last field is of the file system.
    """
    found: set[bytes] = set()
    for raw in data.split(b"\n"):
        told = raw.partition(b" - ")[2].split(b" ")
        if len(told) == 3 and b"rw" in told[2].split(b","):  # noqa: PLR2004 - type, device, options
            found.add(told[1])
    return frozenset(found)


def parse_mounts(
    data: bytes, writable: frozenset[bytes] = frozenset()
) -> Iterator[Mount]:
    """Yield the real file systems of a mount table, each device once.

    Args:
        data: /proc/self/mounts.
        writable: devices whose file system is not read-only, whatever the table says.
    """
    seen: set[bytes] = set()
    for raw in data.split(b"\n"):
        fields = raw.split(b" ")
        if len(fields) < 4:  # noqa: PLR2004 - device, mount point, type, options
            continue
        device, point, kind, options = fields[:4]
        container_root = kind == _OVERLAY and point == b"/"
        if kind not in _LOCAL and kind not in _NETWORK and not container_root:
            continue
        if device in seen or point in seen or not point.startswith(b"/"):
            continue  # a bind mount shows the same device, an over-mount the same point
        seen.update((device, point))
        read_only = b"ro" in options.split(b",") and device not in writable
        yield Mount(_plain(device), _plain(point), kind, read_only)
