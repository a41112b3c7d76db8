# SPDX-License-Identifier: Apache-2.0
"""The queue: what is sent first, what it costs to count, and how it is let go of.

Rules: a real spool; statements are those that SQLite itself reports.
Not here: damage (`test_voids.py`), quotas (`test_room.py`).
"""

import pytest
from spool_fixture import Queue

from agent.errors import StateError
from agent.spool.change import SpoolClass, Transaction
from agent.spool.quotas import quota
from agent.spool.spool import Sent, open_spool
from wire.envelope import digest


def numbers(held: Queue, count: int, octets: int, live: int, backlog: int) -> list[int]:
    """Return the numbers of what would be sent."""
    found = held.spool.waiting(count, octets, live, backlog)
    return [item.number for item in found]


def test_live_envelopes_go_before_older_ones(held: Queue) -> None:
    """From the boundary on first, then as many older ones as the backlog may have."""
    size = len([held.put() for _ in range(6)].pop())
    assert numbers(held, 64, 10**6, 5, 10**6) == [5, 6, 1, 2, 3, 4]
    assert numbers(held, 64, 10**6, 5, 2 * size) == [5, 6, 1, 2]
    assert numbers(held, 64, 10**6, 5, 0) == [5, 6]
    assert numbers(held, 64, 3 * size, 5, 10**6) == [5, 6, 1]
    assert numbers(held, 1, 10**6, 5, 10**6) == [5]
    assert held.spool.newest() == 6
    assert numbers(held, 64, 10**6, 7, size) == [1]
    assert numbers(held, 64, 10**6, 7, 0) == []


def test_the_first_envelope_goes_whatever_its_size(held: Queue) -> None:
    """A bound keeps nothing in the queue for ever."""
    held.put()
    assert numbers(held, 64, 1, 0, 0) == [1]
    assert numbers(held, 64, 1, 2, 1) == [1]


def test_what_is_accepted_is_counted_once(held: Queue) -> None:
    """Records count when they are put in, and neither trimming nor voids change it."""
    sent = [held.put(SpoolClass.METRIC, records=number) for number in (3, 4)]
    held.voids.put_all(held.spool, held.held(SpoolClass.METRIC)[1:], "spool-full")
    held.spool.trim(held.spool.incarnation(), 1, digest(sent[0]), held.now)
    facts = held.spool.facts()
    assert (facts.accepted, facts.dropped, facts.voids) == (7, 4, 1)


def test_the_queue_is_counted_anew_only_when_it_has_changed(held: Queue) -> None:
    """A change of its own, of another process, and none that was rolled back."""
    spool = held.spool
    before = spool.facts()
    assert spool.facts() is before
    held.put()
    assert spool.facts().waiting == 1
    beside = open_spool(held.state.spool, held.now, check=False)
    with beside.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], held.now)
    beside.close()
    assert (spool.facts().waiting, spool.facts().received) == (0, 1)
    seen = spool.facts()

    def refused() -> None:
        with spool.transaction() as change:
            change.settle([(1, Sent.REFUSED)], held.now)
            assert spool.facts().refused == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refused()
    assert spool.facts() == seen


def test_the_queue_is_counted_without_a_look_at_it(held: Queue) -> None:
    """What the facts cost does not grow with the queue."""
    octets = [held.put(kind) for kind in (SpoolClass.EVENT, SpoolClass.METRIC)]
    with held.spool.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], held.now)
    asked: list[str] = []
    held.spool._database.set_trace_callback(asked.append)
    facts = held.spool.facts()
    held.spool._database.set_trace_callback(None)
    assert not [one for one in asked if "bodies" in one or "(" in one]
    assert (facts.waiting, facts.received) == (1, 1)
    assert facts.octets == sum(map(len, octets))
    left = quota(SpoolClass.METRIC) - len(octets[1])
    assert facts.room[SpoolClass.METRIC] == left


def test_only_what_a_number_covers_is_sent_again(held: Queue) -> None:
    """A clock that was ahead when something was sealed keeps it from nothing."""
    held.now += 10**8
    for _ in range(3):
        held.put()
    with held.spool.transaction() as change:
        change.settle([(at, Sent.RECEIVED) for at in (1, 2, 3)], held.now)
    assert held.spool.resend_unmarked(2) == 2
    assert numbers(held, 9, 10**6, 0, 0) == [1, 2]


def test_what_was_refused_is_sent_again_with_the_rest(held: Queue) -> None:
    """No mark passes what was refused: whoever refused it may have lied."""
    for _ in range(2):
        held.put()
    with held.spool.transaction() as change:
        change.settle([(1, Sent.REFUSED), (2, Sent.RECEIVED)], held.now)
    assert held.spool.resend_unmarked(2) == 2
    assert numbers(held, 9, 10**6, 0, 0) == [1, 2]


def test_trimming_goes_on_where_it_was_broken_off(held: Queue) -> None:
    """After a kill between two slices, what the mark covers goes at the next start."""
    sent = [held.put(size=700_000) for _ in range(4)]
    held.put()
    spool, incarnation = held.spool, held.spool.incarnation()
    with spool.transaction() as change:
        change.mark(incarnation, 4)
    with spool.transaction() as change:
        assert change.trim(incarnation, 4) == 1
    assert spool.facts().waiting == 4
    spool.close()
    held.spool = open_spool(held.state.spool, held.now)
    assert len(held.waiting()) == 1
    assert sent[3][900:932] not in held.state.spool.read_bytes()


def test_trimmed_octets_are_gone(held: Queue) -> None:
    """What a mark let go is neither in the database nor in its log."""
    octets = held.put(size=60_000)
    held.spool.trim(held.spool.incarnation(), 1, digest(octets), held.now)
    wal = held.state.spool.with_name(held.state.spool.name + "-wal")
    for piece in (octets[5_000:5_032], octets[40_000:40_032]):
        assert piece not in held.state.spool.read_bytes()
        assert piece not in wal.read_bytes()


def test_a_log_that_cannot_be_emptied_is_emptied_later(held: Queue) -> None:
    """Who reads beside holds the log; the next turn empties it."""
    octets = held.put(size=60_000)
    reader = open_spool(held.state.spool, held.now, mend=False)
    reader._database.execute("BEGIN")
    reader.facts()
    held.spool._database.execute("PRAGMA busy_timeout = 1")
    held.spool.trim(held.spool.incarnation(), 1, digest(octets), held.now)
    wal = held.state.spool.with_name(held.state.spool.name + "-wal")
    assert wal.stat().st_size > 0
    reader.close()
    held.spool.clean()
    assert wal.stat().st_size == 0


@pytest.mark.parametrize("lie", ["name", "sequence", "incarnation"])
def test_a_mark_for_something_else_trims_nothing(held: Queue, lie: str) -> None:
    """Only our own envelope's number, name and incarnation let anything go."""
    octets = held.put()
    asked = {
        "incarnation": held.spool.incarnation(),
        "sequence": 1,
        "name": digest(octets),
    }
    asked |= {"sequence": 2} if lie == "sequence" else {lie: bytes(32)}
    assert held.spool.trim(now=held.now, **asked) == 0  # type: ignore[arg-type]  # one of two types each
    assert held.spool.facts().waiting == 1


def test_a_change_that_is_broken_off_leaves_nothing(held: Queue) -> None:
    """An urgent change is whole or not there, like any other."""

    def broken(change: Transaction) -> None:
        change.set_number("half", 1)
        held.spool._database.execute("SELECT * FROM nothing")

    with pytest.raises(StateError):
        held.spool.urgent(broken)
    assert held.spool.value("half") is None
