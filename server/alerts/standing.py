# SPDX-License-Identifier: Apache-2.0
"""What follows for an alert from a look: it waits, opens, goes on, or is over.

Rules: one alert at a time of a rule and device; it opens once its condition held for
the rule's time, and ends once it was over for the rule's time, so what flaps is one
alert and one message; without a new look time alone goes on; a snooze ends by itself,
and says so; what a clock that was set back left in the future is now.
Not here: judging rows (`judging.py`), keeping alerts (`server/register/alerts.py`).
"""

import secrets
from dataclasses import dataclass, replace
from enum import Enum

from server.alerts.bounds import SNOOZE_MOST_SECONDS
from server.alerts.judging import Verdict
from server.alerts.rules import Rule, Severity

_ID_BYTES = 16


class State(Enum):
    """How an alert stands."""

    PENDING = "pending"
    """Its condition has not held for long enough; nobody is told."""
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLEARED = "cleared"


class Event(Enum):
    """What people are told of an alert."""

    RAISED = "raised"
    AGAIN = "again"
    """Its snooze is over and it still stands."""
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert; times in seconds since the epoch.

    Attributes:
        id: 16 random bytes.
        rule: its name.
        severity: the rule's when it began.
        device: 16 bytes.
        state: how it stands.
        since: when its condition began to hold.
        last: when a look last found that it holds.
        over: since when looks find it over; None where they do not.
        until: end of its snooze; None for none.
        ended: when it was cleared; None where it was not.
    """

    id: bytes
    rule: str
    severity: Severity
    device: bytes
    state: State
    since: int
    last: int
    over: int | None = None
    until: int | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a look leads to.

    Attributes:
        alert: as it stands now; None where there is none.
        event: what people are told; None for nothing.
    """

    alert: Alert | None
    event: Event | None = None


def step(
    rule: Rule, device: bytes, held: Alert | None, found: Verdict | None, now: int
) -> Step:
    """Return what follows.

    Args:
        rule: the rule.
        device: 16 bytes.
        held: the alert that stands of it; None for none.
        found: what a look found; None where there was none.
        now: seconds since the epoch.
    """
    if held is None:
        if found is not Verdict.BEGINS:
            return Step(None)
        number = secrets.token_bytes(_ID_BYTES)
        state = State.PENDING
        held = Alert(number, rule.name, rule.severity, device, state, now, now)
    held = _looked(_in_time(held, now), found, now)
    if held.state is State.PENDING:
        return _ripened(held, rule, now)
    if held.over is not None and now - held.over >= rule.clear_for:
        quiet = held.state is State.SNOOZED
        ended = replace(held, state=State.CLEARED, ended=now, until=None)
        return Step(ended, None if quiet else Event.CLEARED)
    if held.state is State.SNOOZED and held.until is not None and held.until <= now:
        return Step(replace(held, state=State.OPEN, until=None), Event.AGAIN)
    return Step(held)


def _in_time(held: Alert, now: int) -> Alert:
    """Return an alert none of whose times a clock has left in the future."""
    return replace(
        held,
        since=min(held.since, now),
        last=min(held.last, now),
        over=None if held.over is None else min(held.over, now),
        until=None
        if held.until is None
        else min(held.until, now + SNOOZE_MOST_SECONDS),
    )


def _looked(held: Alert, found: Verdict | None, now: int) -> Alert:
    match found:
        case Verdict.BEGINS:
            return replace(held, last=now, over=None)
        case Verdict.BETWEEN:
            return replace(held, over=None)
        case Verdict.OVER:
            return replace(held, over=now if held.over is None else held.over)
        case None:
            return held


def _ripened(held: Alert, rule: Rule, now: int) -> Step:
    """Open an alert whose condition held for long enough; forget one that was over."""
    if held.over is not None:
        return Step(None)
    if now - held.since < rule.hold:
        return Step(held)
    return Step(replace(held, state=State.OPEN), Event.RAISED)
