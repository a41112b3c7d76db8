# SPDX-License-Identifier: Apache-2.0
"""Tells whether things move, so that an agent that only looks alive is found out.

Rules: what waits without a reason for too long is stuck; every reason that has a name
(no network, no policy, a full disk, a burdened machine, a device that is refused) is
one, for a start anew would change nothing of it.
Not here: who is told (`life.py`), the loop (`resident.py`).
"""

from dataclasses import dataclass
from math import inf

from agent.budget import STILL_SECONDS
from agent.delivery.shipping import Link


def kept(link: Link, moment: float, *, may_ship: bool) -> bool:
    """Tell whether there is a reason why envelopes wait.

    Args:
        link: how the link to the collector stands.
        moment: on the monotonic clock.
        may_ship: whether a valid policy is here.
    """
    held = bool(link.failures or link.stopped or link.unwritable)
    return held or not may_ship or moment < link.not_before


def told(link: Link, *, may_ship: bool) -> str:
    """Return how the agent is, for a person who looks at the service."""
    if link.stopped:
        return f"the collector refuses this device ({link.stopped}); data stays here"
    if link.unwritable:
        return "the disk takes nothing: discreet-agent doctor says what to do"
    if link.failures:
        return f"the collector is not reached ({link.reason}); data stays here"
    if not may_ship:
        return "no valid policy is here: nothing is collected"
    return "at work"


@dataclass(slots=True)
class Progress:
    """What has not moved, and since when; on the monotonic clock.

    Attributes:
        failing: since when each pass has crashed for no reason that has a name.
        waiting: since when envelopes wait that nothing keeps and none has left.
        sent: envelopes that had left by then.
    """

    failing: float = inf
    waiting: float = inf
    sent: int = 0

    def passed(self, moment: float, *, crashed: bool) -> None:
        """Take in how a pass ended; one that is due is always tried."""
        self.failing = min(self.failing, moment) if crashed else inf

    def queue(self, moment: float, sent: int, *, waits: bool) -> None:
        """Take in how many envelopes have left, and whether more wait without a reason.

        Args:
            moment: of the look.
            sent: since the agent began.
            waits: whether envelopes wait, and nothing keeps them.
        """
        still = waits and sent == self.sent
        self.waiting = min(self.waiting, moment) if still else inf
        self.sent = sent

    def excused(self) -> None:
        """Take in that the disk keeps everything, which a start anew does not mend."""
        self.failing = self.waiting = inf

    def moves(self, moment: float) -> bool:
        """Tell whether nothing has waited for too long."""
        return moment - min(self.failing, self.waiting) < STILL_SECONDS
