# SPDX-License-Identifier: Apache-2.0
"""How much is in the folders below a few fixed ones.

Rules: names, sizes and nothing else: no file is opened, no link followed, no other file
system entered; bounded in time, entries and depth, and what was not gone through is
said; files are counted in their folder and never named.
Stated limit: a file of several names counts at each.
Not here: how full a disk is (`agent/collectors/file_systems.py`).
"""

import heapq
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.budget import (
    FOLDER_DEPTH,
    FOLDER_ENTRIES,
    FOLDER_ROWS,
    FOLDER_SECONDS,
)
from agent.errors import UnsupportedError

if sys.platform == "win32":
    AREAS = {
        "everything": ("C:\\",),
        "logs": ("C:\\Windows\\Logs", "C:\\inetpub\\logs"),
        "profiles": ("C:\\Users",),
        "programs": ("C:\\Program Files", "C:\\Program Files (x86)"),
        "system": ("C:\\Windows", "C:\\ProgramData"),
        "temporary": ("C:\\Windows\\Temp",),
    }
else:
    AREAS = {
        "everything": ("/",),
        "logs": ("/var/log",),
        "profiles": ("/home", "/root"),
        "programs": ("/usr", "/opt"),
        "system": ("/var",),
        "temporary": ("/tmp", "/var/tmp"),  # noqa: S108 - looked at, not used
    }
_UNIT = 512
"""Octets of st_blocks."""


@dataclass(slots=True)
class _Walk:
    """One walk over folders, with what is left of its bounds."""

    depth: int
    end: float
    entries: int
    found: list[tuple[int, str, int, int, bool]] = field(default_factory=list)
    cut: bool = False

    def total(self, path: str, device: int, depth: int) -> tuple[int, int, bool]:
        """Return size and number of files of a folder, and whether that is all.

        Args:
            path: the folder.
            device: the file system it has to be of.
            depth: of it below the start.
        """
        size = count = 0
        whole = True
        if depth > FOLDER_DEPTH:
            self.cut = True
            return 0, 0, False
        below: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    self.entries -= 1
                    if self.entries < 0 or time.monotonic() > self.end:
                        self.cut, whole = True, False
                        break
                    try:
                        facts = entry.stat(follow_symlinks=False)
                        if entry.is_dir(follow_symlinks=False):
                            if facts.st_dev == device or not device:
                                below.append(entry.path)
                            continue
                    except OSError:  # gone since it was listed
                        continue
                    count += 1
                    size += _on_disk(facts)
        except OSError:  # not ours to look into
            whole = False
        for folder in below:
            more, files, all_of_it = self.total(folder, device, depth + 1)
            size, count, whole = size + more, count + files, whole and all_of_it
        if depth <= self.depth:
            self._keep(size, path, count, depth, whole=whole)
        return size, count, whole

    def _keep(
        self, size: int, path: str, count: int, depth: int, *, whole: bool
    ) -> None:
        """Keep the largest folders."""
        item = size, path, count, depth, whole
        if len(self.found) < FOLDER_ROWS:
            heapq.heappush(self.found, item)
        else:
            heapq.heappushpop(self.found, item)


def _on_disk(facts: os.stat_result) -> int:
    if sys.platform == "win32":
        return facts.st_size
    else:  # noqa: RET505 - mypy takes one branch for each
        return facts.st_blocks * _UNIT


def measure(area: str, depth: int) -> tuple[tuple[dict[str, str], ...], bool]:
    """Return the largest folders of an area, and whether a bound cut the walk.

    Args:
        area: of AREAS.
        depth: how far below its start folders are told apart.

    Raises:
        UnsupportedError: this machine has no such folder.
    """
    return measure_below(AREAS[area], depth, FOLDER_ENTRIES)


def measure_below(
    paths: Sequence[str], depth: int, entries: int
) -> tuple[tuple[dict[str, str], ...], bool]:
    """Return the largest of some folders and of those below them.

    Args:
        paths: where to begin.
        depth: how far below folders are told apart.
        entries: how many entries are looked at, at most.

    Raises:
        UnsupportedError: none of them is there.
    """
    walk = _Walk(depth, time.monotonic() + FOLDER_SECONDS, entries)
    known = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112 - as above
    if not known:
        reason = "no-such-folder"
        raise UnsupportedError(reason)
    for path in known:
        device = 0 if sys.platform == "win32" else os.lstat(path).st_dev
        walk.total(path, device, 0)
    rows = tuple(
        {
            "file.path": _shown(path),
            "file.size": str(size),
            "file.count": str(count),
            "depth": str(level),
            "whole": str(whole),
        }
        for size, path, count, level, whole in sorted(walk.found, reverse=True)
    )
    return rows, walk.cut


def _shown(path: str) -> str:
    """Return a path as text without what cannot be shown."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "?" for char in text)
