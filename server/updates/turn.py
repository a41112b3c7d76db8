# SPDX-License-Identifier: Apache-2.0
"""Lets one publisher at a time change the update repository; the next one waits.

Rules: the operating system ends the lock with whoever holds it, so nothing stale is
left; it is held from the reading of the last state to the writing of the next, or two
publishers would both sign the version that follows, and one release would be lost.
Not here: what they publish (`releases.py`), who reads (nobody has to wait).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.errors import InstallationError, StateError

LOCK = "lock"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def turn(keys: Path) -> Iterator[None]:
    """Hold the repository's lock, once whoever has it is done.

    Args:
        keys: folder of the online keys, which only who publishes can enter.

    Raises:
        InstallationError: there is no repository yet.
        StateError: the lock cannot be made.
    """
    try:
        descriptor = os.open(keys / LOCK, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    except FileNotFoundError:
        msg = "there is no update repository yet: run discreet-server release init"
        raise InstallationError(msg) from None
    except OSError as error:
        msg = f"cannot use {keys}: {error.strerror}"
        raise StateError(msg) from None
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
