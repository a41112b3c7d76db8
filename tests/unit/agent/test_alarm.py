# SPDX-License-Identifier: Apache-2.0
"""The timers of a reader: they break what hangs, and nothing that comes after it.

Rules: real timers, set to go off at the very moment at which a reader ends.
Not here: what a reader's outcome is then (`test_reading.py`).
"""

import signal
import time
from contextlib import suppress
from functools import partial

import pytest

from agent.errors import BudgetError
from agent.host.alarm import in_time

BOTH = (signal.ITIMER_REAL, signal.ITIMER_PROF)
OFF = (0.0, 0.0)
TRIES = 3_000
BRIEF = 0.000_4


def spin(seconds: float) -> None:
    """Work for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


@pytest.mark.slow
def test_a_timer_that_goes_off_at_the_end_leaves_nothing_behind() -> None:
    """Wherever in its end a reader is met, both timers and handlers are as before."""
    handlers = [signal.getsignal(one) for one in (signal.SIGALRM, signal.SIGPROF)]
    for number in range(TRIES):
        seconds = BRIEF - 0.000_1 + number % 100 * 0.000_002
        with suppress(BudgetError):
            in_time(partial(spin, seconds), BRIEF, 10.0)
        assert [signal.getitimer(timer) for timer in BOTH] == [OFF, OFF]
        after = [signal.getsignal(one) for one in (signal.SIGALRM, signal.SIGPROF)]
        assert after == handlers


@pytest.mark.slow
def test_who_goes_on_is_broken_off_again() -> None:
    """A reader that takes the first exception for something else meets a second."""
    met = []

    def work() -> None:
        for _ in range(2):
            try:
                time.sleep(30)
            except BudgetError as problem:
                met.append(problem.reason)

    in_time(work, 0.05)
    assert met == ["time-budget", "time-budget"]


@pytest.mark.slow
def test_both_at_once_break_once() -> None:
    """Where time and processor time are over together, one exception tells of it."""
    ended = []

    def work() -> None:
        try:
            spin(30)
        except BudgetError:
            spin(0.3)
            ended.append(True)
            raise

    with pytest.raises(BudgetError):
        in_time(work, 0.2, 0.2)
    assert ended == [True]
