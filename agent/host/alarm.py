# SPDX-License-Identifier: Apache-2.0
"""Breaks a hang: an exception in this thread when a reader's time is over.

Rules: on Linux a timer interrupts even a blocked call; on Windows there is none, and
the parent ends the whole child instead.
Not here: how long a reader may take (`agent/budget.py`).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import BudgetError

if sys.platform == "win32":

    @contextmanager
    def alarm(seconds: float) -> Iterator[None]:
        """Do nothing: the parent ends the whole child after PASS_SECONDS."""
        del seconds
        yield

else:
    import signal
    from types import FrameType

    @contextmanager
    def alarm(seconds: float) -> Iterator[None]:
        """Raise BudgetError in the main thread after so many seconds.

        Args:
            seconds: wall time.

        Raises:
            BudgetError: the time is over.
        """

        def over(_number: int, _frame: FrameType | None) -> None:
            reason = "time-budget"
            raise BudgetError(reason)

        before = signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
