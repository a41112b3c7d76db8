# SPDX-License-Identifier: Apache-2.0
"""Tells for how long the machine has slept, which Linux' monotonic clock leaves out.

Rules: a number that only grows; no value of it leaves.
Not here: how long the machine runs (`agent/collectors/host_metrics.py`).
Source: clock_gettime(2); Python's monotonic clock of Windows counts sleep by itself.
"""

import sys

if sys.platform == "win32":

    def slept() -> float:
        """Return nothing: its monotonic clock counts on."""
        return 0.0

else:
    import time

    def slept() -> float:
        """Return the seconds of this start of the machine in which it slept."""
        whole = time.clock_gettime(time.CLOCK_BOOTTIME)
        return max(0.0, whole - time.clock_gettime(time.CLOCK_MONOTONIC))
