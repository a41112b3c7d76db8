# SPDX-License-Identifier: Apache-2.0
"""Images of simulated disks.

Rules: what is copied is a disk as it is while nobody uses it, to the last byte.
Not here: what is done with them (`copies.py`, `backups.py`, `collector.py`).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.spool.log import log_of
from agent.state import State
from simulation.disk import Content
from simulation.files import Mount


@dataclass(frozen=True, slots=True)
class Image:
    """The files of a disk: content by name."""

    contents: dict[str, bytes]
    others: dict[str, bytes]


def image(mount: Mount) -> Image:
    """Return a copy of a disk; who uses it has to be off."""
    contents, others = {}, {}
    for path in sorted(Path(mount.directory).iterdir()):
        if path.is_dir():
            continue
        held = mount.disk.contents.get(path.stat().st_ino)
        if held is None:
            others[path.name] = path.read_bytes()
        else:
            contents[path.name] = bytes(held.now)
    return Image(contents, others)


def restore(found: Image, mount: Mount) -> None:
    """Put an image onto a disk in the place of what is there."""
    directory = Path(mount.directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    mount.disk.contents.clear()
    for name, octets in found.others.items():
        (directory / name).write_bytes(octets)
    for name, octets in found.contents.items():
        _lay(mount, directory / name, octets)


def put_spool(found: Image, mount: Mount) -> None:
    """Put a spool back as it is in an image, and leave all that lies beside it."""
    spool = State(Path(mount.directory)).spool
    for name in (spool.name, log_of(spool).name):
        path = spool.with_name(name)
        if path.exists():
            mount.disk.contents.pop(path.stat().st_ino, None)
            path.unlink()
        if name in found.contents:
            _lay(mount, path, found.contents[name])


def _lay(mount: Mount, path: Path, octets: bytes) -> None:
    path.touch(mode=0o600)
    made = Content(bytearray(octets), bytearray(octets))
    mount.disk.contents[path.stat().st_ino] = made


@contextmanager
def laid_out(mount: Mount) -> Iterator[None]:
    """Have the bytes of a disk in its files, for who reads them past SQLite."""
    for path in sorted(Path(mount.directory).iterdir()):
        held = mount.disk.contents.get(path.stat().st_ino)
        if held is not None:
            path.write_bytes(held.now)
    try:
        yield
    finally:
        for path in Path(mount.directory).iterdir():
            if path.stat().st_ino in mount.disk.contents:
                os.truncate(path, 0)
