# SPDX-License-Identifier: Apache-2.0
"""How much is in the folders below a few fixed ones.

Rules: names, sizes and nothing else: no file is opened, no link followed, no other file
system and no folder of secrets, of browsers or of mail entered; bounded in time,
entries and depth, and what was not gone through is said; files are counted in their
folder and never named.
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
NEVER = frozenset(
    {
        ".aws",
        ".azure",
        ".docker",
        ".evolution",
        ".gnupg",
        ".kube",
        ".mail",
        ".mozilla",
        ".oci",
        ".password-store",
        ".pki",
        ".ssh",
        ".thunderbird",
        "bravesoftware",
        "chrome",
        "chromium",
        "credentials",
        "cryptsetup-keys.d",
        "crypttab.d",
        "edge",
        "evolution",
        "firefox",
        "gcloud",
        "google-chrome",
        "iwd",
        "keyrings",
        "kwalletd",
        "luks",
        "mail",
        "maildir",
        "microsoft-edge",
        "mozilla",
        "netplan",
        "opera",
        "outlook",
        "private",
        "protect",
        "system-connections",
        "thunderbird",
        "user data",
        "vault",
        "vivaldi",
        "wireguard",
    }
)
"""Folders that are not entered, in small letters: keys, passwords, browsers, mail."""
_UNIT = 512
"""Octets of st_blocks."""


@dataclass(slots=True)
class _Sum:
    """What is in a folder and below it; whole where nothing was left out."""

    size: int = 0
    count: int = 0
    whole: bool = True

    def add(self, other: "_Sum") -> None:
        """Take in what is in a folder below."""
        self.size += other.size
        self.count += other.count
        self.whole = self.whole and other.whole


@dataclass(slots=True)
class _Walk:
    """One walk over folders, with what is left of its bounds."""

    depth: int
    end: float
    entries: int
    found: list[tuple[int, str, int, int, bool]] = field(default_factory=list)
    cut: bool = False

    def total(self, path: str, device: int, depth: int) -> _Sum:
        """Return what is in a folder.

        Args:
            path: the folder.
            device: the file system it has to be of; 0 for any.
            depth: of it below the start.
        """
        if depth > FOLDER_DEPTH:
            self.cut = True
            return _Sum(whole=False)
        found = _Sum()
        below: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if self._is_over():
                        found.whole = False
                        break
                    if _look(entry, device, found):
                        below.append(entry.path)
        except OSError:  # not ours to look into
            found.whole = False
        for folder in below:
            found.add(self.total(folder, device, depth + 1))
        if depth <= self.depth:
            self._keep(found, path, depth)
        return found

    def _is_over(self) -> bool:
        """Count an entry; tell whether it is one too many, or too late."""
        self.entries -= 1
        over = self.entries < 0 or time.monotonic() > self.end
        self.cut = self.cut or over
        return over

    def _keep(self, found: _Sum, path: str, depth: int) -> None:
        """Keep the largest folders."""
        item = found.size, path, found.count, depth, found.whole
        if len(self.found) < FOLDER_ROWS:
            heapq.heappush(self.found, item)
        else:
            heapq.heappushpop(self.found, item)


def _look(entry: os.DirEntry[str], device: int, found: _Sum) -> bool:
    """Count a file; tell of a folder whether to go into it."""
    try:
        facts = entry.stat(follow_symlinks=False)
        folder = entry.is_dir(follow_symlinks=False)
    except OSError:  # gone since it was listed
        return False
    if not folder:
        found.count += 1
        found.size += _on_disk(facts)
        return False
    if entry.name.lower() in NEVER:
        found.whole = False
        return False
    return facts.st_dev == device or not device


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
