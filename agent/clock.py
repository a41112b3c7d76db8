# SPDX-License-Identifier: Apache-2.0
"""The time the agent goes by: this machine's clock, corrected by signed server time.

Rules: only a signed and fresh answer corrects; the time is never before two floors. The
hard one is when the newest root, policy and keys were issued, which the gate cannot
sign; the soft one is the newest time that an answer told, and gives way only to many
answers in a row, over hours, that agree on an earlier time. A difference within the
jitter of two clocks changes nothing.
Not here: how an answer is verified (`agent/delivery/polling.py`,
`agent/delivery/receipts.py`).
Source: docs/adr/0012-the-clocks-two-floors.md.
"""

from dataclasses import dataclass, replace

from agent.budget import (
    CLOCK_JITTER_SECONDS,
    FLOOR_ANSWERS,
    FLOOR_SECONDS,
    REMEMBER_SECONDS,
)
from agent.errors import AgentError, ClockError, StateError, TrustError
from agent.spool.change import Transaction
from agent.spool.spool import Spool
from wire import limits
from wire.errors import ExpiredError, NotYetValidError, WireError
from wire.keys import KeyStatement
from wire.policy import PolicyStatement
from wire.trust import Root, Trusted

_NAMES = (
    "clock-offset",
    "clock-soft",
    "clock-hard",
    "clock-doubt-answers",
    "clock-doubt-seconds",
    "clock-doubt-told",
    "clock-doubt-moment",
)
_FORMER = "clock-floor"
"""The one floor of earlier releases: what the gate told, so the soft one."""
CONTACTED = "contacted"
"""Number in the spool: when the collector last answered, seconds since the epoch."""
LOWERED = "clock-lowered"
"""Number in the spool: when the soft floor was lowered last, by the lowered clock."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Answers in a row that told an earlier time than the soft floor.

    Attributes:
        answers: how many.
        seconds: that they span, on the monotonic clock.
        told: server time of the last one, seconds since the epoch.
        moment: of the last one, on the monotonic clock, which starts anew at a boot.
    """

    answers: int = 0
    seconds: int = 0
    told: int = 0
    moment: int = 0


_NO_DOUBT = Doubt()


@dataclass(frozen=True, slots=True)
class Clock:
    """How far this machine's clock is off, and what the time cannot be before.

    Attributes:
        offset: seconds to add to the system's clock.
        soft: the newest time that an answer told, seconds since the epoch, or 0.
        hard: when the newest of root, policy and keys was issued, or 0.
        doubt: what speaks against the soft floor.
    """

    offset: int = 0
    soft: int = 0
    hard: int = 0
    doubt: Doubt = _NO_DOUBT

    @property
    def floor(self) -> int:
        """Return what the time is not before."""
        return max(self.soft, self.hard)

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

    The floors are left out: were the collector's clock ever ahead, every device would
    else be told that its clock is wrong.

    Args:
        clock: what has been learned.
        system: the system's clock now.
    """
    return max(int(system) + clock.offset, 0)


def learned(
    clock: Clock, asked: float, answered: float, server_time: int, moment: float
) -> Clock:
    """Return the clock after a verified answer.

    An answer may have been kept back on the way, as that to a poll which waits: what
    it does not contradict stays.

    Args:
        clock: what was known.
        asked: the system's clock when the question left.
        answered: the system's clock when the answer was here.
        server_time: from the answer, which is signed and repeats our nonce.
        moment: the monotonic clock when the answer was here.
    """
    middle = int((asked + max(answered, asked)) / 2)
    offset = server_time - middle
    doubtful = CLOCK_JITTER_SECONDS + max(answered - asked, 0) / 2
    if abs(offset) < CLOCK_JITTER_SECONDS:
        offset = 0
    elif abs(offset - clock.offset) < doubtful:
        offset = clock.offset
    soft, doubt = _weighed(clock, server_time, int(moment))
    return replace(clock, offset=offset, soft=soft, doubt=doubt)


def _weighed(clock: Clock, told: int, moment: int) -> tuple[int, Doubt]:
    """Return the soft floor and what speaks against it, after an answer."""
    if told >= clock.soft - limits.CLOCK_SKEW_SECONDS:
        return max(clock.soft, told), _NO_DOUBT
    before = clock.doubt
    # After a boot the monotonic clock is behind, or what it gained has passed at least.
    passed = max(moment - before.moment, 0)
    if not before.answers or told < before.told + passed - limits.CLOCK_SKEW_SECONDS:
        return clock.soft, Doubt(1, 0, told, moment)
    doubt = Doubt(before.answers + 1, before.seconds + passed, told, moment)
    if doubt.answers >= FLOOR_ANSWERS and doubt.seconds >= FLOOR_SECONDS:
        return told, _NO_DOUBT
    return clock.soft, doubt


def vouched(clock: Clock, trusted: Trusted) -> Clock:
    """Return the clock with a hard floor not before what is trusted was issued."""
    newest = max(part.issued for part in _parts(trusted))
    return replace(clock, hard=max(clock.hard, newest))


def reissued(clock: Clock, held: Trusted | None, newer: Trusted) -> Clock:
    """Return the clock after a bundle that follows the one held.

    A newer version that was issued earlier is its role's own word that the clock of
    its machine was ahead: then, and only then, the hard floor comes down.

    Args:
        clock: what was known.
        held: the bundle before; None where there is none to compare with.
        newer: the bundle that passed every check but that of dates.
    """
    if held is None or clock.hard > max(part.issued for part in _parts(held)):
        return vouched(clock, newer)
    issued = (
        new.issued if new.version > old.version else max(old.issued, new.issued)
        for old, new in zip(_parts(held), _parts(newer), strict=True)
    )
    return replace(clock, hard=max(issued))


def _parts(trusted: Trusted) -> tuple[Root | PolicyStatement | KeyStatement, ...]:
    return trusted.root, trusted.policy, trusted.keys


def load_clock(spool: Spool) -> Clock:
    """Return what earlier runs have learned."""
    numbers = spool.values()
    offset, soft, hard, *doubt = map(numbers.get, _NAMES)
    if soft is None:
        soft = numbers.get(_FORMER)
    return Clock(offset or 0, soft or 0, hard or 0, Doubt(*(n or 0 for n in doubt)))


def store_clock(spool: Spool, before: Clock, after: Clock) -> None:
    """Remember what has changed.

    Raises:
        StateError: the disk refuses.
    """
    if after != before:
        with spool.transaction() as change:
            put_clock(change, before, after)


def remember(spool: Spool, before: Clock, after: Clock, system: float) -> bool:
    """Remember what an answer has changed, and when it came; false where it cannot be.

    A disk that refuses makes no failure of an answer that was believed. What only tells
    that some seconds have passed is left to the next answer that tells more.

    Args:
        spool: the queue.
        before: as it was loaded.
        after: as the answer left it.
        system: the system's clock when the answer was here.
    """
    now = corrected(after, system)
    since = now - (spool.value(CONTACTED) or 0), after.soft - before.soft
    same = replace(after, soft=before.soft) == before
    if same and all(0 <= seconds < REMEMBER_SECONDS for seconds in since):
        return True
    try:
        with spool.transaction() as change:
            put_clock(change, before, after)
            change.set_number(CONTACTED, now)
    except StateError:
        return False
    return True


def put_clock(change: Transaction, before: Clock, after: Clock) -> None:
    """Remember what has changed, in one transaction with what moves beside it.

    A soft floor that was lowered is entered into the ledger. What waits was made by
    this machine's clock alone where nothing signed had told the time before.

    Args:
        change: what is written to.
        before: as it was loaded.
        after: as it is to be loaded from now on.
    """
    for name, old, new in zip(_NAMES, _numbers(before), _numbers(after), strict=True):
        if new != old:
            change.set_number(name, new)
    if after.soft and not before.soft and after.offset != before.offset:
        change.put_off(after.offset - before.offset, after.soft)
    if after.soft < before.soft:
        change.set_number(LOWERED, after.soft)
        change.note(
            "clock-floor-lowered",
            {"from": before.soft, "to": after.soft},
            after.floor,
        )


def _numbers(clock: Clock) -> tuple[int, ...]:
    doubt = clock.doubt  # `astuple` copies each number
    told = doubt.answers, doubt.seconds, doubt.told, doubt.moment
    return clock.offset, clock.soft, clock.hard, *told


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
