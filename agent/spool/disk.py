# SPDX-License-Identifier: Apache-2.0
"""Reads a part of a file, if need be past what the kernel keeps of it.

Rules: the kernel keeps files in pieces of many pages, and of a piece with one bad
sector it gives none; who asks the disk itself gets all others; what is kept is asked
for first, for it may be the only copy.
Not here: which parts (`pages.py`, `log.py`, `sectors.py`).
Source: open(2), O_DIRECT; Linux' large folios.
"""

import errno
import mmap
import os
from pathlib import Path
from typing import BinaryIO

REFUSALS = frozenset({errno.EIO} | ({errno.EACCES} if os.name == "nt" else set()))
"""What is said of a sector that is refused; Windows' library has the same word for
what is not allowed."""
_DIRECT = getattr(os, "O_DIRECT", 0)


def read_at(file: BinaryIO, at: int, size: int) -> bytes:
    """Return a part of a file, less where it ends.

    Args:
        file: unbuffered, by its path.
        at: where; a multiple of a page.
        size: how much; a multiple of a page too.

    Raises:
        OSError: the disk refuses it.
    """
    try:
        file.seek(at)
        return file.read(size)
    except OSError as problem:
        if problem.errno not in REFUSALS or not _DIRECT:
            raise
        try:
            return _past(Path(file.name), at, size)
        except OSError:
            raise problem from None


def _past(path: Path, at: int, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | _DIRECT)
    with (
        os.fdopen(descriptor, "rb", buffering=0) as file,
        mmap.mmap(-1, size) as aligned,
    ):
        file.seek(at)
        return aligned[: file.readinto(aligned) or 0]
