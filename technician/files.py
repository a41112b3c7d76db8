# SPDX-License-Identifier: Apache-2.0
"""Reads and writes a technician's files.

Rules: what is written is for its owner only, and never replaces a file; a key that
others may read is none any more.
Not here: what is in them (`keys.py`, `orders.py`).
"""

import os
from pathlib import Path

from technician.errors import STATE, TechnicianError

_MODE = 0o600
_OTHERS = 0o077
_HAS_MODES = hasattr(os, "geteuid")
"""Elsewhere the directory's access list protects the files, and modes say nothing."""


def write_new(path: Path, octets: bytes) -> None:
    """Write a file that must not exist yet, readable by its owner only.

    Raises:
        TechnicianError: it exists or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _refused(path, error) from None


def read(path: Path, most: int, *, secret: bool = False) -> bytes:
    """Return what is in a file.

    Args:
        path: the file.
        most: bytes that it may have.
        secret: whether nobody but its owner may be able to read it.

    Raises:
        TechnicianError: it cannot be read, is larger, or is no secret any more.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            octets = file.read(most + 1)
    except OSError as error:
        raise _refused(path, error) from None
    if secret and _HAS_MODES and mode & _OTHERS:
        msg = f"others may read {path}: set its mode to 0600, and think of a new key"
        raise TechnicianError(STATE, msg)
    if len(octets) > most:
        msg = f"{path} is larger than such a file can be: it is another one"
        raise TechnicianError(STATE, msg)
    return octets


def _refused(path: Path, error: OSError) -> TechnicianError:
    return TechnicianError(STATE, f"cannot use {path}: {error.strerror}")
