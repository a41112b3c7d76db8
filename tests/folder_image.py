# SPDX-License-Identifier: Apache-2.0
"""A folder in memory, so that each of ten thousand trials gets it as it was.

Rules: directories and plain files with their modes, to the last byte; nothing of a
trial before is left.
Not here: disks that fail (`simulation/images.py`).
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OWN = 0o600
"""What a file is made with; any other mode is set."""


@dataclass(frozen=True, slots=True)
class FolderImage:
    """A folder as it was.

    Attributes:
        directories: name below it and mode, those above first.
        files: name below it, mode and content.
    """

    directories: tuple[tuple[str, int], ...]
    files: tuple[tuple[str, int, bytes], ...]

    def lay(self, folder: Path) -> None:
        """Put it where nothing is, or where an earlier one was."""
        root = os.fspath(folder)
        shutil.rmtree(root, ignore_errors=True)
        for name, mode in self.directories:
            os.mkdir(root + name, mode)  # noqa: PTH102 - called ten thousand times
        for name, mode, octets in self.files:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(root + name, flags, _OWN), "wb", buffering=0) as file:  # noqa: PTH123 - as above
                file.write(octets)
                if mode != _OWN:
                    os.fchmod(file.fileno(), mode)


def image_of(folder: Path) -> FolderImage:
    """Take a folder that nobody uses just now."""
    root = os.fspath(folder)
    directories, files = [], []
    for path in (folder, *_below(folder)):
        name, mode = os.fspath(path)[len(root) :], path.stat().st_mode & 0o7777
        if path.is_dir():
            directories.append((name, mode))
        else:
            files.append((name, mode, path.read_bytes()))
    return FolderImage(tuple(directories), tuple(files))


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir():
            yield from _below(path)
