# SPDX-License-Identifier: Apache-2.0
"""Holds the resident agent's passes back: after its start, and on a burdened machine.

Rules: the machine is looked at only when something is due; what changes is told once,
for the log; every pass is counted, however it ended; time in which the machine slept
is time in which passes took nothing.
Not here: how long it may be put off (`patience.py`), slots (`agent/schedule.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.governor.patience import SAVED_SECONDS, Bucket, holds_back, is_heavy
from agent.host import this_gauge
from agent.host.asleep import slept
from agent.host.burden import Burden, Gauge


@dataclass(slots=True)
class Restraint:
    """What holds passes back.

    Attributes:
        gauge: looks at the machine.
        bucket: the processor time that passes have left.
        held: whether the last look held something back.
        burden: what that look saw.
        slept: seconds that the monotonic clock has not counted.
    """

    gauge: Gauge = field(default_factory=this_gauge)
    bucket: Bucket = field(default_factory=Bucket)
    held: bool = False
    burden: Burden = field(default_factory=Burden)
    slept: Callable[[], float] = slept

    def look(self, moment: float) -> bool:
        """Look at the machine; tell whether that changed anything.

        Args:
            moment: on the monotonic clock.
        """
        before = self.held
        self.burden = self.gauge.burden()
        self.held = holds_back(self.burden, self.bucket, moment + self.slept())
        return self.held != before

    @property
    def stretched(self) -> bool:
        """Tell whether the last look saw a machine that is read less often."""
        return is_heavy(self.burden)

    def rest(self, moment: float) -> float:
        """Return for how long no pass is to begin, for what passes have taken."""
        return self.bucket.rest(moment + self.slept())

    def spent(self, seconds: float, moment: float, *, killed: bool = False) -> None:
        """Count the processor time of a pass.

        Args:
            seconds: which it took.
            moment: on the monotonic clock.
            killed: by what it read; then no more counts than what an hour saves up, for
                a second kill, after which that is not read, is to come soon.
        """
        counted = min(seconds, SAVED_SECONDS) if killed else seconds
        self.bucket = self.bucket.without(counted, moment + self.slept())
