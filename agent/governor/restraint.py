# SPDX-License-Identifier: Apache-2.0
"""Holds the resident agent's passes back: after its start, and on a burdened machine.

Rules: the machine is looked at only when something is due; what changes is told once,
for the log; every pass is counted, however it ended.
Not here: how long it may be put off (`patience.py`), slots (`agent/schedule.py`).
"""

from dataclasses import dataclass, field

from agent.governor.patience import Bucket, holds_back, is_heavy
from agent.host import this_gauge
from agent.host.burden import Burden, Gauge


@dataclass(slots=True)
class Restraint:
    """What holds passes back.

    Attributes:
        gauge: looks at the machine.
        bucket: the processor time that passes have left.
        held: whether the last look held something back.
        burden: what that look saw.
    """

    gauge: Gauge = field(default_factory=this_gauge)
    bucket: Bucket = field(default_factory=Bucket)
    held: bool = False
    burden: Burden = field(default_factory=Burden)

    def look(self, moment: float) -> bool:
        """Look at the machine; tell whether that changed anything.

        Args:
            moment: on the monotonic clock.
        """
        before = self.held
        self.burden = self.gauge.burden()
        self.held = holds_back(self.burden, self.bucket, moment)
        return self.held != before

    @property
    def stretched(self) -> bool:
        """Tell whether the last look saw a machine that is read less often."""
        return is_heavy(self.burden)

    def rest(self, moment: float) -> float:
        """Return for how long no pass is to begin, for what passes have taken."""
        return self.bucket.rest(moment)

    def spent(self, seconds: float, moment: float) -> None:
        """Count the processor time of a pass."""
        self.bucket = self.bucket.without(seconds, moment)
