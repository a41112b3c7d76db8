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
import tempfile
from pathlib import Path

from agent.budget import DOCTOR_PROBE_BYTES, RESERVE_BYTES

FREE_SPACE = "free some space there"
_MOUNT = "have the disk mounted for writing"
_OWNER = "run as its owner"
_LOOK = "see in the system's own log whether a quota, a limit or an ill disk holds it"
_BY_ERROR = {
    errno.EACCES: _OWNER,
    errno.ENOSPC: FREE_SPACE,
    errno.EPERM: _OWNER,
    errno.EROFS: _MOUNT,
}
_WRITE_PROTECTED = 19
"""Windows' ERROR_WRITE_PROTECT, which its errno calls a lack of rights."""


def remedy(place: Path) -> str:
    """Return what to do about a directory that cannot be written."""
    try:
        found = place
        while not found.exists() and found != found.parent:
            found = found.parent
        probe(found)
        full = shutil.disk_usage(found).free < 2 * RESERVE_BYTES
    except OSError as problem:
        if getattr(problem, "winerror", None) == _WRITE_PROTECTED:
            return _MOUNT
        return _BY_ERROR.get(problem.errno or 0, _LOOK)
    return FREE_SPACE if full else _LOOK


def probe(place: Path) -> None:
    """Write into a directory what has no name there, follows no link, and goes at once.

    Raises:
        OSError: it cannot be written.
    """
    with tempfile.TemporaryFile(dir=place) as file:
        file.write(bytes(DOCTOR_PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
