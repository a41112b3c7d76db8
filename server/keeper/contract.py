# SPDX-License-Identifier: Apache-2.0
"""The contract with the client as a machine of states, decided without I/O.

Rules: active > noticed > window > ended > gone; only time moves it on, and it goes back
to active as long as there is something to keep; data is handed over within a window
that lies ahead when the end is written down.
Not here: what dies with it (`keeping.py`), who is heard no more (`rounds/contract.py`).
Source: the privacy statement, section 6 ("the duration of our contractual
relationship"); GDPR Art. 28(3)(g).
"""

from enum import Enum

from server.errors import UsageError
from server.keeper import bounds
from server.register.contract import Notice
from wire.policy_check import DAY


class Stage(Enum):
    """How far a contract is."""

    ACTIVE = "active"
    NOTICED = "noticed"
    WINDOW = "window"
    ENDED = "ended"
    GONE = "gone"


def stage(given: Notice | None, now: int, live: int) -> Stage:
    """Return how far the contract is.

    Args:
        given: its end, or None.
        now: the time to delete by.
        live: how many keys are not destroyed.
    """
    if given is None:
        return Stage.ACTIVE
    if now < given.ends:
        return Stage.NOTICED
    if now < given.over:
        return Stage.WINDOW
    return Stage.ENDED if live else Stage.GONE


def check(given: Notice, before: Notice | None, now: int) -> None:
    """Refuse an end that would take data away unasked.

    Args:
        given: what somebody wants to write down.
        before: what stands there already, or None.
        now: the time to delete by.

    Raises:
        UsageError: nothing of the window lies ahead, it is of an odd length, or the
            window that was promised is over.
    """
    if before is not None and now >= before.over:
        msg = "the window is over: withdraw the end first, or let it go on"
        raise UsageError(msg)
    least, most = bounds.WINDOW_DAYS_LEAST * DAY, bounds.WINDOW_DAYS_MOST * DAY
    if not least <= given.window <= most:
        msg = (
            f"the window is {bounds.WINDOW_DAYS_LEAST}d to "
            f"{bounds.WINDOW_DAYS_MOST}d: in it the client takes its data"
        )
        raise UsageError(msg)
    if given.over < now + least:
        msg = (
            "that window is over within a day: end the contract later, or give a "
            "longer window"
        )
        raise UsageError(msg)
