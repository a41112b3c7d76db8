# SPDX-License-Identifier: Apache-2.0
"""Tells one start of the machine from another.

Rules: a number that the kernel draws anew at each start; nothing of it leaves.
Stated limit: Windows has none that is the same for all its editions, so there it is
empty and nobody can tell.
Not here: how long the machine runs (`agent/collectors/host_metrics.py`).
"""

import sys

if sys.platform == "win32":

    def boot_id() -> str:
        """Return nothing: it cannot be told."""
        return ""

else:
    from contextlib import suppress
    from pathlib import Path

    _BOOT = Path("/proc/sys/kernel/random/boot_id")

    def boot_id() -> str:
        """Return the number of the machine's present start; empty where none tells."""
        with suppress(OSError, UnicodeDecodeError):
            return _BOOT.read_bytes().decode("ascii").strip()
        return ""
