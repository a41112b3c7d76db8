# SPDX-License-Identifier: Apache-2.0
"""Virtual time: what happens when, and how wrong each clock is.

Rules: nothing waits; what is due at the same time happens in the order in which it
was asked for; time never goes back, whatever a machine's clock says.
Not here: what happens (`world.py`).
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

START = 1_800_000_000.0
"""2027-01-15T08:00:00Z, a whole quarter of an hour."""
MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY


@dataclass(slots=True)
class Clock:
    """The one true time, and what is due.

    Attributes:
        now: seconds since the epoch.
    """

    now: float = START
    _due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _asked: int = 0

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Have something happen later."""
        self._asked += 1
        heapq.heappush(self._due, (self.now + max(seconds, 0.0), self._asked, act))

    def spend(self, seconds: float) -> None:
        """Let time pass while something is under way; what is due waits for it."""
        self.now += seconds

    def run(self, until: float, done: Callable[[], bool] = bool) -> bool:
        """Let everything happen that is due.

        Args:
            until: seconds since the epoch.
            done: looked at after each; ends it early.

        Returns:
            Whether it ended early.
        """
        while self._due and self._due[0][0] <= until:
            moment, _, act = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            act()
            if done():
                return True
        self.now = max(self.now, until)
        return False
