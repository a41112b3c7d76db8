# SPDX-License-Identifier: Apache-2.0
"""Tells seconds in which nothing on this machine had to wait for it.

Rules: a bound that is held against them fails for what rests, and not for what others'
work keeps from running: time in which anything waits for a processor, a disk or memory
is left out; where the kernel does not count that, seconds are seconds.
Not here: any bound.
Source: docs.kernel.org/accounting/psi.html.
"""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

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
