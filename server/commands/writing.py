# SPDX-License-Identifier: Apache-2.0
"""Where a result goes: standard output, or a new file that only its owner can read.

Rules: a file is there whole or not at all, and never in place of another; what is in it
was opened for its owner alone, so nobody else may read it.
Not here: what is written (`server/formats`).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from server.errors import UsageError
from server.key_files import SECRET_MODE


@contextmanager
def written(path: Path | None) -> Iterator[BinaryIO]:
    """Give a stream to write to; when the block ends well, all of it stands.

    Args:
        path: the file, which must not exist yet; None for standard output.

    Yields:
        The stream.

    Raises:
        UsageError: the file exists.
        OSError: it cannot be written; nothing of it stays.
    """
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() or path.is_symlink():
        msg = f"{path} exists: name a new file, or remove it first"
        raise UsageError(msg)
    beside = path.with_name(f"{path.name}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(beside, flags, SECRET_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
