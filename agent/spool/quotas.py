# SPDX-License-Identifier: Apache-2.0
"""The spool's quotas, and the space kept back so that a delete always fits.

Rules: each class has its share; a file of random octets holds space back from a disk
that fills, and is given up only for what frees space or tells of a loss; it is made
again where there is twice its size, and nothing is collected without it.
Not here: what happens at a quota (`pipeline.py`), trimming (`spool.py`).
"""

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from agent.budget import (
    RESERVE_BYTES,
    SPOOL_BYTES,
    SPOOL_MAPPED_BYTES,
    SPOOL_SHARES,
)
from agent.spool.change import SpoolClass

_NAME = "spool.reserve"
_NO_SPACE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
READS = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})
"""Of a read that the disk refused, where SQLite does not say that it is damage."""
_PIECE = 1 << 20


def quota(kind: SpoolClass) -> int:
    """Return the bytes that a class may take."""
    return int(SPOOL_BYTES * SPOOL_SHARES[kind.name])


def require_mapped(spool: Path) -> None:
    """Require that the disk has what the database maps into memory.

    Raises:
        sqlite3.OperationalError: it is full, in SQLite's own words.
    """
    if not may_map(spool):
        problem = sqlite3.OperationalError("database or disk is full")
        problem.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise problem


def no_space(problem: sqlite3.Error) -> bool:
    """Tell whether an error may be one of a full disk: none of a read is."""
    code = getattr(problem, "sqlite_errorcode", 0)
    return code & 0xFF in _NO_SPACE and code not in READS


def has_room(spool: Path, octets: int) -> bool:
    """Tell whether a commit of so many bytes leaves what must always fit its space.

    What is held back is enough for a small one to leave the log, whatever else fills
    the disk.
    """
    try:
        free = shutil.disk_usage(spool.parent).free
        held_back = reserve_of(spool).exists() or free >= 2 * RESERVE_BYTES
    except OSError:
        return False
    return held_back and (octets <= RESERVE_BYTES // 2 or free >= 2 * octets)


def may_map(spool: Path) -> bool:
    """Tell whether the disk has what the database maps into memory.

    Where a block is smaller than a page, most of what it maps gets its blocks only when
    it is written; where none is left, that write is no error that anybody hears, but
    the end of the process.
    """
    try:
        return shutil.disk_usage(spool.parent).free >= SPOOL_MAPPED_BYTES
    except OSError:  # whoever opens it hears why
        return True


def reserve_of(spool: Path) -> Path:
    """Return the file that holds space back."""
    return spool.with_name(_NAME)


def release(spool: Path) -> bool:
    """Give the space that was kept back; false where there is none any more."""
    try:
        reserve_of(spool).unlink()
    except OSError:
        return False
    return True


def keep(spool: Path) -> bool:
    """Hold the space back, unless it is; false where the disk has too little.

    Random octets, so that a file system that compresses keeps it as well.
    """
    reserve = reserve_of(spool)
    partial = reserve.with_name(_NAME + ".new")
    try:
        if reserve.exists() and reserve.stat().st_size == RESERVE_BYTES:
            return True
        if shutil.disk_usage(spool.parent).free < 2 * RESERVE_BYTES:
            return False
        partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            for _ in range(RESERVE_BYTES // _PIECE):
                file.write(os.urandom(_PIECE))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(reserve)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        return False
    return True
