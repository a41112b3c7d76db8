# SPDX-License-Identifier: Apache-2.0
"""Says what a person does about a place that refuses to be written.

Rules: it asks the place itself, as it is now, and leaves nothing there: a disk that is
there to be read alone has all the space that one could wish for, and one that turned so
after an error says it to nobody but to who writes.
Not here: who was refused, and what (`state.py`, `agent/spool`).
"""

import errno
import os
import shutil
from pathlib import Path

from agent.budget import DOCTOR_PROBE_BYTES, RESERVE_BYTES

FREE_SPACE = "free some space there"
_MOUNT = "have the disk mounted for writing"
_OWNER = "run as its owner"
_OWNER_OR_MOUNT = "run as its owner, or take off the write protection of its disk"
"""Windows' errno is the same for both."""
_LOOK = "see in the system's own log whether a quota, a limit or an ill disk holds it"
_BY_ERROR = {
    errno.EACCES: _OWNER_OR_MOUNT if os.name == "nt" else _OWNER,
    errno.ENOSPC: FREE_SPACE,
    errno.EPERM: _OWNER,
    errno.EROFS: _MOUNT,
}
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NAME_BYTES = 8
"""So many that no name is there by chance."""


def remedy(place: Path) -> str:
    """Return what to do about a directory that cannot be written."""
    try:
        found = place
        while not found.exists() and found != found.parent:
            found = found.parent
        probe(found)
        full = shutil.disk_usage(found).free < 2 * RESERVE_BYTES
    except OSError as problem:
        return _BY_ERROR.get(problem.errno or 0, _LOOK)
    return FREE_SPACE if full else _LOOK


class Advised:
    """A sentence with what to do about a place, which is asked when it is read.

    Most who catch an error look at its kind alone, again and again while a disk is
    ill; and to ask the place is to write there.
    """

    def __init__(self, words: str, place: Path) -> None:
        """Take what is wrong, and the directory that may say what to do."""
        self._words = words
        self._place = place
        self._said = ""

    def __str__(self) -> str:
        """Return the sentence; the place is asked once."""
        self._said = self._said or f"{self._words}: {remedy(self._place)}"
        return self._said


def probe(place: Path) -> None:
    """Write into a directory what has no name there, follows no link, and goes at once.

    Raises:
        OSError: it cannot be written.
    """
    path = place / os.urandom(_NAME_BYTES).hex()
    at_close = getattr(os, "O_TEMPORARY", 0)  # Windows removes no open file
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | at_close
    with os.fdopen(os.open(path, flags | _NO_LINK, 0o600), "wb") as file:
        if not at_close:
            path.unlink()
        file.write(bytes(DOCTOR_PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
