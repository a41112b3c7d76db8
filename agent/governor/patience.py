# SPDX-License-Identifier: Apache-2.0
"""How much later something is read while the machine has little to spare.

Rules: decided from values alone; reading is put off, never left out: on a burdened
machine what is read every quarter hour is read every hour, and nothing comes more than
six hours late; the slots stay common to all datasets of a cadence, so that they still
share an envelope. What passes took beyond their share is waited for before the next
one, six hours at most.
Not here: looking at the machine (`agent/host/burden.py`), slots (`agent/schedule.py`).
Source: the kernel's bandwidth control, where who has run over waits until its quota is
above nothing again (sched-bwc, with its bounded burst).
"""

from dataclasses import dataclass

from agent.budget import (
    BURDENED_FACTOR,
    LATE_SECONDS,
    PROCESSOR_SHARE,
    PROCESSOR_SHARE_SECONDS,
)
from agent.host.burden import Burden

SAVED_SECONDS = PROCESSOR_SHARE * PROCESSOR_SHARE_SECONDS
"""Processor time that passes have saved up at most."""


def stretched(every: int) -> int:
    """Return the cadence on a burdened machine.

    Args:
        every: the policy's, seconds.
    """
    return min(every * BURDENED_FACTOR, every + LATE_SECONDS)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Processor time that passes have left: a share of one processor, over an hour.

    No pass begins while it is below zero: so between any two of them passes have taken
    no more than the share of the time between, and what was saved up.

    Attributes:
        left: seconds; below zero after a dear pass, until time has made up for it.
        at: when that was, on a clock that never jumps.
    """

    left: float = SAVED_SECONDS
    at: float = 0.0

    def later(self, moment: float) -> "Bucket":
        """Return what is left at a moment."""
        gained = max(0.0, moment - self.at) * PROCESSOR_SHARE
        return Bucket(min(SAVED_SECONDS, self.left + gained), moment)

    def without(self, seconds: float, moment: float) -> "Bucket":
        """Return what is left after a pass of so many seconds of processor time."""
        least = -PROCESSOR_SHARE * LATE_SECONDS
        return Bucket(max(least, self.later(moment).left - seconds), moment)

    def rest(self, moment: float) -> float:
        """Return for how long no pass is to begin; 0 where one may.

        Args:
            moment: on the monotonic clock.
        """
        return max(0.0, -self.later(moment).left) / PROCESSOR_SHARE


def holds_back(burden: Burden, bucket: Bucket, moment: float) -> bool:
    """Tell whether something is put off.

    Args:
        burden: the machine's.
        bucket: what passes have left.
        moment: on the monotonic clock.
    """
    return is_heavy(burden) or bucket.rest(moment) > 0


def is_heavy(burden: Burden) -> bool:
    """Tell whether the cadences are stretched.

    Args:
        burden: the machine's.
    """
    return burden.battery or burden.busy
