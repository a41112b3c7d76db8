# SPDX-License-Identifier: Apache-2.0
"""Garbage of a gate: what stays is spared, what became garbage is found in the end."""

import gc
import weakref

from server.gate.garbage import spare_what_stays


class Circle:
    """Something that holds itself, so that only a look for garbage frees it."""

    def __init__(self) -> None:
        """Close the circle."""
        self.itself = self


def test_what_outlived_a_look_is_not_looked_at_again() -> None:
    """A look at the oldest leaves nothing for the next one."""
    kept = [Circle() for _ in range(1_000)]
    end = spare_what_stays()
    try:
        kept += [Circle() for _ in range(1_000)]
        gc.collect()
        assert not any(isinstance(item, Circle) for item in gc.get_objects())
    finally:
        end()
        gc.unfreeze()
    assert len(kept) == 2_000


def test_garbage_among_what_was_spared_is_found() -> None:
    """Where there is more than twice as much, all is looked through once."""
    end = spare_what_stays()
    try:
        circle = Circle()
        gone = weakref.ref(circle)
        gc.collect()
        del circle
        gc.collect()
        assert gone() is not None
        kept = [[] for _ in range(2 * gc.get_freeze_count())]
        for _ in range(2):
            gc.collect()
        assert gone() is None
    finally:
        end()
        gc.unfreeze()
    assert kept
