# SPDX-License-Identifier: Apache-2.0
"""Decides when the agent polls, ships or waits; never gives up and does no I/O.

Rules: time and randomness are passed in; waits have full jitter and a cap and obey
Retry-After; what is new goes before a backlog; a refusal for good stops sending but
keeps the data and asks once a day; nobody enrols again by itself.
Not here: the requests themselves (`polling.py`, `receipts.py`).
Source: full jitter as in AWS's "Exponential backoff and jitter" (2015).
"""

from dataclasses import dataclass, replace
from enum import Enum

from agent import budget
from agent.delivery import pace
from agent.delivery.pace import EVEN, Pace
from agent.errors import AgentError, NetworkError, Problem, TrustError
from wire import limits

FOR_GOOD = frozenset(
    {
        "bad-signature",
        "gone",
        "quarantined",
        "revoked",
        "unknown-device",
        "wrong-identity",
    }
)
"""Refusals of the device itself: only the collector's people can undo them."""
STUBBORN = frozenset(
    {"malformed", "method-not-allowed", "not-found", "unknown-version"}
)
"""What no second try mends, but an update of one side does."""
BUSY = frozenset({"internal", "overloaded", "over-quota"})
"""What passes by itself."""
CLOCK_SKEW = "clock-skew"
_AT_ONCE = frozenset({CLOCK_SKEW, "replay"})
"""What a second try mends: signed time, a new nonce. In a row it waits like any."""
TOO_LARGE = "too-large"
ENROLMENT = frozenset({"token-expired", "token-unknown", "token-used"})
"""Refusals of a token: only an enrolment meets them, and only a new one mends it."""
REACTIONS = FOR_GOOD | STUBBORN | BUSY | _AT_ONCE | ENROLMENT | {TOO_LARGE}
"""Every reason of a collector of this release; a newer one's are waited out."""
UNREACHABLE = "unreachable"
UNTRUSTED = "untrusted"
FAILED = "failed"
_DOUBLINGS = 16
"""Past this the cap holds in any case, and the number stays small."""
_DAY_SPREAD = 0.2
"""A daily or regular question comes up to a tenth earlier or later."""


class Act(Enum):
    """What the agent does next on the network."""

    WAIT = "wait"
    INTRODUCE = "introduce"
    POLL = "poll"
    SHIP = "ship"


@dataclass(frozen=True, slots=True)
class Next:
    """One decision.

    Attributes:
        act: what to do.
        seconds: how long to WAIT.
        count: most envelopes to SHIP.
        live: the number from which on they are new, and go first.
        backlog: most bytes of older ones.
        wait: seconds for which the answer to a POLL may be kept back.
        last: the device leaves: what the collector only queued has to be sent again.
    """

    act: Act
    seconds: float = 0.0
    count: int = 0
    live: int = 0
    backlog: int = budget.SHIPMENT_BODY_BYTES
    wait: int = 0
    last: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What there is to send.

    Attributes:
        waiting: envelopes.
        octets: their bytes, or a little more.
        newest: the highest number that an envelope has had.
        fresh: some of them are new, where there is a backlog beside.
    """

    waiting: int = 0
    octets: int = 0
    newest: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an act failed.

    Attributes:
        slug: the collector's reason, or one of ours.
        retry_after: seconds it wants us to stay away.
    """

    slug: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """How it stands between this device and the collector.

    Attributes:
        next_poll: when the next poll is due, on the caller's monotonic clock.
        not_before: nothing is sent before.
        failures: in a row.
        reason: slug of the last failure; empty when the last act succeeded.
        failed: the act that failed last.
        stopped: slug of a refusal for good; empty while sending is allowed.
        most: envelopes of one shipment now.
        introduce: true where signed time is wanted before anything else.
        contact: when the collector last answered, on the caller's monotonic clock;
            None before anybody knows.
        pace: how a backlog is sent beside what is new.
        apart: seconds from the monotonic clock to the system's; None before a look.
        unwritable: the disk refused what was to be remembered last.
        quiet: moment before which no answer is waited for, on the same clock.
        hollow: answers in a row that came early and brought nothing.
    """

    next_poll: float
    not_before: float
    failures: int = 0
    reason: str = ""
    failed: Act = Act.WAIT
    stopped: str = ""
    most: int = limits.SHIPMENT_ENVELOPES
    introduce: bool = False
    contact: float | None = None
    pace: Pace = EVEN
    apart: float | None = None
    unwritable: bool = False
    quiet: float = 0.0
    hollow: int = 0


def start(now: float, random: float) -> Link:
    """Return the link of an agent that has just started.

    Args:
        now: the caller's monotonic clock.
        random: drawn from [0, 1): machines that start together spread.
    """
    moment = now + random * budget.START_SECONDS
    return Link(next_poll=moment, not_before=moment)


def eager(link: Link, now: float) -> Link:
    """Return the link of a device that waits for its first pseudonym keys.

    Args:
        link: how it stood.
        now: the caller's monotonic clock.
    """
    if link.stopped:
        return link
    return replace(link, next_poll=min(link.next_poll, now + budget.NAMES_SECONDS))


def hasty(link: Link, now: float) -> Link:
    """Return the link of a device that has news for its collector.

    Args:
        link: how it stood.
        now: the caller's monotonic clock.
    """
    if link.stopped or link.unwritable:
        return link
    return replace(link, next_poll=min(link.next_poll, now))


def listening(link: Link, step: Next, most: float, now: float) -> Next:
    """Return a poll whose answer may be kept back, in the place of a wait.

    Args:
        link: how it stands.
        step: what was decided.
        most: seconds for which nothing else is to be done.
        now: the caller's monotonic clock.
    """
    seconds = int(min(step.seconds, most, limits.POLL_WAIT_SECONDS))
    idle = step.act is Act.WAIT and now >= max(link.not_before, link.quiet)
    if not idle or seconds < 1 or link.failures or link.stopped:
        return step
    return Next(Act.POLL, wait=seconds)


def listened(link: Link, step: Next, began: float, now: float, *, news: bool) -> Link:
    """Return the link after a poll whose answer could have been kept back.

    A gate that has no place for who waits answers at once: then it is asked at the
    ordinary pace. One such answer may be the echo of what another poll has brought.

    Args:
        link: how it stands.
        step: what was done.
        began: when it began, on the caller's monotonic clock.
        now: the same clock.
        news: the answer brought something.
    """
    if not step.wait:
        return link
    if news or now >= began + step.wait - 1:
        return replace(link, hollow=0)
    quiet = link.next_poll if link.hollow else link.quiet
    return replace(link, hollow=link.hollow + 1, quiet=quiet)


def woken(link: Link, apart: float) -> Link:
    """Return the link after a look at both clocks.

    Where the system's clock has jumped, as after a machine's sleep, signed time is
    wanted first: what is sealed meanwhile goes by it.

    Args:
        link: how it stood.
        apart: seconds from the monotonic clock to the system's, now.
    """
    jumped = (
        link.apart is not None and abs(apart - link.apart) > limits.CLOCK_SKEW_SECONDS
    )
    return replace(link, apart=apart, introduce=link.introduce or jumped)


def decide(link: Link, queue: Queue, now: float, *, may_ship: bool) -> Next:
    """Return what to do next.

    Args:
        link: how it stands.
        queue: what there is to send.
        now: the caller's monotonic clock.
        may_ship: a valid bundle is here; without one only polls leave.
    """
    if now < link.not_before:
        return Next(Act.WAIT, link.not_before - now)
    if link.introduce:
        return Next(Act.INTRODUCE)
    may = queue.waiting > 0 and may_ship and not link.stopped
    backlog = pace.share(link.pace, now)
    ship = may and (backlog > 0 or queue.fresh)
    poll = now >= link.next_poll
    if ship and (not poll or link.failed is Act.POLL):
        count = min(link.most, queue.waiting)
        return Next(Act.SHIP, 0.0, count, link.pace.live, backlog)
    if poll:
        return Next(Act.POLL)
    moment = min(link.next_poll, link.pace.after) if may else link.next_poll
    return Next(Act.WAIT, moment - now)


def succeeded(
    link: Link, act: Act, queue: Queue, now: float, random: float, backlog: int = 0
) -> Link:
    """Return the link after an act that went well.

    Args:
        link: how it stood.
        act: what was done.
        queue: what there is still to send.
        now: the caller's monotonic clock.
        random: drawn from [0, 1).
        backlog: bytes of a backlog that left.
    """
    if act is Act.INTRODUCE:  # the question that was refused has yet to pass
        return replace(link, introduce=False, not_before=now)
    paced = _paced(link, queue, now)
    well = replace(
        link,
        failures=0,
        reason="",
        failed=Act.WAIT,
        introduce=False,
        not_before=now,
        contact=now,
        pace=pace.went(paced, backlog, now, random),
    )
    if act is Act.POLL:
        return replace(
            well, stopped="", next_poll=now + _about(budget.POLL_SECONDS, random)
        )
    most = min(link.most + 1, limits.SHIPMENT_ENVELOPES)
    pause = random * budget.BACKLOG_SECONDS if queue.waiting else 0.0
    if paced.live:  # the pace has its own pauses, and what is new has none
        pause = 0.0
    return replace(well, most=most, not_before=now + pause)


def _paced(link: Link, queue: Queue, now: float) -> Pace:
    """Return the pace of what waits, now that the collector has answered."""
    if not queue.waiting:
        return EVEN
    away = 0.0 if link.contact is None else now - link.contact
    if link.failures < budget.OUTAGE_FAILURES and away <= budget.OUTAGE_SECONDS:
        return link.pace
    return pace.begun(queue.octets, queue.newest, away, now)


def failed(link: Link, act: Act, failure: Failure, now: float, random: float) -> Link:
    """Return the link after an act that failed; there is always a next try.

    Args:
        link: how it stood.
        act: what was tried.
        failure: why it failed.
        now: the caller's monotonic clock.
        random: drawn from [0, 1).
    """
    after = replace(
        link,
        failures=min(link.failures + 1, _DOUBLINGS),
        reason=failure.slug,
        failed=act,
        introduce=False,
    )
    if failure.slug in FOR_GOOD:
        moment = now + _about(budget.STOPPED_SECONDS, random)
        return replace(after, stopped=failure.slug, next_poll=moment, not_before=moment)
    if failure.slug == TOO_LARGE and act is Act.SHIP and link.most > 1:
        return replace(after, most=link.most // 2, not_before=now)
    wait = backoff(link.failures, random)
    if failure.slug == FAILED:
        wait = min(wait, budget.DISK_SECONDS)
    if failure.slug in _AT_ONCE:
        wait = 0.0 if link.failures == 0 else wait
        after = replace(after, introduce=failure.slug == CLOCK_SKEW)
    if failure.slug in STUBBORN and after.failures >= budget.STUBBORN_FAILURES:
        wait = _about(budget.STUBBORN_SECONDS, random)
    if failure.retry_after is not None:
        wait = max(wait, failure.retry_after * (1 + random * _DAY_SPREAD))
    return replace(after, not_before=now + wait)


def backoff(failures: int, random: float) -> float:
    """Return seconds to wait: anything from nothing to a doubling bound.

    Args:
        failures: in a row, before this one.
        random: drawn from [0, 1).
    """
    bound = budget.BACKOFF_FIRST_SECONDS * (1 << min(failures, _DOUBLINGS))
    return random * min(bound, budget.BACKOFF_MOST_SECONDS)


def failure(problem: AgentError) -> Failure:
    """Return what an error means for what comes next."""
    if isinstance(problem, Problem):
        return Failure(problem.slug, problem.retry_after)
    if isinstance(problem, NetworkError):
        return Failure(UNREACHABLE)
    return Failure(UNTRUSTED if isinstance(problem, TrustError) else FAILED)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A mark that must come: else what was received is sent again.

    Attributes:
        sequence: highest number that a receipt covered; 0 for none.
        since: seconds since the epoch.
        times: how often it was sent again already.
    """

    sequence: int = 0
    since: int = 0
    times: int = 0


def overdue(awaited: Awaited, marked: int, now: int) -> bool:
    """Tell whether a mark has stayed out too long.

    Args:
        awaited: what was promised.
        marked: highest number that a mark covers.
        now: corrected time, seconds since the epoch.
    """
    patience = min(budget.MARK_SECONDS << awaited.times, budget.MARK_MOST_SECONDS)
    return marked < awaited.sequence and now >= awaited.since + patience


def _about(seconds: float, random: float) -> float:
    return seconds * (1 + _DAY_SPREAD * (random - 0.5))
