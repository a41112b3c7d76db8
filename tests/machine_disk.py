# SPDX-License-Identifier: Apache-2.0
"""A disk with the files of a Debian system, which can turn read-only as real ones do.

Rules: a real file system on a real block device; what turns it is the kernel's own
answer to an error that it finds on a disk, or how it is mounted.
Not here: the machine that boots from it (`machine_fixture.py`), any expectation.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from machine_fixture import system

from tests.loop_device import attach, detach, fall_ill, mend, trigger

_MEGABYTES = 1_600
_NONE = "no disk that falls ill can be had here"


@dataclass(frozen=True)
class Disk:
    """A disk.

    Attributes:
        device: the block device.
        root: where its files are while it is mounted.
    """

    device: str
    root: Path

    def mount(self, options: str) -> None:
        """Have it mounted."""
        subprocess.run(["mount", "-o", options, self.device, self.root], check=True)

    def unmount(self) -> None:
        """Have it mounted no more."""
        subprocess.run(["umount", self.root], check=True)

    def fall_ill(self) -> None:
        """Have the kernel find an error on it, after which it writes nothing more."""
        fall_ill(self.device)

    @property
    def can_fall_ill(self) -> bool:
        """Tell whether this kernel lets one say so."""
        return trigger(self.device).exists()

    def mend(self) -> None:
        """Have it checked, as a boot does; it is not mounted."""
        mend(self.device)


@contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    """Make a disk and mount it; skip where none can be had."""
    image, root = folder / "disk", folder / "disk-root"
    root.mkdir()
    with image.open("wb") as file:
        file.truncate(_MEGABYTES * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-d", system(), image], check=True)
    try:
        made = Disk(attach(image), root)
    except OSError as problem:
        pytest.skip(f"{_NONE}: {problem}")
    try:
        made.mount("errors=remount-ro")
        if not made.can_fall_ill:
            pytest.skip(f"{_NONE}: this kernel lets none fall ill")
        yield made
    finally:
        subprocess.run(["umount", "--lazy", root], check=False)
        detach(made.device)
        image.unlink()
