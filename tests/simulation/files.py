# SPDX-License-Identifier: Apache-2.0
"""Open files below a mounted directory, as SQLite's door holds them.

Rules: whoever opened a file before its machine died holds nothing any more.
Not here: what is done with them (`vfs.py`), their bytes (`disk.py`).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from simulation.disk import Content, Disk
from simulation.locks import Locks, Shared


@dataclass(slots=True)
class File:
    """Common to all who have one file open."""

    content: Content
    locks: Locks = field(default_factory=Locks)
    shared: Shared = field(default_factory=Shared)


@dataclass(slots=True)
class Handle:
    """One open file."""

    disk: Disk
    file: File
    mount: "Mount | None" = None
    life: int = 0
    read_only: bool = False

    @property
    def live(self) -> bool:
        """Tell whether who opened this is still there."""
        return self.mount is None or self.mount.life == self.life


@dataclass(slots=True)
class Mount:
    """A directory, the disk below it, and how often that was started."""

    directory: str
    disk: Disk
    life: int = 0
    files: dict[int, File] = field(default_factory=dict)


def beside(directory: Path) -> int:
    """Return the bytes of what is really there: of SQLite's files only names are."""
    return sum(
        entry.stat().st_size for entry in os.scandir(directory) if entry.is_file()
    )
