# SPDX-License-Identifier: Apache-2.0
"""Holds one file or directory open, so that what root does to it is done to no other.

Rules: no link is followed, and no file taken that has a second name: what a process
could put where it may write is never another's file, given away by root.
Not here: what is done to it (`dividing.py`, `elsewhere.py`).
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.errors import StateError

_PLAIN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_PRIVATE, _PRIVATE_FILE = 0o700, 0o600


@contextmanager
def held(path: Path, *, make: bool = False) -> Iterator[int]:
    """Open a file or a directory that is nothing but itself.

    Args:
        path: of it.
        make: make an empty file that its owner alone may read, if nothing is there.

    Returns:
        Its descriptor.

    Raises:
        StateError: a link, a file of a second name or no file at all is there.
        OSError: it cannot be opened.
    """
    if os.path.lexists(path) and not _is_plain(path.lstat()):
        raise _strange(path)  # to open a device may do something
    handle = os.open(path, _PLAIN | (os.O_CREAT if make else 0), _PRIVATE_FILE)
    try:
        if not _is_plain(os.fstat(handle)):
            raise _strange(path)
        yield handle
    finally:
        os.close(handle)


def own(handle: int, owner: int) -> None:
    """Give an open file or directory to a user."""
    if sys.platform != "win32":
        os.fchown(handle, owner, -1)


def private(handle: int) -> None:
    """Let nobody but its owner use an open file or directory."""
    if sys.platform != "win32":
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        os.fchmod(handle, _PRIVATE if is_folder else _PRIVATE_FILE)


def _is_plain(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) or (
        stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    )


def _strange(path: Path) -> StateError:
    return StateError(
        f"{path} is a link, has a second name or is no file: find out who put it "
        "there, put a copy in its place or remove it, and do this again"
    )
