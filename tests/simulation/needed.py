# SPDX-License-Identifier: Apache-2.0
"""What a simulated disk needs of Python, and the skip where it is not so.

Rules: the tests of a module are skipped one by one: of a module that skips as a whole,
`ci_skips.py` never hears.
Not here: the library (`sqlite_abi.py`).
"""

import pytest

from simulation import sqlite_abi

LIBRARY = sqlite_abi.library()
needs_library = pytest.mark.skipif(
    LIBRARY is None,
    reason="a disk is simulated under SQLite's library, which this Python has built in",
)
