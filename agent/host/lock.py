# SPDX-License-Identifier: Apache-2.0
"""Lets one agent at a time work in a state directory.

Rules: the operating system ends the lock with the last process that holds it, so
nothing stale is left; a pass that outlives its parent keeps it, so that no line is
read twice.
Not here: what is protected (`agent/state.py`).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.errors import StateError
from agent.remedy import remedy

_BUSY = "another discreet-agent works in this state directory: stop it, or wait"

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Root locks too, and would make a file wherever a link leads."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file that is held.

    Attributes:
        path: where it was made.
        descriptor: of the open file.
    """

    path: Path
    descriptor: int

    def stands(self) -> bool:
        """Tell whether it lies at its path, so that nobody can hold another there.

        Raises:
            OSError: the path cannot be looked at.
        """
        if sys.platform == "win32":  # what is open there is neither moved nor removed
            return True
        else:  # noqa: RET505 - mypy takes one branch for each
            try:
                there = self.path.stat(follow_symlinks=False)
            except FileNotFoundError:
                return False
            return os.path.samestat(there, os.fstat(self.descriptor))


@contextmanager
def sole(path: Path) -> Iterator[Lock]:
    """Hold the lock file at a path.

    Raises:
        StateError: another process holds it, or it cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    except OSError:
        msg = f"the state directory cannot be written: {remedy(path.parent)}"
        raise StateError(msg) from None
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise StateError(_BUSY) from None
        yield Lock(path, descriptor)
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
