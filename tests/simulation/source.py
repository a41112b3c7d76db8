# SPDX-License-Identifier: Apache-2.0
"""A log of numbered lines that keeps only so many of them.

Rules: a line's number says when it was written; what is too old is gone, as where a
log is rotated before it was read.
Not here: where it was read up to (the spool knows).
"""

from dataclasses import dataclass

from simulation.clock import START


@dataclass(frozen=True, slots=True)
class Source:
    """A log.

    Attributes:
        rate: lines a second.
        keeps: lines that are there at a time.
        most: lines of one pass.
    """

    rate: float = 0.02
    keeps: int = 400
    most: int = 200

    def written(self, now: float) -> int:
        """Return the number of the next line."""
        return int((now - START) * self.rate) + 1

    def read(self, first: int, now: float) -> tuple[range, range]:
        """Return which lines are lost and which are read, from a number on."""
        end = self.written(now)
        oldest = max(first, end - self.keeps)
        return range(first, oldest), range(oldest, min(end, oldest + self.most))


def place_of(number: int) -> bytes:
    """Return the cursor that stands before a line."""
    return number.to_bytes(8, "big")


def number_at(cursor: bytes | None) -> int:
    """Return the line that a cursor stands before."""
    return int.from_bytes(cursor or b"", "big")
