# SPDX-License-Identifier: Apache-2.0
"""Holds an answer back for as long as a pace has it.

Rules: what is paced waits before it is answered, and holds nothing meanwhile.
Not here: how long that is (`pace.py`, `door.py`).
"""

import asyncio
import time
from typing import Protocol


class Delays(Protocol):
    """Says how long each has to wait."""

    def delay(self, key: bytes, now: float, /) -> float:
        """Count an act, and return for how many seconds it is to be put off."""
        ...


async def paced(by: Delays, key: bytes) -> None:
    """Count an act of a key, and wait as long as it is to be put off."""
    await asyncio.sleep(by.delay(key, time.monotonic()))
