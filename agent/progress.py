# SPDX-License-Identifier: Apache-2.0
"""Tells whether things move, so that an agent that only looks alive is found out.

Rules: what waits without a reason for too long is stuck; every reason that has a name
(no network, no policy, a full disk, a burdened machine, a device that is refused) is
one, for a start anew would change nothing of it; a disk that ends each turn is one for
as long and no longer, for what is mended outside may be seen by a start anew alone; a
process that has run out of memory or open files has none.
Not here: who is told (`life.py`), the loop (`resident.py`).
"""

import errno
import os
import sqlite3
from dataclasses import dataclass
from math import inf

from agent.budget import STILL_SECONDS
from agent.delivery.shipping import Link
from agent.errors import AgentError, StateError

_OWN = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What the process itself may have used up."""


class StuckError(StateError):
    """Nothing has moved for too long: the agent is to be started anew."""

    def __init__(self, problem: Exception) -> None:
        """Say why, where that is a sentence."""
        told = isinstance(problem, AgentError)
        super().__init__(str(problem) if told else "the agent fails, and begins anew")


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


def excused(problem: Exception) -> bool:
    """Tell whether a turn failed for a reason that has a name, as an ill disk."""
    found: BaseException | None = problem
    while found is not None:
        memory = getattr(found, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOMEM
        if memory or getattr(found, "errno", 0) in _OWN:
            return False
        found = found.__cause__ or found.__context__
    return isinstance(problem, AgentError | OSError) and _can_open()


def _can_open() -> bool:
    """Tell whether a file can be opened: SQLite does not say why one cannot."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as problem:
        return problem.errno not in _OWN
    return True


@dataclass(slots=True)
class Progress:
    """What has not moved, and since when; on the monotonic clock.

    Attributes:
        failing: since when each pass has crashed for no reason that has a name.
        waiting: since when envelopes wait that nothing keeps and none has left.
        sent: envelopes that had left by then.
        aside: what `failing` was before passes had to rest.
        broken: since when every turn has failed.
    """

    failing: float = inf
    waiting: float = inf
    sent: int = 0
    aside: float = inf
    broken: float = inf

    def passed(self, moment: float, *, crashed: bool) -> None:
        """Take in how a pass ended; one that is due is always tried."""
        since = min(self.failing, self.aside, moment)
        self.failing, self.aside = since if crashed else inf, inf

    def rests(self, moment: float) -> None:
        """Take in that no pass may begin: a crash counts on with the next one.

        What is stuck by now stays so.
        """
        if moment - self.failing < STILL_SECONDS:
            self.failing, self.aside = inf, min(self.failing, self.aside)

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

    def turned(self) -> None:
        """Take in a turn that did not fail."""
        self.broken = inf

    def failed(self, problem: Exception, moment: float) -> bool:
        """Take in a turn that failed; tell whether that is excused, for a while."""
        self.broken = min(self.broken, moment)
        if not excused(problem):
            return False
        self.failing = self.waiting = inf  # the disk keeps everything
        return True

    def moves(self, moment: float) -> bool:
        """Tell whether nothing has waited for too long."""
        since = min(self.failing, self.waiting, self.broken)
        return moment - since < STILL_SECONDS
