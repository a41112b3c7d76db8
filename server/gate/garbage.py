# SPDX-License-Identifier: Apache-2.0
"""Looking for garbage where ten thousand connections stay: a little at a time.

Rules: what outlived one look is not looked at again, for to look through all would hold
up everybody for a second; where it has become twice as much, all is looked through
once, so garbage in circles never grows beyond that.
Not here: what is held (`shares.py`, `connections.py`).
"""

import gc
from collections.abc import Callable
from typing import Literal

GROWTH = 2
"""Times what was left after the last look through all, before the next one."""


def spare_what_stays() -> Callable[[], None]:
    """Look for garbage among what is new alone, from now on.

    Returns:
        Ends that.
    """
    gc.collect()
    gc.freeze()
    spared = _Spared()
    gc.callbacks.append(spared.looked)
    return lambda: gc.callbacks.remove(spared.looked)


class _Spared:
    """What is not looked at: all that outlived a look, unless it grew too far."""

    def __init__(self) -> None:
        self._left = gc.get_freeze_count()
        self._all = False

    def looked(self, phase: Literal["start", "stop"], found: dict[str, int]) -> None:
        """Decide, after a look at the oldest, what the next one looks at."""
        if phase != "stop" or found["generation"] != 2:  # noqa: PLR2004 - the oldest
            return
        gc.freeze()
        count = gc.get_freeze_count()
        if self._all:
            self._left, self._all = count, False
        elif count > GROWTH * self._left:
            self._all = True
            gc.unfreeze()
