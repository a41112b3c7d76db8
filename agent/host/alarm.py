# SPDX-License-Identifier: Apache-2.0
"""Breaks a hang: an exception in this thread when a reader's time is over.

Rules: on Linux timers interrupt even a blocked call, one of wall time and one of
processor time, and again each second where a reader goes on; on Windows there is none:
a reader looks at the clocks itself, and the parent ends the whole child at last.
Not here: how long a reader may take (`agent/budget.py`).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import BudgetError, OverBudgetError

if sys.platform == "win32":

    @contextmanager
    def alarm(seconds: float, processor: float = 0.0) -> Iterator[None]:
        """Do nothing: the parent ends the whole child after PASS_SECONDS."""
        del seconds, processor
        yield

else:
    import signal
    from types import FrameType

    _AGAIN_SECONDS = 1.0

    @contextmanager
    def alarm(seconds: float, processor: float = 0.0) -> Iterator[None]:
        """Raise in the main thread when time or processor time is over.

        Args:
            seconds: wall time.
            processor: processor time of this process; 0 for any.

        Raises:
            BudgetError: the time is over.
            OverBudgetError: the processor time is over.
        """

        def late(_number: int, _frame: FrameType | None) -> None:
            reason = "time-budget"
            raise BudgetError(reason)

        def dear(_number: int, _frame: FrameType | None) -> None:
            reason = "processor-budget"
            raise OverBudgetError(reason)

        before = signal.signal(signal.SIGALRM, late)
        before_too = signal.signal(signal.SIGPROF, dear)
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
        signal.setitimer(signal.ITIMER_PROF, processor, _AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGPROF, before_too)
            signal.signal(signal.SIGALRM, before)
