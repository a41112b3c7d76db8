# SPDX-License-Identifier: Apache-2.0
"""The queue: what is sent first, what it costs to count, and how it is let go of.

Rules: a real spool; statements are those that SQLite itself reports.
Not here: damage (`test_voids.py`), quotas (`test_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation_fixture import Installation, install
from spool_fixture import Queue, queue

from agent.errors import StateError
from agent.spool.change import SpoolClass, Transaction
from agent.spool.quotas import quota
from agent.spool.spool import Sent, open_spool
from wire.envelope import digest


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def full(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a device's queue."""
    with queue(tmp_path / "state", installation) as found:
        yield found


def numbers(full: Queue, count: int, octets: int, live: int, backlog: int) -> list[int]:
    """Return the numbers of what would be sent."""
    found = full.spool.waiting(count, octets, live, backlog)
    return [item.number for item in found]


def test_live_envelopes_go_before_older_ones(full: Queue) -> None:
    """From the boundary on first, then as many older ones as the backlog may have."""
    size = len([full.put() for _ in range(6)].pop())
    assert numbers(full, 64, 10**6, 5, 10**6) == [5, 6, 1, 2, 3, 4]
    assert numbers(full, 64, 10**6, 5, 2 * size) == [5, 6, 1, 2]
    assert numbers(full, 64, 10**6, 5, 0) == [5, 6]
    assert numbers(full, 64, 3 * size, 5, 10**6) == [5, 6, 1]
    assert numbers(full, 1, 10**6, 5, 10**6) == [5]
    assert full.spool.newest() == 6
    assert numbers(full, 64, 10**6, 7, size) == [1]
    assert numbers(full, 64, 10**6, 7, 0) == []


def test_the_first_envelope_goes_whatever_its_size(full: Queue) -> None:
    """A bound keeps nothing in the queue for ever."""
    full.put()
    assert numbers(full, 64, 1, 0, 0) == [1]
    assert numbers(full, 64, 1, 2, 1) == [1]


def test_what_is_accepted_is_counted_once(full: Queue) -> None:
    """Records count when they are put in, and neither trimming nor voids change it."""
    sent = [full.put(SpoolClass.METRIC, records=number) for number in (3, 4)]
    full.voids.put_all(full.spool, full.held(SpoolClass.METRIC)[1:], "spool-full")
    full.spool.trim(full.spool.incarnation(), 1, digest(sent[0]), full.now)
    facts = full.spool.facts()
    assert (facts.accepted, facts.dropped, facts.voids) == (7, 4, 1)


def test_the_queue_is_counted_anew_only_when_it_has_changed(full: Queue) -> None:
    """A change of its own, of another process, and none that was rolled back."""
    spool = full.spool
    before = spool.facts()
    assert spool.facts() is before
    full.put()
    assert spool.facts().waiting == 1
    beside = open_spool(full.state.spool, full.now, check=False)
    with beside.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], full.now)
    beside.close()
    assert (spool.facts().waiting, spool.facts().received) == (0, 1)
    seen = spool.facts()

    def refused() -> None:
        with spool.transaction() as change:
            change.settle([(1, Sent.REFUSED)], full.now)
            assert spool.facts().refused == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refused()
    assert spool.facts() == seen


def test_the_queue_is_counted_without_a_look_at_it(full: Queue) -> None:
    """What the facts cost does not grow with the queue."""
    octets = [full.put(kind) for kind in (SpoolClass.EVENT, SpoolClass.METRIC)]
    with full.spool.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], full.now)
    asked: list[str] = []
    full.spool._database.set_trace_callback(asked.append)
    facts = full.spool.facts()
    full.spool._database.set_trace_callback(None)
    assert not [one for one in asked if "bodies" in one or "(" in one]
    assert (facts.waiting, facts.received) == (1, 1)
    assert facts.octets == sum(map(len, octets))
    left = quota(SpoolClass.METRIC) - len(octets[1])
    assert facts.room[SpoolClass.METRIC] == left


def test_only_what_a_number_covers_is_sent_again(full: Queue) -> None:
    """A clock that was ahead when something was sealed keeps it from nothing."""
    full.now += 10**8
    for _ in range(3):
        full.put()
    with full.spool.transaction() as change:
        change.settle([(at, Sent.RECEIVED) for at in (1, 2, 3)], full.now)
    assert full.spool.resend_unmarked(2) == 2
    assert numbers(full, 9, 10**6, 0, 0) == [1, 2]


def test_what_was_refused_is_sent_again_with_the_rest(full: Queue) -> None:
    """No mark passes what was refused: whoever refused it may have lied."""
    for _ in range(2):
        full.put()
    with full.spool.transaction() as change:
        change.settle([(1, Sent.REFUSED), (2, Sent.RECEIVED)], full.now)
    assert full.spool.resend_unmarked(2) == 2
    assert numbers(full, 9, 10**6, 0, 0) == [1, 2]


def test_trimming_goes_on_where_it_was_broken_off(full: Queue) -> None:
    """After a kill between two slices, what the mark covers goes at the next start."""
    sent = [full.put(size=700_000) for _ in range(4)]
    full.put()
    spool, incarnation = full.spool, full.spool.incarnation()
    with spool.transaction() as change:
        change.mark(incarnation, 4)
    with spool.transaction() as change:
        assert change.trim(incarnation, 4) == 1
    assert spool.facts().waiting == 4
    spool.close()
    full.spool = open_spool(full.state.spool, full.now)
    assert len(full.waiting()) == 1
    assert sent[3][900:932] not in full.state.spool.read_bytes()


def test_trimmed_octets_are_gone(full: Queue) -> None:
    """What a mark let go is neither in the database nor in its log."""
    octets = full.put(size=60_000)
    full.spool.trim(full.spool.incarnation(), 1, digest(octets), full.now)
    wal = full.state.spool.with_name(full.state.spool.name + "-wal")
    for piece in (octets[5_000:5_032], octets[40_000:40_032]):
        assert piece not in full.state.spool.read_bytes()
        assert piece not in wal.read_bytes()


def test_a_log_that_cannot_be_emptied_is_emptied_later(full: Queue) -> None:
    """Who reads beside holds the log; the next turn empties it."""
    octets = full.put(size=60_000)
    reader = open_spool(full.state.spool, full.now, mend=False)
    reader._database.execute("BEGIN")
    reader.facts()
    full.spool._database.execute("PRAGMA busy_timeout = 1")
    full.spool.trim(full.spool.incarnation(), 1, digest(octets), full.now)
    wal = full.state.spool.with_name(full.state.spool.name + "-wal")
    assert wal.stat().st_size > 0
    reader.close()
    full.spool.clean()
    assert wal.stat().st_size == 0


@pytest.mark.parametrize("lie", ["name", "sequence", "incarnation"])
def test_a_mark_for_something_else_trims_nothing(full: Queue, lie: str) -> None:
    """Only our own envelope's number, name and incarnation let anything go."""
    octets = full.put()
    asked = {
        "incarnation": full.spool.incarnation(),
        "sequence": 1,
        "name": digest(octets),
    }
    asked |= {"sequence": 2} if lie == "sequence" else {lie: bytes(32)}
    assert full.spool.trim(now=full.now, **asked) == 0  # type: ignore[arg-type]  # one of two types each
    assert full.spool.facts().waiting == 1


def test_a_change_that_is_broken_off_leaves_nothing(full: Queue) -> None:
    """An urgent change is whole or not there, like any other."""

    def broken(change: Transaction) -> None:
        change.set_number("half", 1)
        full.spool._database.execute("SELECT * FROM nothing")

    with pytest.raises(StateError):
        full.spool.urgent(broken)
    assert full.spool.value("half") is None
