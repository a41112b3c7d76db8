# SPDX-License-Identifier: Apache-2.0
"""A small file system that can be filled, fall ill, be mended, and go away.

Rules: what reads it may see another mount of it than this process does: what changes
where it is mounted is done for both.
Not here: who lives on it (`quiet_agent.py`), what ails it (`ill_disks.py`).
"""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.loop_device import attach, detach, fall_ill, mend

BYTES = 24 * 2**20
MEMORY, EXT4 = "tmpfs", "ext4"


@dataclass
class Disk:
    """A small file system, mounted.

    Attributes:
        at: where.
        image: its file, where it has one.
        devices: that file as a block device, and those that were.
        filler: the file that fills it.
    """

    at: Path
    image: Path | None = None
    devices: list[str] = field(default_factory=list)
    filler: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name the file that fills it."""
        self.filler = self.at / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with _full(), self.filler.open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        assert os.statvfs(self.at).f_bavail == 0

    def free(self) -> None:
        """Give the room back."""
        self.filler.unlink()

    def fall_ill(self) -> None:
        """Have the kernel find an error on it, after which it writes nothing more."""
        fall_ill(self.devices[-1])

    def go(self, *seen_by: int) -> None:
        """Be mounted no more, whoever still has a file of it.

        Args:
            seen_by: processes that may see another mount of it.
        """
        for way in _ways(seen_by):
            subprocess.run([*way, "umount", "--lazy", self.at], check=True)

    def come(self, *seen_by: int) -> None:
        """Be mounted again, mended.

        While somebody has a file of it, the kernel keeps what it was before: what is
        mended is a copy, as a disk is that was taken out.

        Args:
            seen_by: processes that see another mount.
        """
        assert self.image is not None
        copy = self.image.with_suffix(f".{len(self.devices)}")
        shutil.copy(self.image, copy)
        self.attach(copy)
        mend(self.devices[-1])
        self.mount(*seen_by)

    def attach(self, image: Path) -> None:
        """Have a file be its block device from now on."""
        self.image = image
        self.devices.append(attach(image))

    def mount(self, *seen_by: int) -> None:
        """Have it mounted; after an error it turns read-only."""
        for way in _ways(seen_by):
            command = ["mount", "-o", "errors=remount-ro", self.devices[-1], self.at]
            subprocess.run([*way, *command], check=True)


def _ways(seen_by: tuple[int, ...]) -> list[list[str]]:
    """Return what goes before a command for this process and for others."""
    return [[], *(["nsenter", "--mount", f"--target={one}", "--"] for one in seen_by)]


@contextmanager
def _full() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise


@contextmanager
def mounted(at: Path, kind: str) -> Iterator[Disk]:
    """Mount a file system of 24 MiB.

    Args:
        at: where; it does not exist.
        kind: MEMORY or EXT4.
    """
    at.mkdir()
    disk = Disk(at)
    try:
        if kind == EXT4:
            image = at.with_suffix(".image")
            with image.open("wb") as file:
                file.truncate(BYTES)
            subprocess.run(["mkfs.ext4", "-q", image], check=True)
            disk.attach(image)
            disk.mount()
        else:
            options = f"size={BYTES}"
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(at)]
            subprocess.run(command, check=True)
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", at], check=False)
        for device in disk.devices:
            detach(device)
