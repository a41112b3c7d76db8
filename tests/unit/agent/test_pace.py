# SPDX-License-Identifier: Apache-2.0
"""After an outage what is new goes first, and the backlog is gone in good time.

Rules: a queue of numbers and sizes in virtual time stands for the spool; decisions are
the real ones; chance is seeded.
Not here: which envelopes the spool hands out (`test_spool.py`).
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import budget
from agent.delivery import pace, shipping
from agent.delivery.pace import EVEN
from agent.delivery.shipping import Act, Failure, Link, Queue

DAY = 86_400.0
PASS = 900
"""Seconds between passes, each of which seals a few envelopes."""


@dataclass
class Machine:
    """A queue in numbers, at a collector that is away for a while."""

    outage: float
    sizes: tuple[int, ...]
    random: Random
    now: float = 0.0
    link: Link = field(default_factory=lambda: Link(0.0, 0.0, contact=0.0))
    waits: dict[int, tuple[int, float]] = field(default_factory=dict)
    newest: int = 0
    ages: list[float] = field(default_factory=list)
    """Of what was sealed after the first answer, when it was sent."""
    contact: float = 0.0
    caught_up: float = 0.0

    def seal(self) -> None:
        """Seal what one pass does."""
        for size in self.sizes:
            self.newest += 1
            self.waits[self.newest] = (size, self.now)

    def queue(self) -> Queue:
        """Return what there is to send."""
        live = self.link.pace.live
        return Queue(
            len(self.waits),
            sum(size for size, _ in self.waits.values()),
            self.newest,
            any(number >= live for number in self.waits) if live else False,
        )

    def run(self, until: float) -> None:
        """Take turns, as the agent does, with a pass each quarter of an hour."""
        next_pass = self.now
        while self.now < until:
            if self.now >= next_pass:
                self.seal()
                next_pass += PASS
            step = shipping.decide(self.link, self.queue(), self.now, may_ship=True)
            if step.act is Act.WAIT:
                self.now = min(self.now + max(step.seconds, 0.001), next_pass)
                continue
            self.now += 0.2  # what a request takes
            if self.now < self.outage:
                failure = Failure("unreachable")
                draw = self.random.random()
                self.link = shipping.failed(
                    self.link, step.act, failure, self.now, draw
                )
                continue
            self.contact = self.contact or self.now
            backlog = 0
            if step.act is Act.SHIP:
                backlog = self.ship(step.count, step.live, step.backlog)
            self.link = shipping.succeeded(
                self.link,
                step.act,
                self.queue(),
                self.now,
                self.random.random(),
                backlog,
            )

    def ship(self, count: int, live: int, share: int) -> int:
        """Send new ones, then old ones within their share; return their bytes."""
        fresh = [number for number in self.waits if number >= live]
        old = [number for number in self.waits if number < live]
        total = backlog = 0
        for place, number in enumerate((*fresh, *old)):
            size, sealed = self.waits[number]
            over = total + size > budget.SHIPMENT_BODY_BYTES
            if place >= count or over or (number < live and backlog + size > share):
                break
            total += size
            backlog += size if number < live else 0
            del self.waits[number]
            if sealed >= self.contact:
                self.ages.append(self.now - sealed)
        if (
            not self.caught_up
            and self.now >= self.outage
            and not any(sealed < self.outage for _, sealed in self.waits.values())
        ):
            self.caught_up = self.now - self.outage
        return backlog


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("days", "sizes"),
    [(7.0, (2_000,) * 6), (7.0, (380_000,)), (0.25, (60_000,) * 3)],
    ids=["small", "full", "short"],
)
def test_a_backlog_is_gone_in_a_tenth_of_the_outage(
    days: float, sizes: tuple[int, ...], seed: int
) -> None:
    """A backlog up to a full spool is sent within a tenth of the time it took."""
    outage = days * DAY
    machine = Machine(outage, sizes, Random(seed))  # noqa: S311 - a story that can be told again
    machine.run(outage * 1.2 + 2 * PASS)
    assert machine.caught_up > 0
    assert machine.caught_up <= outage / 10 + budget.BACKOFF_MOST_SECONDS
    assert machine.link.pace == EVEN


@pytest.mark.slow
def test_what_is_new_never_waits_for_the_backlog() -> None:
    """While a backlog is sent, each new envelope leaves with the next request."""
    machine = Machine(7 * DAY, (380_000,), Random(3))  # noqa: S311 - a story that can be told again
    machine.run(7.7 * DAY)
    assert len(machine.ages) > 50
    assert max(machine.ages) < 5


@given(st.integers(0, 2**28), st.floats(0, 30 * DAY), st.integers(0, 2**40))
def test_a_rate_has_a_floor(octets: int, outage: float, newest: int) -> None:
    """A backlog never goes slower than the slowest rate, nor later than its share."""
    found = pace.begun(octets, newest, outage, 7.0)
    assert found.rate >= budget.PACE_MINIMUM_RATE
    assert octets / found.rate <= max(outage * 0.08, 1.0) * 1.001
    assert (found.live, found.after) == (newest + 1, 7.0)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 2**22))
def test_pauses_are_drawn(draw: float, octets: int) -> None:
    """A pause is between none and twice what the rate asks on average."""
    before = pace.begun(2**28, 9, 7 * DAY, 0.0)
    after = pace.went(before, octets, 100.0, draw)
    assert after == replace(before, after=100.0 + 2 * draw * octets / before.rate)
    assert pace.went(before, 0, 100.0, draw) == before
    assert pace.went(EVEN, octets, 100.0, draw) == EVEN


def test_an_outage_makes_a_backlog() -> None:
    """Two failures in a row, or a quarter of an hour of silence, make a backlog."""
    queue = Queue(9, 1_000, 41)
    known = Link(next_poll=0.0, not_before=0.0, contact=1_000.0)
    for link, now, live in (
        (known, 1_900.0, 0),
        (known, 1_901.0, 42),
        (replace(known, failures=1), 1_010.0, 0),
        (replace(known, failures=2), 1_010.0, 42),
    ):
        after = shipping.succeeded(link, Act.POLL, queue, now, 0.5)
        assert (after.pace.live, after.contact) == (live, now)
    done = shipping.succeeded(replace(known, failures=2), Act.POLL, Queue(), 9.0, 0.5)
    assert done.pace == EVEN
