# SPDX-License-Identifier: Apache-2.0
"""Lets a resident agent make some turns, and no more.

Rules: nothing is waited for.
Not here: what it does in them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

TURNS = 2


@dataclass
class Turns:
    """Lets the agent make some turns without resting, then ends it."""

    left: int = TURNS

    def rest(self, seconds: float) -> bool:
        """Tell whether the turns are over."""
        del seconds
        self.left -= 1
        return self.left < 0

    def anew(self) -> bool:
        """Have no settings read anew."""
        return False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Break nothing off."""
        yield

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Break no wait off."""
        yield
