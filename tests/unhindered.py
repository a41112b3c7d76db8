# SPDX-License-Identifier: Apache-2.0
"""Tells seconds in which nothing on this machine had to wait for it.

Rules: a bound that is held against them fails for what rests, and not for what others'
work keeps from running: time in which anything waits for a processor, a disk or memory
is left out; where the kernel does not count that, seconds are seconds. It counts the
waits of whoever is judged as well: so where others were quiet seconds have a bound of
their own, and where most of a time is left out, that says so and is no verdict.
Not here: any bound, how tests say it (`inconclusive.py`).
Source: docs.kernel.org/accounting/psi.html.
"""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

TIMES = 3
"""By so much a time may exceed its bound where others were quiet: what is judged may
wait for itself, and a slow machine takes longer for the same."""
QUIET = 1 / 3
"""Of a time, in which something may wait while others are called quiet."""
MOST = 1 / 2
"""Of a time: where more of it is left out, what is left says nothing."""
INCONCLUSIVE = "inconclusive"
"""How a harness and a test call what they could not judge."""
_TOTALS = [Path("/proc/pressure", name) for name in ("cpu", "io", "memory")]
_TOTAL = re.compile(r"some .*total=(\d+)")
_MICRO = 1_000_000


def _waited() -> list[float]:
    """Return for how long something has waited since the machine began, by what for."""
    return [_total(path) for path in _TOTALS]


def _total(path: Path) -> float:
    try:
        found = _TOTAL.search(path.read_text())
    except OSError:  # a kernel that does not count, or does not want to now
        return 0.0
    return int(found[1]) / _MICRO if found else 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """A time.

    Attributes:
        seconds: all of it.
        unhindered: what of it nothing had to wait in.
    """

    seconds: float
    unhindered: float

    @property
    def hindered(self) -> float:
        """Return which part of it something had to wait in."""
        return 1 - self.unhindered / self.seconds if self.seconds else 0.0

    def late(self, bound: float, others: float = 1.0) -> bool:
        """Tell whether it was more than it may be.

        Args:
            bound: seconds.
            others: part of a time in which something waited for others' work.
        """
        at_all = others <= QUIET and self.seconds > TIMES * bound
        return self.unhindered > bound or at_all

    def unsure(self, bound: float, others: float = 1.0) -> str:
        """Say why nobody can tell whether it was too much; empty where one can.

        Args:
            bound: seconds.
            others: as `late` is told.
        """
        known = self.seconds <= bound or self.late(bound, others)
        if known or self.hindered <= MOST:
            return ""
        return (
            f"{self.seconds:.1f} s of at most {bound:g}, but in {self.hindered:.0%} of "
            f"them something on this machine waited: neither kept nor broken"
        )


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Runs from when it is made."""

    began: float = field(default_factory=time.monotonic)
    before: list[float] = field(default_factory=_waited)

    def spent(self) -> Spent:
        """Return the time since it was made."""
        seconds = time.monotonic() - self.began
        pairs = zip(self.before, _waited(), strict=True)
        waited = max(after - before for before, after in pairs)
        return Spent(seconds, max(seconds - waited, 0.0))
