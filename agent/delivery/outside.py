# SPDX-License-Identifier: Apache-2.0
"""What an exchange takes from outside: two clocks and random bytes.

Rules: code on the way to the collector asks these and nothing else for time and
chance, so that a simulation drives it; the defaults are the system's own.
Not here: what is made of the time (`clock.py`).
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outside:
    """Where time and chance come from.

    Attributes:
        system: the system's clock, seconds since the epoch; it may be wrong.
        monotonic: a clock that only grows, seconds; it starts anew at a boot.
        entropy: so many random bytes.
    """

    system: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    entropy: Callable[[int], bytes] = os.urandom


REAL = Outside()
"""This machine's own."""
