# SPDX-License-Identifier: Apache-2.0
"""The time the agent goes by: this machine's clock, corrected by signed server time.

Rules: only a signed and fresh answer corrects; the time is never before the newest
one verified; a difference within the jitter of two clocks changes nothing.
Not here: how an answer is verified (`polling.py`, `delivery.py`).
"""

from dataclasses import dataclass, replace

from agent.budget import CLOCK_JITTER_SECONDS
from agent.errors import AgentError, ClockError, TrustError
from agent.spool import Spool
from wire.errors import ExpiredError, NotYetValidError, WireError

_OFFSET = "clock-offset"
_FLOOR = "clock-floor"


@dataclass(frozen=True, slots=True)
class Clock:
    """How far this machine's clock is off.

    Attributes:
        offset: seconds to add to the system's clock.
        floor: the newest verified time, seconds since the epoch; 0 before any.
    """

    offset: int = 0
    floor: int = 0

    @property
    def signed(self) -> bool:
        """Tell whether any signed time has arrived yet."""
        return self.floor > 0


def corrected(clock: Clock, system: float) -> int:
    """Return the time to go by, seconds since the epoch.

    Args:
        clock: what has been learned.
        system: the system's clock now.
    """
    return max(int(system) + clock.offset, clock.floor, 0)


def stated(clock: Clock, system: float) -> int:
    """Return the time to state to the collector, which compares it with its own.

    The floor is left out: were the collector's clock ever ahead, every device would
    else be told for ever that its clock is wrong.

    Args:
        clock: what has been learned.
        system: the system's clock now.
    """
    return max(int(system) + clock.offset, 0)


def learned(clock: Clock, asked: float, answered: float, server_time: int) -> Clock:
    """Return the clock after a verified answer.

    Args:
        clock: what was known.
        asked: the system's clock when the question left.
        answered: the system's clock when the answer was here.
        server_time: from the answer, which is signed and repeats our nonce.
    """
    middle = int((asked + max(answered, asked)) / 2)
    offset = server_time - middle
    if abs(offset) < CLOCK_JITTER_SECONDS:
        offset = 0
    elif abs(offset - clock.offset) < CLOCK_JITTER_SECONDS:
        offset = clock.offset
    return replace(clock, offset=offset, floor=max(clock.floor, server_time))


def load_clock(spool: Spool) -> Clock:
    """Return what earlier runs have learned."""
    return Clock(spool.value(_OFFSET) or 0, spool.value(_FLOOR) or 0)


def store_clock(spool: Spool, before: Clock, after: Clock) -> None:
    """Remember what has changed.

    Raises:
        StateError: the disk refuses.
    """
    if after.floor != before.floor:
        spool.set_value(_FLOOR, after.floor)
    if after.offset != before.offset:
        spool.set_value(_OFFSET, after.offset)


def explain(problem: WireError, clock: Clock) -> AgentError:
    """Return the agent's word for a message that may not be believed.

    Args:
        problem: why it was refused.
        clock: as it is: without any signed time, dates are judged by a guess.
    """
    if isinstance(problem, ExpiredError | NotYetValidError) and not clock.signed:
        msg = (
            "nothing signed tells the time yet and this machine's clock does not fit "
            "the policy: set the clock, or let the agent reach the collector"
        )
        return ClockError(msg)
    return TrustError(str(problem))
