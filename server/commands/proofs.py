# SPDX-License-Identifier: Apache-2.0
"""Reads the digest of a file by which a person proves something.

Rules: the file stays with the person; the collector gets its digest alone.
Not here: what is proved (`notice.py`, `finding.py`, `incident.py`).
"""

import hashlib
from pathlib import Path

from server.errors import StateError


def digest_of(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal digits.

    Raises:
        StateError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise StateError(msg) from None
