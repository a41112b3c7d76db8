# SPDX-License-Identifier: Apache-2.0
"""An exchange comes to what it came to, whatever the disk says of it.

Rules: real TLS and a real spool; a database that may only be read stands for a disk
that was mounted anew so, and a directory in a file's place for one that refuses.
Not here: what is decided (`test_shipping.py`), the messages (`test_polling.py`).
"""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, fill, listening, problem
from installation_fixture import Installation
from spool_fixture import moved

from agent import clock
from agent.delivery import polling
from agent.delivery.courier import Courier, Done, failing
from agent.delivery.exchange import Exchange
from agent.delivery.pace import Pace
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Link, Next
from agent.delivery.tally import Tally
from agent.device import Device
from agent.errors import Problem
from agent.governor.strikes import strike
from agent.identity import trusted
from agent.logs import Log
from wire.release import __version__
from wire.trust import Trusted

pytestmark = pytest.mark.slow  # real TLS and commits that reach the disk
COURIER = Courier(About("0.1.0", "Debian 12"))
POLL = Next(Act.POLL)


@dataclass
class Pair:
    """A collector and a device of it."""

    collector: Collector
    device: Device

    @property
    def trust(self) -> Trusted:
        """Return what the device trusts."""
        return trusted(self.device.state, self.device.who, int(time.time()))

    def act(self, step: Next = POLL) -> Done:
        """Do one act."""
        with polling.open_session(self.device.who, None) as session:
            return COURIER.act(session, self.device, self.trust, step)

    def turn(self, link: Link) -> Link:
        """Take one turn at the network."""
        exchange = Exchange(COURIER, Log(), Tally(), nullcontext, lambda: 1_000.0)
        return exchange.network(self.device, self.trust, link)[0]

    def read_only(self, *, on: bool = True) -> None:
        """Have the disk refuse every write of the spool, or take them again."""
        word = "ON" if on else "OFF"
        self.device.spool._database.execute(f"PRAGMA query_only = {word}")


@pytest.fixture
def pair(installation: Installation, tmp_path: Path) -> Iterator[Pair]:
    """Return a collector that runs, and a device that has enrolled with it."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        collector.heard.clear()
        yield Pair(collector, device)
        device.spool.close()


def test_an_answer_is_remembered(pair: Pair) -> None:
    """When the collector last answered is known after a poll and after a shipment."""
    fill(pair.device, 1)
    for step in (POLL, Next(Act.SHIP, count=9), Next(Act.INTRODUCE)):
        pair.device.spool.set_value(clock.CONTACTED, 0)
        pair.act(step)
        told = pair.device.spool.value(clock.CONTACTED)
        assert told is not None
        assert abs(told - time.time()) < 10


def test_a_poll_needs_no_disk(pair: Pair) -> None:
    """A disk that may only be read lets a poll go out and its answer be taken."""
    pair.read_only()
    done = pair.act()
    assert (done.refused, done.unwritable) == ((), True)
    assert len(pair.collector.heard) == 1


def test_a_part_that_the_disk_refuses_keeps_no_other_out(pair: Pair) -> None:
    """A bundle that cannot be stored is told, and the rest of the answer is taken."""
    pair.collector.offer = {"bundle": pair.collector.installation.bundle}
    pair.read_only()
    done = pair.act()
    pair.read_only(on=False)
    assert (done.refused, done.adopted) == (("bundle: disk",), ())
    assert pair.act().adopted == ("bundle",)


def test_a_sentence_that_cannot_be_written_hides_no_reason(pair: Pair) -> None:
    """Where `failing.txt` cannot be written, the refusal itself is still the reason."""
    pair.collector.refusals = {"/v1/poll": [problem("revoked", 403)]}
    pair.device.state.failing.mkdir()
    with pytest.raises(Problem) as refusal:
        pair.act()
    assert refusal.value.slug == "revoked"


def test_a_sentence_that_cannot_be_removed_is_no_failure(pair: Pair) -> None:
    """Where `failing.txt` stays, a poll that went well has still gone well."""
    pair.device.state.failing.mkdir()
    assert not pair.act().unwritable


def test_a_failure_is_told_until_it_is_over(pair: Pair) -> None:
    """What failed last is there to be read, and gone with the next success."""
    pair.collector.refusals = {"/v1/poll": [problem("overloaded", 503)]}
    with pytest.raises(Problem):
        pair.act()
    first = failing(pair.device.state)
    pair.act()
    assert (first.startswith("the collector is busy"), failing(pair.device.state)) == (
        (True, "")
    )


def test_a_disk_that_refuses_is_told_by_the_next_poll(pair: Pair) -> None:
    """What could not be stored raises an alarm, which ends when it can be again."""
    link = Link(next_poll=0.0, not_before=0.0)
    alarms = []
    for word in (True, True, False, False):
        pair.read_only(on=word)
        link = pair.turn(Link(0.0, 0.0, unwritable=link.unwritable))
        alarms.append(pair.collector.heard[-1].queue.alarms)
    assert alarms == [(), ("disk-unwritable",), ("disk-unwritable",), ()]


def test_nothing_is_sent_to_a_disk_that_refuses(pair: Pair) -> None:
    """Where no receipt could be kept nothing is sent until the disk takes it."""
    fill(pair.device, 2)
    shipping_next = Link(next_poll=9_000.0, not_before=0.0)
    pair.read_only()
    first = pair.turn(shipping_next)
    sent = len(pair.collector.heard)
    second = pair.turn(replace(shipping_next, unwritable=first.unwritable))
    again = len(pair.collector.heard)
    pair.read_only(on=False)
    third = pair.turn(replace(shipping_next, unwritable=second.unwritable))
    assert (first.reason, second.reason, third.reason) == ("failed", "failed", "")
    assert (sent, again, pair.device.spool.facts().waiting) == (1, 1, 0)


@pytest.mark.parametrize(("days", "live"), [(7, 4), (0, 0)])
def test_an_outage_outlives_the_agent(pair: Pair, days: int, live: int) -> None:
    """An agent that starts after days away knows that what waits is a backlog."""
    fill(pair.device, 3)
    contacted = int(time.time()) - days * 86_400
    pair.device.spool.set_value(clock.CONTACTED, contacted)
    assert pair.turn(Link(0.0, 0.0)).pace.live == live


def test_a_backlog_keeps_its_pauses_and_what_is_new_does_not(pair: Pair) -> None:
    """While a backlog pauses nothing of it leaves, and what is new leaves alone."""
    fill(pair.device, 3)
    paused = Pace(live=4, rate=1.0, after=1_600.0)
    link = Link(1_900.0, 0.0, contact=1_000.0, pace=paused)
    link = pair.turn(link)
    assert (link.pace, pair.collector.heard) == (paused, [])
    fill(pair.device, 1)
    link = pair.turn(link)
    assert (link.pace, len(pair.collector.envelopes)) == (paused, 1)
    assert pair.device.spool.facts().waiting == 3


@pytest.mark.parametrize("due", [True, False], ids=["poll", "rest"])
def test_what_is_queued_leaves_the_log_before_time_goes_by(
    pair: Pair, *, due: bool
) -> None:
    """An answer may be waited for long, and the end of a log cannot be told damaged."""
    pair.device.spool.checkpoint()
    fill(pair.device, 1)
    assert moved(pair.device.state) == 0
    pair.turn(Link(0.0 if due else 9_000.0, 0.0, stopped="revoked"))
    assert [moved(pair.device.state), len(pair.collector.heard)] == [1, due]


def test_what_leaves_at_once_stays_in_the_log(pair: Pair) -> None:
    """Its receipt is written behind it, and its mark moves both."""
    pair.device.spool.checkpoint()
    fill(pair.device, 1)
    pair.turn(Link(9_000.0, 0.0))
    pair.device.spool.clean()
    assert pair.device.spool.facts().received == 1
    assert moved(pair.device.state) == 0


def test_a_lowered_floor_is_told_for_a_day(pair: Pair) -> None:
    """That the time went back is an alarm of the polls of one day."""
    now = int(time.time())
    alarms = []
    for lowered in (now - 86_000, now - 87_000):
        pair.device.spool.set_value(clock.LOWERED, lowered)
        pair.act()
        alarms.append(pair.collector.heard[-1].queue.alarms)
    assert alarms == [("clock-floor-lowered",), ()]


def test_what_is_struck_out_is_told(pair: Pair) -> None:
    """While a dataset is not read, for it killed passes, each poll says that one is."""
    alarms = []
    for _ in range(2):
        strike(pair.device.state.strikes, "software", int(time.time()), __version__)
        pair.act()
        alarms.append(pair.collector.heard[-1].queue.alarms)
    assert alarms == [(), ("collector-struck",)]


def test_without_a_bundle_no_alarm_leaves(pair: Pair) -> None:
    """A device without a valid bundle tells nothing of its queue, alarms included."""
    pair.device.spool.set_value(clock.LOWERED, int(time.time()))
    with polling.open_session(pair.device.who, None) as session:
        COURIER.act(session, pair.device, None, POLL, ("disk-unwritable",))
    assert pair.collector.heard[-1].queue.alarms == ()
