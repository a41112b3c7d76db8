# SPDX-License-Identifier: Apache-2.0
"""Breaks a hang: an exception in this thread when a reader's time is over.

Rules: on Linux timers interrupt even a blocked call, one of wall time and one of
processor time, and again each second where a reader goes on; on Windows there is none:
a reader looks at the clocks itself, and the parent ends the whole child at last.
Not here: how long a reader may take (`agent/budget.py`).
"""

import sys
from collections.abc import Callable
from typing import TypeVar

from agent.errors import BudgetError, OverBudgetError

T = TypeVar("T")

if sys.platform == "win32":

    def in_time(work: Callable[[], T], seconds: float, processor: float = 0.0) -> T:
        """Do the work; the parent ends the whole child after PASS_SECONDS."""
        del seconds, processor
        return work()

else:
    import signal
    import time
    from types import FrameType

    _AGAIN_SECONDS = 1.0

    class _Bell:
        """Raises when it is rung, but never twice within half a second.

        So what a signal breaks into, even the end of a reader, comes to its own end.
        """

        __slots__ = ("armed", "rung")

        def __init__(self) -> None:
            self.armed = True
            self.rung = 0.0

        def late(self, _number: int, _frame: FrameType | None) -> None:
            if self._rings():
                reason = "time-budget"
                raise BudgetError(reason)

        def dear(self, _number: int, _frame: FrameType | None) -> None:
            if self._rings():
                reason = "processor-budget"
                raise OverBudgetError(reason)

        def _rings(self) -> bool:
            now = time.monotonic()
            rings = self.armed and now - self.rung > _AGAIN_SECONDS / 2
            self.rung = now if rings else self.rung
            return rings

    def in_time(work: Callable[[], T], seconds: float, processor: float = 0.0) -> T:
        """Do the work; break it off when time or processor time is over.

        No context manager: a signal between its end and its `finally` left timers on.

        Args:
            work: runs in the main thread.
            seconds: wall time.
            processor: processor time of this process; 0 for any.

        Raises:
            BudgetError: the time is over.
            OverBudgetError: the processor time is over.
        """
        bell = _Bell()
        before = signal.signal(signal.SIGALRM, bell.late)
        before_too = signal.signal(signal.SIGPROF, bell.dear)
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
                signal.setitimer(signal.ITIMER_PROF, processor, _AGAIN_SECONDS)
                return work()
            finally:  # a signal may raise here as well, once
                bell.armed = False
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGPROF, before_too)
            signal.signal(signal.SIGALRM, before)
