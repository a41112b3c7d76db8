# SPDX-License-Identifier: Apache-2.0
"""The agent never gives up, never hurries, and stops where it is told to.

Rules: decisions only: time and randomness are drawn by the test.
Not here: the requests (`test_delivery.py`, `test_polling.py`).
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import budget
from agent.delivery import shipping
from agent.delivery.shipping import Act, Awaited, Failure, Link, Next, Queue
from agent.errors import NetworkError, Problem, StateError, TrustError
from wire import limits

NOW = 1_000.0
FRESH = Link(next_poll=0.0, not_before=0.0)
POLLED = Link(next_poll=NOW + 100, not_before=0.0)
DRAWS = st.floats(0, 1, exclude_max=True)
SLUGS = st.sampled_from(
    [
        "bad-signature",
        "clock-skew",
        "internal",
        "malformed",
        "overloaded",
        "quarantined",
        "replay",
        "revoked",
        "something-new",
        "too-large",
        "unknown-device",
        "unreachable",
    ]
)
FAILURES = st.builds(
    Failure, SLUGS, st.none() | st.integers(0, budget.RETRY_AFTER_SECONDS)
)


def act_on(link: Link, waiting: int, now: float) -> Next:
    """Decide with a valid bundle at hand."""
    return shipping.decide(link, Queue(waiting), now, may_ship=True)


@given(st.integers(0, 10_000), DRAWS)
def test_backoff_is_bounded(failures: int, draw: float) -> None:
    """No wait is over the cap, however often it failed."""
    assert 0 <= shipping.backoff(failures, draw) <= budget.BACKOFF_MOST_SECONDS


@given(st.integers(0, 100))
def test_backoff_has_full_jitter(failures: int) -> None:
    """A wait is drawn from nothing up to the bound, which doubles to the cap."""
    bound = min(budget.BACKOFF_FIRST_SECONDS * 2**failures, budget.BACKOFF_MOST_SECONDS)
    drawn = [shipping.backoff(failures, draw) for draw in (0.0, 0.5)]
    assert drawn == [0.0, bound / 2]


@given(st.lists(st.tuples(FAILURES, DRAWS), min_size=1, max_size=60))
def test_it_never_gives_up(story: list[tuple[Failure, float]]) -> None:
    """After any story of failures there is a next act within a day and a bit."""
    link, now = FRESH, NOW
    for failure, draw in story:
        step = act_on(link, 3, now)
        while step.act is Act.WAIT:
            assert 0 < step.seconds <= 1.2 * budget.STOPPED_SECONDS
            now += step.seconds
            step = act_on(link, 3, now)
        link = shipping.failed(link, step.act, failure, now, draw)


@given(st.lists(st.tuples(FAILURES, DRAWS), max_size=30), DRAWS)
def test_one_success_forgives(story: list[tuple[Failure, float]], draw: float) -> None:
    """A poll that goes well undoes every refusal and every wait."""
    link = FRESH
    for failure, drawn in story:
        link = shipping.failed(link, Act.POLL, failure, NOW, drawn)
    link = shipping.succeeded(link, Act.POLL, Queue(1), NOW, draw)
    assert (link.failures, link.reason, link.stopped) == (0, "", "")
    assert act_on(link, 1, NOW).act is Act.SHIP


@given(FAILURES, DRAWS, st.integers(0, 20))
def test_retry_after_is_obeyed(failure: Failure, draw: float, times: int) -> None:
    """An overloaded collector is left alone at least as long as it wants."""
    wanted = replace(failure, slug="overloaded")
    link = shipping.failed(replace(FRESH, failures=times), Act.SHIP, wanted, NOW, draw)
    assert link.not_before >= NOW + (wanted.retry_after or 0)


@pytest.mark.parametrize("slug", sorted(shipping.FOR_GOOD))
def test_a_refusal_for_good_stops_sending(slug: str) -> None:
    """A device refused for good ships nothing and asks again once a day."""
    link = shipping.failed(POLLED, Act.SHIP, Failure(slug), NOW, 0.5)
    assert link.stopped == slug
    assert act_on(link, 5, NOW) == Next(Act.WAIT, budget.STOPPED_SECONDS)
    later = NOW + budget.STOPPED_SECONDS
    assert act_on(link, 5, later) == Next(Act.POLL)


def test_a_stopped_device_only_asks() -> None:
    """While stopped, an unreachable network does not set it shipping again."""
    link = shipping.failed(FRESH, Act.POLL, Failure("revoked"), NOW, 0.5)
    later = NOW + budget.STOPPED_SECONDS
    link = shipping.failed(link, Act.POLL, Failure("unreachable"), later, 0.5)
    assert act_on(link, 5, later + 700).act is Act.POLL


def test_what_only_an_update_mends_is_tried_hourly() -> None:
    """After eight refusals that no second try mends, the next try is in an hour."""
    link, waits = POLLED, []
    for _ in range(9):
        link = shipping.failed(link, Act.SHIP, Failure("unknown-version"), NOW, 0.5)
        waits.append(link.not_before - NOW)
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 3_600.0, 3_600.0]


@given(st.integers(0, 100), DRAWS)
def test_our_own_disk_is_tried_each_minute(failures: int, draw: float) -> None:
    """What this machine's own disk refused is tried again within a minute."""
    link = replace(POLLED, failures=failures)
    link = shipping.failed(link, Act.SHIP, Failure("failed"), NOW, draw)
    assert NOW <= link.not_before <= NOW + 60.0


def test_a_clock_that_jumps_asks_for_signed_time() -> None:
    """A system's clock that has left the monotonic one behind is asked about first."""
    link = shipping.woken(POLLED, 5_000.0)
    assert act_on(link, 1, NOW).act is Act.SHIP
    link = shipping.woken(link, 5_900.0)
    assert act_on(link, 1, NOW).act is Act.SHIP
    link = shipping.woken(link, 5_900.0 - 901.0)
    assert act_on(link, 1, NOW) == Next(Act.INTRODUCE)
    link = shipping.succeeded(link, Act.INTRODUCE, Queue(1), NOW, 0.5)
    assert act_on(shipping.woken(link, 4_999.0), 1, NOW).act is Act.SHIP


def test_nobody_enrols_again_by_itself() -> None:
    """Of all that the agent decides on the network, joining anew is nothing."""
    assert [act.value for act in Act] == ["wait", "introduce", "poll", "ship"]


def test_a_wrong_clock_asks_for_signed_time() -> None:
    """Clock skew leads to the introduction, whose time is signed, at once."""
    link = shipping.failed(FRESH, Act.POLL, Failure("clock-skew"), NOW, 0.9)
    assert act_on(link, 5, NOW) == Next(Act.INTRODUCE)
    link = shipping.succeeded(link, Act.INTRODUCE, Queue(5), NOW, 0.9)
    assert act_on(link, 0, NOW) == Next(Act.POLL)
    link = shipping.failed(link, Act.POLL, Failure("clock-skew"), NOW, 0.9)
    assert act_on(link, 5, NOW).act is Act.WAIT
    assert act_on(link, 5, NOW + budget.BACKOFF_MOST_SECONDS) == Next(Act.INTRODUCE)


def test_a_replay_is_tried_anew_once() -> None:
    """A nonce seen before costs one more try at once, and then a wait."""
    link = shipping.failed(POLLED, Act.SHIP, Failure("replay"), NOW, 0.9)
    assert act_on(link, 5, NOW).act is Act.SHIP
    link = shipping.failed(link, Act.SHIP, Failure("replay"), NOW, 0.9)
    assert act_on(link, 5, NOW).act is Act.WAIT


def test_too_large_halves_the_shipment() -> None:
    """A shipment that is too large is halved down to one envelope, then waits."""
    link, counts = POLLED, []
    while (step := act_on(link, 100, NOW)).act is Act.SHIP:
        counts.append(step.count)
        link = shipping.failed(link, Act.SHIP, Failure("too-large"), NOW, 0.9)
    assert counts == [limits.SHIPMENT_ENVELOPES, 32, 16, 8, 4, 2, 1]
    link = shipping.succeeded(link, Act.SHIP, Queue(0), NOW, 0.0)
    assert act_on(link, 100, NOW).count == 2


def test_without_a_bundle_only_polls_leave() -> None:
    """Without a valid policy bundle nothing is shipped."""
    assert shipping.decide(POLLED, Queue(5), NOW, may_ship=False).act is Act.WAIT
    assert shipping.decide(FRESH, Queue(5), NOW, may_ship=False).act is Act.POLL


def test_a_failing_poll_does_not_starve_shipping() -> None:
    """After a poll that failed, what waits has its turn."""
    link = shipping.failed(FRESH, Act.POLL, Failure("internal"), NOW, 0.0)
    assert act_on(link, 5, NOW).act is Act.SHIP
    link = shipping.failed(link, Act.SHIP, Failure("internal"), NOW, 0.0)
    assert act_on(link, 5, NOW).act is Act.POLL


def test_a_backlog_is_spread() -> None:
    """Between two shipments of a backlog there is a drawn pause; else there is none."""
    busy = shipping.succeeded(POLLED, Act.SHIP, Queue(9), NOW, 0.5)
    done = shipping.succeeded(POLLED, Act.SHIP, Queue(0), NOW, 0.5)
    assert act_on(busy, 9, NOW) == Next(Act.WAIT, budget.BACKLOG_SECONDS / 2)
    assert act_on(done, 1, NOW) == Next(Act.SHIP, count=1)


@given(DRAWS)
def test_polls_and_starts_spread(draw: float) -> None:
    """Machines that start together neither start nor go on together."""
    first = shipping.start(NOW, draw)
    assert NOW <= first.next_poll <= NOW + budget.START_SECONDS
    after = shipping.succeeded(first, Act.POLL, Queue(0), NOW, draw)
    tenth = budget.POLL_SECONDS / 10
    assert abs(after.next_poll - NOW - budget.POLL_SECONDS) <= tenth + 1e-6


@pytest.mark.parametrize(
    ("problem", "failure"),
    [
        (Problem("overloaded", 503, 9), Failure("overloaded", 9)),
        (NetworkError("x"), Failure("unreachable")),
        (TrustError("x"), Failure("untrusted")),
        (StateError("x"), Failure("failed")),
    ],
)
def test_errors_become_failures(problem: Exception, failure: Failure) -> None:
    """Every error of an exchange has its reaction."""
    assert isinstance(problem, Problem | NetworkError | TrustError | StateError)
    assert shipping.failure(problem) == failure


def test_a_mark_that_stays_out_is_overdue() -> None:
    """A mark is awaited ten minutes, then twice as long each time, up to a bound."""
    waits = []
    for times in range(10):
        awaited = Awaited(7, 1_000, times)
        wait = next(
            seconds
            for seconds in range(0, 10 * budget.MARK_MOST_SECONDS, 300)
            if shipping.overdue(awaited, 6, 1_000 + seconds)
        )
        waits.append(wait)
    assert waits[:4] == [600, 1_200, 2_400, 4_800]
    assert waits[-1] == budget.MARK_MOST_SECONDS
    assert not shipping.overdue(Awaited(7, 1_000), 7, 10**9)


def test_a_new_device_asks_soon_for_its_first_names() -> None:
    """It polls again within seconds; one that is refused for good does not."""
    polled = replace(shipping.start(NOW, 0), next_poll=NOW + 900)
    assert shipping.eager(polled, NOW).next_poll == NOW + 5
    assert shipping.eager(replace(polled, next_poll=NOW + 2), NOW).next_poll == NOW + 2
    stopped = replace(polled, stopped="revoked")
    assert shipping.eager(stopped, NOW) == stopped
