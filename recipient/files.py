# SPDX-License-Identifier: Apache-2.0
"""Reads and writes the recipient's files.

Rules: what is written is for its owner only, and never replaces a file.
Not here: what is in them (`keys.py`, `releases.py`).
"""

import hashlib
import os
from pathlib import Path

from recipient.errors import STATE, RecipientError

_MODE = 0o600


def write_new(path: Path, octets: bytes) -> None:
    """Write a file that must not exist yet, readable by its owner only.

    Raises:
        RecipientError: it exists or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise refused(path, error) from None


def read(path: Path, most: int) -> bytes:
    """Return what is in a file.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        RecipientError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            octets = file.read(most + 1)
    except OSError as error:
        raise refused(path, error) from None
    if len(octets) > most:
        msg = f"{path} is larger than such a file can be: it is another one"
        raise RecipientError(STATE, msg)
    return octets


def measured(path: Path) -> tuple[int, bytes]:
    """Return a file's length and its SHA-256; it may be larger than memory.

    Raises:
        RecipientError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            return file.tell(), digest
    except OSError as error:
        raise refused(path, error) from None


def refused(path: Path, error: OSError) -> RecipientError:
    """Return the error of a file that cannot be used."""
    return RecipientError(STATE, f"cannot use {path}: {error.strerror}")
