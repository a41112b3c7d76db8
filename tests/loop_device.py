# SPDX-License-Identifier: Apache-2.0
"""A file as a block device, and the answer of the kernel to an error on it.

Rules: the kernel itself finds the error and answers as it does to a disk's: it writes
nothing more; mended is what a boot mends.
Not here: what is on it (`machine_disk.py`, `ill_disks.py`).
"""

import subprocess
import time
from pathlib import Path

_HELD_SECONDS = 60
_NOT_CHECKED = 8
"""What e2fsck ends with where the device is in use; 0 is well, and 1 is mended."""


def attach(image: Path) -> str:
    """Return the device that a file is now.

    Raises:
        OSError: none can be had here.
    """
    found = subprocess.run(
        ["losetup", "--find", "--show", image],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise OSError(found.stderr.strip())
    return found.stdout.strip()


def detach(device: str) -> None:
    """Have it be none any more, once nobody uses it."""
    subprocess.run(["losetup", "--detach", device], check=False)


def fall_ill(device: str) -> None:
    """Have the kernel find an error on it, where it is mounted with ext4."""
    trigger(device).write_text("1\n")


def trigger(device: str) -> Path:
    """Return what has the kernel do so; not all have it."""
    return Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")


def mend(device: str) -> None:
    """Have it checked, as a boot does; it is not mounted.

    Where another machine begins just now, or the one on it has just ended, the kernel
    may hold it for a moment still.
    """
    end = time.monotonic() + _HELD_SECONDS
    while True:
        done = subprocess.run(
            ["e2fsck", "-p", device], check=False, capture_output=True, text=True
        )
        if done.returncode != _NOT_CHECKED or time.monotonic() > end:
            break
        time.sleep(1)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
