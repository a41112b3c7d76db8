# SPDX-License-Identifier: Apache-2.0
"""What follows for an alert from looks: it waits, opens, flaps, rests and ends.

Rules: verdicts and times are the test's; nothing else is needed.
Not here: what looks find (`test_alerting.py`).
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.alerts.bounds import SNOOZE_MOST_SECONDS
from server.alerts.judging import Verdict
from server.alerts.rules import OneOf, Rule, Severity
from server.alerts.standing import Alert, Event, State, step

RULE = Rule("r", Severity.HIGH, OneOf("c", ("x",)), "services", (), 600, 1_200)
DEVICE = bytes(16)
NOW = 1_800_000_000
BEGINS, OVER, BETWEEN = Verdict.BEGINS, Verdict.OVER, Verdict.BETWEEN
Looks = list[tuple[int, Verdict | None]]


def lived(looks: Looks, rule: Rule = RULE) -> tuple[Alert | None, list[Event]]:
    """Go through looks, each so many seconds from the start."""
    held, events = None, []
    for seconds, found in looks:
        after = step(rule, DEVICE, held, found, NOW + seconds)
        held = after.alert
        events += [after.event] if after.event else []
        if held is not None and held.state is State.CLEARED:
            held = None
    return held, events


def standing(rule: Rule = RULE) -> Alert:
    """Return an alert that is open."""
    held, events = lived([(0, BEGINS), (600, None)], rule)
    assert held is not None
    assert events == [Event.RAISED]
    return held


def test_it_opens_once_it_held_for_long_enough() -> None:
    """Before the rule's time nobody is told; then once, without a new look."""
    held, events = lived([(0, BEGINS), (599, None)])
    assert held is not None
    assert (held.state, events) == (State.PENDING, [])
    held, events = lived([(0, BEGINS), (600, None), (660, BEGINS), (720, None)])
    assert held is not None
    assert (held.state, held.since, events) == (State.OPEN, NOW, [Event.RAISED])


def test_what_passes_at_once_is_told_to_nobody() -> None:
    """A condition that was over before its time leaves nothing."""
    assert lived([(0, BEGINS), (300, OVER), (900, None)]) == (None, [])


def test_what_flaps_is_one_alert_and_one_message() -> None:
    """As long as it is never over for the rule's time it stays the same alert."""
    flaps: Looks = [(0, BEGINS), (600, BEGINS)]
    for at in range(1_000, 20_000, 1_000):
        flaps += [(at, OVER), (at + 500, BEGINS)]
    held, events = lived(flaps)
    assert held is not None
    assert (held.state, events) == (State.OPEN, [Event.RAISED])
    assert lived([*flaps, (30_000, OVER), (31_200, None)])[1] == [
        Event.RAISED,
        Event.CLEARED,
    ]


def test_between_two_thresholds_nothing_changes() -> None:
    """A value that is neither here nor there neither opens nor ends an alert."""
    assert lived([(0, BETWEEN), (6_000, BETWEEN)]) == (None, [])
    held, events = lived([(0, BEGINS), (600, None), (700, OVER), (800, BETWEEN)])
    assert held is not None
    assert held.over is None
    assert events == [Event.RAISED]


def test_a_snooze_ends_and_says_so() -> None:
    """Until then nobody is told; then it is told again, once, if it still stands."""
    held = replace(standing(), state=State.SNOOZED, until=NOW + 5_000)
    assert step(RULE, DEVICE, held, BEGINS, NOW + 4_999).event is None
    after = step(RULE, DEVICE, held, None, NOW + 5_000)
    assert after.alert is not None
    assert (after.alert.state, after.event) == (State.OPEN, Event.AGAIN)
    assert step(RULE, DEVICE, after.alert, None, NOW + 5_060).event is None


def test_what_ends_while_it_is_snoozed_is_told_to_nobody() -> None:
    """Who looked away is not called back to hear that all is well."""
    held = replace(standing(), state=State.SNOOZED, until=NOW + 5_000)
    held = replace(held, over=NOW + 700)
    after = step(RULE, DEVICE, held, None, NOW + 2_000)
    assert after.alert is not None
    assert (after.alert.state, after.event) == (State.CLEARED, None)


def test_what_was_acknowledged_stays_so_and_ends() -> None:
    """No look takes an acknowledgement away; the end is told."""
    held = replace(standing(), state=State.ACKNOWLEDGED)
    after = step(RULE, DEVICE, held, BEGINS, NOW + 700)
    assert after.alert is not None
    assert (after.alert.state, after.event) == (State.ACKNOWLEDGED, None)
    ended = step(replace(RULE, clear_for=0), DEVICE, after.alert, OVER, NOW + 800)
    assert ended.event is Event.CLEARED


@pytest.mark.parametrize("state", [State.PENDING, State.OPEN, State.SNOOZED])
def test_a_clock_that_is_set_back_stops_no_alert(state: State) -> None:
    """Times that lie in the future are now: it opens, ends and wakes all the same."""
    far = NOW + 400 * 86_400
    until = far + 60 if state is State.SNOOZED else None
    held = replace(standing(), state=state, since=far, last=far, until=until)
    after = step(RULE, DEVICE, held, BEGINS, NOW)
    assert after.alert is not None
    assert after.alert.since == NOW
    if state is State.PENDING:
        assert step(RULE, DEVICE, after.alert, None, NOW + 600).event is Event.RAISED
    if state is State.SNOOZED:
        assert after.alert.until == NOW + SNOOZE_MOST_SECONDS


@given(
    st.lists(
        st.tuples(st.integers(1, 3_000), st.sampled_from([BEGINS, OVER, BETWEEN, None]))
    )
)
def test_messages_come_in_turn(looks: Looks) -> None:
    """Whatever is found, what is raised is not raised again before it is cleared."""
    at, story = 0, list[tuple[int, Verdict | None]]()
    for seconds, found in looks:
        at += seconds
        story.append((at, found))
    events = lived(story)[1]
    assert all(
        (one is Event.RAISED) is (place % 2 == 0) for place, one in enumerate(events)
    )
