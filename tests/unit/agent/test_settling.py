# SPDX-License-Identifier: Apache-2.0
"""What a receipt says is written down at once or not at all, and each fate obeyed.

Rules: a real spool; the collector answers within this process, and lies as it is told.
Not here: receipts that are not to be believed (`test_delivery.py`).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from collector_fixture import Collector
from installation_fixture import Installation
from spool_fixture import PURPOSE, RETENTION, Queue, queue

from agent import budget, clock
from agent.delivery.asker import Asker
from agent.delivery.awaiting import awaited_by, is_overdue, resend_overdue
from agent.delivery.courier import Courier
from agent.delivery.exchange import Exchange
from agent.delivery.marks import take_mark
from agent.delivery.polling import About
from agent.delivery.receipts import QUEUED_THROUGH, Shipped, ship_once
from agent.delivery.shipping import Act, Awaited, Link, Next
from agent.delivery.tally import Tally
from agent.device import Device
from agent.logs import Log
from agent.sealing import Sealer
from agent.spool.change import SpoolClass
from agent.spool.spool import open_spool
from agent.state import State
from wire import cbor
from wire.envelope import Gap, digest, read
from wire.errors import IdentityError
from wire.messages import Fate, Result
from wire.signed import SignedKind
from wire.trust import Trusted

STORED, DUPLICATE = Result(Fate.STORED, ""), Result(Fate.DUPLICATE, "")
QUEUED = Result(Fate.RETRY, "queued")


@dataclass
class Line(Asker):
    """A session with a collector of this process."""

    collector: Collector

    def post(self, path: str, body: bytes) -> bytes:
        """Ask and return the answer's body."""
        return self.collector.answer(path, body).body

    def close(self) -> None:
        """Leave it open."""


@dataclass
class Pair:
    """A collector and a device's queue."""

    collector: Collector
    queue: Queue

    @property
    def device(self) -> Device:
        """Return the device at work."""
        return Device(self.queue.state, self.queue.who, self.queue.spool)

    def ship(self, count: int = 64, live: int = 0, backlog: int = 2**22) -> Shipped:
        """Ship once."""
        step = Next(Act.SHIP, 0.0, count, live, backlog)
        return ship_once(Line(self.collector), self.device, self.queue.trust, step)

    def answer(self, *results: Result) -> None:
        """Have the collector tell these fates from now on; none for the truth."""
        self.collector.lies = {}
        if results:
            self.collector.lies = {SignedKind.RECEIPT: {"results": results}}


@pytest.fixture
def pair(installation: Installation, tmp_path: Path) -> Iterator[Pair]:
    """Return a collector and a device of it."""
    with queue(tmp_path / "state", installation) as held:
        yield Pair(Collector(installation), held)


@pytest.mark.parametrize(
    "reason", ["bad-digest", "malformed", "too-large", "wrong-identity"]
)
def test_what_is_never_taken_becomes_a_void(pair: Pair, reason: str) -> None:
    """A void stands for a refused envelope at once, with its count, and is sent."""
    for records in (3, 5, 7):
        pair.queue.put(records=records)
    pair.answer(STORED, Result(Fate.REFUSED, reason), DUPLICATE)
    shipped = pair.ship()
    told, facts = pair.queue.told(), pair.queue.spool.facts()
    assert shipped.refused == ((reason, 1),)
    assert told == [(2, f"refused-{reason}", 5)]
    assert (facts.waiting, facts.received, facts.refused, facts.dropped) == (1, 2, 0, 5)
    pair.answer()
    assert pair.ship().sent == 1
    assert pair.queue.spool.facts().waiting == 0


def test_a_void_that_is_refused_is_not_replaced_again(pair: Pair) -> None:
    """A collector that takes not even the void does not make the agent turn round."""
    pair.queue.put()
    pair.answer(Result(Fate.REFUSED, "malformed"))
    pair.ship()
    pair.ship()
    facts = pair.queue.spool.facts()
    assert (facts.waiting, facts.refused, facts.voids) == (0, 1, 1)


def test_a_gap_record_that_is_refused_keeps_its_count(pair: Pair) -> None:
    """What says that something is lost is sent again as it was, and never given up."""
    queue = pair.queue
    gap = Gap(49, queue.now - 60, queue.now, "source-lost")
    sealer = Sealer(queue.who, queue.trust, queue.now)
    with queue.spool.transaction() as change:
        sealer.put_gap(change, PURPOSE, RETENTION, gap)
    pair.answer(Result(Fate.REFUSED, "malformed"))
    pair.ship()
    facts = queue.spool.facts()
    assert (facts.refused, facts.voids, queue.spool.owed()) == (1, 0, [])
    pair.answer()
    assert queue.spool.resend_unmarked(queue.spool.newest()) == 1
    pair.ship()
    assert [read(octets)[1].gap for octets in pair.collector.envelopes] == [gap]


@pytest.mark.parametrize("reason", ["forked", "revoked", "something-new"])
def test_a_refusal_of_the_device_makes_no_void(pair: Pair, reason: str) -> None:
    """What is refused for the device's sake stays as it was sealed."""
    pair.queue.put()
    pair.answer(Result(Fate.REFUSED, reason))
    pair.ship()
    facts = pair.queue.spool.facts()
    assert (facts.refused, facts.voids) == (1, 0)


def test_what_is_put_off_stays(pair: Pair) -> None:
    """An envelope that is not taken for now waits, and those beside it are settled."""
    for _ in range(2):
        pair.queue.put()
    pair.answer(STORED, Result(Fate.RETRY, "over-quota"))
    shipped = pair.ship()
    facts = pair.queue.spool.facts()
    assert (shipped.retry, facts.waiting, facts.received) == ("", 1, 1)
    pair.answer(Result(Fate.RETRY, "over-quota"))
    assert pair.ship().retry == "over-quota"
    assert pair.queue.spool.facts().waiting == 1


@dataclass(frozen=True, slots=True)
class HereCourier(Courier):
    """The courier, but that its sessions are with a collector of this process."""

    line: Line | None = None

    def session(self, device: Device, trust: Trusted | None) -> Asker:
        """Return a session; nothing is sent yet."""
        del device, trust
        assert self.line is not None
        return self.line


def test_what_is_put_off_backs_off(pair: Pair) -> None:
    """A shipment of which nothing was taken is tried again later, like a refusal."""
    pair.queue.put()
    pair.answer(Result(Fate.RETRY, "overloaded"))
    courier = HereCourier(About("0.1.0", "Debian 12"), line=Line(pair.collector))
    exchange = Exchange(
        courier, Log(), Tally(), nullcontext, lambda: 1_000.0, lambda: 0.5
    )
    link = Link(next_poll=9_000.0, not_before=0.0)
    link, _ = exchange.network(pair.device, pair.queue.trust, link)
    assert (link.failures, link.reason, link.not_before) == (1, "overloaded", 1_002.0)


def test_what_is_queued_is_kept_and_awaits_its_mark(pair: Pair) -> None:
    """It is not sent again at once, and again where the store's mark stays out."""
    sealed = [pair.queue.put() for _ in range(3)]
    pair.answer(STORED, QUEUED, QUEUED)
    shipped, facts = pair.ship(), pair.queue.spool.facts()
    assert (shipped.sent, shipped.retry) == (3, "")
    assert (facts.waiting, facts.received, facts.marked) == (0, 3, 0)
    assert pair.queue.spool.value(QUEUED_THROUGH) == 3
    *_, (_, body, _) = pair.queue.spool.ledger()[0]
    assert body is not None
    assert {"received": 1, "queued": 2}.items() <= cbor.decode(body).items()
    pair.answer()
    assert pair.ship().sent == 0
    later = pair.queue.now + budget.MARK_SECONDS
    assert resend_overdue(pair.queue.spool, later) == 3
    assert pair.ship().sent == 3
    mark = _mark(pair, sealed[2], 3)
    assert take_mark(mark, pair.device, pair.queue.trust.root) == 3


def test_what_a_leaving_device_is_queued_waits_still(pair: Pair) -> None:
    """Nobody sends it again once the device is gone, so it is not sent yet."""
    pair.queue.put()
    pair.answer(QUEUED)
    step = Next(Act.SHIP, count=64, last=True)
    shipped = ship_once(Line(pair.collector), pair.device, pair.queue.trust, step)
    facts = pair.queue.spool.facts()
    assert (shipped.retry, facts.waiting, facts.received) == ("queued", 1, 0)
    assert pair.queue.spool.value(QUEUED_THROUGH) is None


def test_what_is_new_goes_before_the_backlog(pair: Pair) -> None:
    """New envelopes are sent first, then older ones up to their share of bytes."""
    sealed = [pair.queue.put() for _ in range(5)]
    size = len(sealed[0])
    shipped = [pair.ship(live=4, backlog=0), pair.ship(live=4, backlog=2 * size)]
    assert [item.backlog for item in shipped] == [0, 2 * size]
    assert pair.collector.envelopes == [sealed[3], sealed[4], sealed[0], sealed[1]]


def test_a_mark_is_awaited_from_where_nothing_waits(pair: Pair) -> None:
    """No mark passes a backlog that is still to be sent, so none is awaited for it."""
    for _ in range(5):
        pair.queue.put()
    pair.ship(live=4, backlog=0)
    early = awaited_by(pair.queue.spool)
    later = pair.queue.now + 10 * budget.MARK_SECONDS
    assert resend_overdue(pair.queue.spool, later) == 0
    pair.ship(live=4)
    found = awaited_by(pair.queue.spool)
    assert (early, found.sequence, found.times) == (Awaited(), 5, 0)
    assert not is_overdue(pair.queue.spool)
    assert resend_overdue(pair.queue.spool, later) == 5
    assert is_overdue(pair.queue.spool)


def test_only_what_was_awaited_is_sent_again(pair: Pair) -> None:
    """What was received after a mark began to be awaited is not sent again with it."""
    pair.queue.put()
    pair.ship()
    pair.queue.put()
    pair.ship()
    later = pair.queue.now + budget.MARK_SECONDS + 60
    assert resend_overdue(pair.queue.spool, later) == 1


def test_a_clock_that_went_back_delays_no_resending(pair: Pair) -> None:
    """A mark awaited since a time that never was is awaited from now on."""
    pair.queue.put()
    pair.collector.drift = 10**8
    pair.ship()
    spool, now = pair.queue.spool, pair.queue.now
    assert awaited_by(spool).since > now + 10**7
    assert resend_overdue(spool, now) == 0
    assert awaited_by(spool).since == now
    assert resend_overdue(spool, now + budget.MARK_SECONDS) == 1


def _begin_another_chain(pair: Pair) -> None:
    """Have the spool go on in a new incarnation, as after one that was salvaged."""
    pair.queue.spool._database.execute(
        "UPDATE chain SET incarnation = ?, base = sequence, sequence = 0, "
        "previous = ?, marked = 0",
        (bytes([7]) * 16, bytes(32)),
    )


def _mark(pair: Pair, envelope: bytes, sequence: int) -> bytes:
    """Return the store's mark through an envelope, whatever its incarnation."""
    header = read(envelope)[1]
    return pair.collector.mark(
        pair.device,
        incarnation=header.incarnation,
        sequence=sequence,
        digest=digest(envelope),
    )


def test_what_was_salvaged_is_marked_and_sent_again_as_well(pair: Pair) -> None:
    """Envelopes of a former incarnation are awaited, sent again, and let go of."""
    first = [pair.queue.put() for _ in range(2)]
    _begin_another_chain(pair)
    second = pair.queue.put()
    while pair.queue.spool.facts().waiting:
        pair.ship()
    assert pair.collector.envelopes == [*first, second]
    spool, now, root = pair.queue.spool, pair.queue.now, pair.queue.trust.root
    assert take_mark(_mark(pair, second, 1), pair.device, root) == 1
    assert resend_overdue(spool, now) == 0
    assert awaited_by(spool).sequence == 2
    assert resend_overdue(spool, now + budget.MARK_SECONDS) == 2
    pair.ship()
    kept = pair.queue.state.mark.read_bytes()
    assert take_mark(_mark(pair, first[1], 2), pair.device, root) == 2
    assert pair.queue.state.mark.read_bytes() == kept
    facts = spool.facts()
    assert (facts.waiting, facts.received) == (0, 0)
    with pytest.raises(IdentityError):
        take_mark(_mark(pair, first[1], 2), pair.device, root)
    assert resend_overdue(spool, now + 10 * budget.MARK_SECONDS) == 0
    assert awaited_by(spool) == Awaited()


def _settled(state: State) -> tuple[int, ...]:
    """Return what a receipt changes: fates, voids, mark, time, contact, ledger."""
    spool = open_spool(state.spool, 1)
    try:
        facts, (entries, _) = spool.facts(), spool.ledger()
        contacted = spool.value(clock.CONTACTED)
        return (
            facts.received,
            facts.voids,
            awaited_by(spool).sequence,
            int(clock.load_clock(spool).soft > 0),
            int(contacted is not None),
            len(entries),
        )
    finally:
        spool.close()


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_receipt_is_settled_whole_or_not_at_all(pair: Pair, tmp_path: Path) -> None:
    """A kill between any two statements leaves all of a receipt, or nothing of it."""
    for _ in range(3):
        pair.queue.put(SpoolClass.EVENT)
    pair.answer(STORED, Result(Fate.REFUSED, "malformed"), STORED)
    pair.queue.spool.close()
    before = _settled(pair.queue.state)
    found, ended = [], False
    for step in range(1, 200):
        copy = State(tmp_path / f"copy-{step}")
        shutil.copytree(pair.queue.state.directory, copy.directory)
        child = os.fork()
        if not child:
            _ship_and_die(pair, copy, step)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        found.append(_settled(copy))
        shutil.rmtree(copy.directory)
        if ended:
            break
    assert ended
    assert before == (0, 0, 0, 0, 0, before[5])
    assert {*found} == {before, (2, 1, 1, 1, 1, before[5] + 2)}
    assert len(found) > 20


def _ship_and_die(pair: Pair, state: State, step: int) -> None:
    """Ship, and die before the statement of a number; in a child."""
    left = step

    def count(_statement: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(9)

    spool = open_spool(state.spool, 1)
    spool._database.set_trace_callback(count)
    device = Device(state, pair.queue.who, spool)
    ship_once(Line(pair.collector), device, pair.queue.trust)
    os._exit(0)
