# SPDX-License-Identifier: Apache-2.0
"""Waits for a call that nothing can break off, but not for ever.

Rules: the call runs in a thread of its own, which is left behind when its time is over
and ends with the pass's child; what it raises is raised by who waits.
Not here: what a timer can break off (`alarm.py`, on Linux).
"""

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from agent.errors import BudgetError

T = TypeVar("T")


def within(seconds: float, reason: str, work: Callable[[], T]) -> T:
    """Return what a call returns.

    Args:
        seconds: how long to wait for it.
        reason: slug of the error where it takes longer.
        work: the call; everything that belongs to one thread has to happen in it.

    Raises:
        BudgetError: it did not end in time.
        Exception: as the call raised it.
    """
    answers: list[T] = []
    problems: list[Exception] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as problem:  # noqa: BLE001 - raised below, in the thread that waits
            problems.append(problem)

    asking = Thread(target=run, daemon=True)
    asking.start()
    asking.join(seconds)
    if problems:
        raise problems[0]
    if not answers:
        raise BudgetError(reason)
    return answers[0]
