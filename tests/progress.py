# SPDX-License-Identifier: Apache-2.0
"""Tells how far a long run has come, and how to go on where it is broken off.

Not here: what is run (`flips`, `kills`, `repeats`).
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
_EACH = 60.0
"""Seconds between two lines."""


@dataclass(slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        name: of the run.
        first: how many were done before.
        last: how many there are.
        onward: the option that goes on with it; empty where nothing does.
        each: how many a piece of work is.
        done: how many of this run are done.
        began: when, seconds of a clock that never goes back.
    """

    name: str
    first: int
    last: int
    onward: str
    each: int = 1
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def speed(self) -> float:
        """Return how many are done in a second."""
        return self.done / max(time.monotonic() - self.began, 1e-9)

    @property
    def spent(self) -> str:
        """Return how long it took and how fast it was."""
        seconds = time.monotonic() - self.began
        return f"{self.name}: {self.done} in {seconds:.0f} s, {self.speed:.1f} a second"

    def telling(self, found: Iterable[T]) -> Iterator[T]:
        """Yield what is found, and print each minute how far it has come.

        Args:
            found: one for each piece of work.
        """
        told = self.began
        for one in found:
            yield one
            self.done = min(self.done + self.each, self.last - self.first)
            now = time.monotonic()
            if now >= told + _EACH:
                told = now
                number = self.first + self.done
                left = (self.last - number) / self.speed / 60
                onward = f" (goes on with {self.onward} {number})"
                print(  # noqa: T201 - a program's output
                    f"{self.name}: {number} of {self.last}, {self.speed:.1f} a second, "
                    f"{left:.0f} min left{onward if self.onward else ''}",
                    flush=True,
                )
