# SPDX-License-Identifier: Apache-2.0
"""Deleting much beside a gate that stores: slice by slice, with rests between them.

Rules: the clock and the wait are passed in; a slice grows and shrinks to what the disk
does in a moment, for whoever stores may have to wait for one; a rest is many times as
long as the slice took, what it waited for the gate included, so that the busier a gate
is the longer it is left alone.
Not here: what is deleted (`sqlite_deleting.py`), why (`server/keeper`).
"""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from server.store.bounds import DELETED_ROWS, REST, SLICE_SECONDS

T = TypeVar("T")


class Slices:
    """How many rows to delete next, and how long to rest after that."""

    def __init__(self) -> None:
        """Begin carefully."""
        self.rows = 1

    def rest(self, seconds: float) -> float:
        """Return for how long to rest after a slice.

        Args:
            seconds: that it took.
        """
        if seconds > SLICE_SECONDS:
            self.rows = max(1, self.rows // 2)
        elif seconds < SLICE_SECONDS / 2:
            self.rows = min(2 * self.rows, DELETED_ROWS)
        return REST * seconds


def purged(
    delete: Callable[[int], T],
    rows: Callable[[T], int],
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> Iterator[T]:
    """Delete slice by slice until nothing is left, and rest between two.

    Args:
        delete: deletes so many rows at most.
        rows: how many rows that were.
        clock: seconds that never go back.
        wait: waits for so many seconds.

    Yields:
        What came of each slice; whoever asks for no more ends the deletion.
    """
    slices = Slices()
    while True:
        began = clock()
        done = delete(slices.rows)
        if not rows(done):
            return
        yield done
        wait(slices.rest(clock() - began))
