# SPDX-License-Identifier: Apache-2.0
"""Python's patterns, compiled when a match first needs them.

Rules: most texts hold no secret, so most of the exact checks are never needed in one
run; compiling them all took longer than all else that a start does.
Not here: RE2's patterns (`detector.py`).
"""

import re
from functools import lru_cache


@lru_cache(maxsize=2048)
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    """Return the pattern, compiled once.

    Args:
        pattern: Python's syntax, with its flags within.
    """
    return re.compile(pattern)
