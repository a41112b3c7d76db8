# SPDX-License-Identifier: Apache-2.0
"""Decides when the agent polls, ships or waits; never gives up and does no I/O.

Rules: time and randomness are passed in; waits have full jitter and a cap and obey
Retry-After; a refusal for good stops sending but keeps the data and asks once a day;
nobody enrols again by itself.
Not here: the requests themselves (`polling.py`, `delivery.py`).
Source: full jitter as in AWS's "Exponential backoff and jitter" (2015).
"""

from dataclasses import dataclass, replace
from enum import Enum

from agent import budget
from agent.errors import AgentError, NetworkError, Problem, TrustError
from wire import limits

FOR_GOOD = frozenset({"quarantined", "revoked", "unknown-device", "wrong-identity"})
"""Refusals of the device itself: only the collector's people can undo them."""
CLOCK_SKEW = "clock-skew"
_AT_ONCE = frozenset({CLOCK_SKEW, "replay"})
"""What a second try mends: signed time, a new nonce. In a row it waits like any."""
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
    """One decision: `seconds` for WAIT, `count` of envelopes for SHIP."""

    act: Act
    seconds: float = 0.0
    count: int = 0


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
    """

    next_poll: float
    not_before: float
    failures: int = 0
    reason: str = ""
    failed: Act = Act.WAIT
    stopped: str = ""
    most: int = limits.SHIPMENT_ENVELOPES
    introduce: bool = False


def start(now: float, random: float) -> Link:
    """Return the link of an agent that has just started.

    Args:
        now: the caller's monotonic clock.
        random: drawn from [0, 1): machines that start together spread.
    """
    moment = now + random * budget.START_SECONDS
    return Link(next_poll=moment, not_before=moment)


def decide(link: Link, waiting: int, now: float, *, may_ship: bool) -> Next:
    """Return what to do next.

    Args:
        link: how it stands.
        waiting: envelopes in the queue.
        now: the caller's monotonic clock.
        may_ship: a valid bundle is here; without one only polls leave.
    """
    if now < link.not_before:
        return Next(Act.WAIT, link.not_before - now)
    if link.introduce:
        return Next(Act.INTRODUCE)
    ship = waiting > 0 and may_ship and not link.stopped
    poll = now >= link.next_poll
    if ship and (not poll or link.failed is Act.POLL):
        return Next(Act.SHIP, count=min(link.most, waiting))
    if poll:
        return Next(Act.POLL)
    return Next(Act.WAIT, link.next_poll - now)


def succeeded(link: Link, act: Act, waiting: int, now: float, random: float) -> Link:
    """Return the link after an act that went well.

    Args:
        link: how it stood.
        act: what was done.
        waiting: envelopes still in the queue: a backlog is spread.
        now: the caller's monotonic clock.
        random: drawn from [0, 1).
    """
    if act is Act.INTRODUCE:  # the question that was refused has yet to pass
        return replace(link, introduce=False, not_before=now)
    well = replace(
        link, failures=0, reason="", failed=Act.WAIT, introduce=False, not_before=now
    )
    if act is Act.POLL:
        return replace(
            well, stopped="", next_poll=now + _about(budget.POLL_SECONDS, random)
        )
    pause = random * budget.BACKLOG_SECONDS if waiting else 0.0
    most = min(link.most + 1, limits.SHIPMENT_ENVELOPES)
    return replace(well, most=most, not_before=now + pause)


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
    if failure.slug == "too-large" and act is Act.SHIP and link.most > 1:
        return replace(after, most=link.most // 2, not_before=now)
    wait = backoff(link.failures, random)
    if failure.slug in _AT_ONCE:
        wait = 0.0 if link.failures == 0 else wait
        after = replace(after, introduce=failure.slug == CLOCK_SKEW)
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
