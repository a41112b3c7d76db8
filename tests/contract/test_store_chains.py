# SPDX-License-Identifier: Apache-2.0
"""What a store tells of its chains, tried on each kind.

Rules: what a device says of itself is made up; each test gets a store of its own in a
fresh directory.
Not here: what it takes (`test_store.py`, `test_store_voids.py`).
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from store_chain import (
    DEVICE,
    DUPLICATE,
    OTHER,
    STORED,
    TENANT,
    chain,
    chain_end,
    delete,
    void_of,
)
from store_room import Room, with_device

from server.store.chains import (
    Account,
    Announced,
    Chain,
    ChainAccount,
    Heard,
    Hole,
    Loss,
)
from server.store.interface import DeviceState, Store
from server.store.sqlite import create_store
from wire.envelope import EnvelopeKind, Gap
from wire.queue_state import QUEUE_STATE, QueueState

WHOSE = (TENANT, DEVICE.device)
SAID = Heard(*WHOSE, "0.3", "Linux 6", b"i" * 16, 6, 2, 60, b"queue")
"""A device that has used six numbers and holds a mark for two of them."""


@pytest.fixture
def store(room: Room) -> Store:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


@pytest.mark.slow
@settings(deadline=None, max_examples=30)  # each makes a store on a busy disk
@given(
    arrived=some.lists(some.integers(1, 12), unique=True),
    deleted=some.sets(some.integers(1, 12)),
)
def test_the_holes_are_what_is_missing(
    tmp_path_factory: pytest.TempPathFactory, arrived: list[int], deleted: set[int]
) -> None:
    """In whatever order envelopes come, holes are the numbers below the highest."""
    path = tmp_path_factory.mktemp("store") / "store.sqlite"
    made = create_store(path)
    sent = chain(12)
    for sequence in arrived:
        made.put([sent[sequence - 1]], 5)
    delete(path, f"sequence IN ({', '.join(map(str, deleted)) or 'NULL'})")
    found = made.holes(*WHOSE)
    made.close()
    told = [at for one in found for a, b in one.holes for at in range(a, b + 1)]
    highest = max(arrived, default=0)
    assert told == sorted(set(range(1, highest)) - set(arrived))
    assert [one.highest for one in found] == ([highest] if arrived else [])


def test_what_a_device_says_is_kept(store: Store) -> None:
    """A device's last word is kept beside what has arrived, and moves no end."""
    store.put(chain(2), 5)
    store.heard([SAID], 7)
    store.heard([replace(SAID, sequence=5, accepted=50)], 8)
    spoken = Chain(b"i" * 16, 2, 2, 0, 6, 60, 2, 8, (), ())
    assert store.holes(*WHOSE) == [spoken]
    device = store.device(*WHOSE)
    assert device == replace(
        DEVICE, seen=1_000, agent="0.3", system="Linux 6", queue=b"queue"
    )
    assert store.holes(OTHER, DEVICE.device) == []


def test_a_device_cannot_fill_the_store_with_names(store: Store) -> None:
    """Of chains that are known by a device's word alone, one is kept."""
    store.put(chain(1), 5)
    for letter in b"abc":
        store.heard([replace(SAID, incarnation=bytes([letter]) * 16)], 7)
    store.heard([replace(SAID, device=b"x" * 16)], 7)
    found = [one.incarnation for one in store.holes(*WHOSE)]
    assert found == [b"i" * 16, b"c" * 16]
    assert store.holes(TENANT, b"x" * 16) == []


def test_what_a_device_can_send_is_waited_for(store: Store) -> None:
    """A hole above the mark that its device holds is never given up."""
    sent = chain(6)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([SAID], 7)
    assert store.unfillable(1_000_000) == []


def test_what_nobody_can_send_is_given_up(store: Store) -> None:
    """Over the part of a hole that its device has deleted the chain goes on."""
    sent = chain(6)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([replace(SAID, marked=4)], 7)
    store.heard([replace(SAID, marked=4)], 9)
    hole = Hole(*WHOSE, b"i" * 16, 3, 4)
    assert store.unfillable(6) == []
    assert store.unfillable(7) == [hole]
    store.give_up(hole, 8)
    assert store.unmarked() == [chain_end(sent[1])]
    assert store.holes(*WHOSE)[0].holes == ((5, 5),)
    assert store.put(sent[2:4], 8) == [DUPLICATE] * 2
    assert store.put([sent[4]], 9) == [STORED]
    assert store.unmarked() == [chain_end(sent[5])]
    assert store.put(sent[2:4], 10) == [DUPLICATE] * 2
    (found,) = store.holes(*WHOSE)
    assert (found.end, found.holes, found.lost) == (6, (), ((3, 4),))
    assert store.unfillable(1_000_000) == []


def test_of_two_holes_one_is_given_up(store: Store) -> None:
    """What lies above the mark of the device is left to it, whatever lies below."""
    sent = chain(9)
    store.put([sent[0], sent[3], sent[5], sent[8]], 5)
    store.heard([replace(SAID, marked=3)], 7)
    assert store.unfillable(7) == [Hole(*WHOSE, b"i" * 16, 2, 3)]
    store.give_up(Hole(*WHOSE, b"i" * 16, 5, 5), 8)
    (found,) = store.holes(*WHOSE)
    assert (found.end, found.holes, found.lost) == (1, ((2, 3), (7, 8)), ((5, 5),))


def test_a_doubt_of_a_wrong_clock_is_of_when_it_was_right(store: Store) -> None:
    """A hole that a clock far ahead saw first is given up as one that is seen now."""
    sent = chain(6)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([replace(SAID, marked=4)], 1_000_000)
    store.heard([replace(SAID, marked=4)], 7)
    store.heard([replace(SAID, marked=4)], 9)
    assert store.unfillable(6) == []
    assert store.unfillable(7) == [Hole(*WHOSE, b"i" * 16, 3, 4)]


def test_the_tail_of_a_former_spool_is_given_up(store: Store) -> None:
    """Behind what arrived nothing more comes of a spool that another has followed."""
    sent = chain(6)
    store.put(sent[:2], 5)
    store.heard([replace(SAID, marked=4)], 7)
    tail = Hole(*WHOSE, b"i" * 16, 3, 4)
    assert store.unfillable(7) == []
    store.heard([replace(SAID, incarnation=b"j" * 16, sequence=1, marked=0)], 8)
    assert store.unfillable(6) == []
    assert store.unfillable(7) == [tail]
    store.give_up(tail, 8)
    assert store.unfillable(1_000_000) == []
    former = store.holes(*WHOSE)[0]
    assert (former.end, former.lost, former.unfillable) == (2, ((3, 4),), ())
    assert store.put(sent[4:], 9) == [STORED] * 2
    assert store.unmarked() == [chain_end(sent[5])]


def spoke_of_another(
    waiting: int = 0, octets: int = 9, marked: int = 1, *, tells: bool = True
) -> Heard:
    """Return what a device says that has a spool after `SAID`'s, and what is queued."""
    queue = QUEUE_STATE.encode(QueueState(waiting, octets)) if tells else None
    return replace(SAID, incarnation=b"j" * 16, sequence=1, marked=marked, queue=queue)


def test_the_hole_of_a_former_spool_is_given_up(store: Store) -> None:
    """A store and a spool that were both put back have no mark that tells of it."""
    sent = chain(6)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([replace(SAID, marked=0)], 6)
    hole = Hole(*WHOSE, b"i" * 16, 3, 5)
    for one in (
        spoke_of_another(tells=False),
        spoke_of_another(waiting=1),
        spoke_of_another(
            octets=0
        ),  # the spool is gone: its gap says so, no mark is due
        spoke_of_another(marked=0),  # what is queued may be of this one
    ):
        store.heard([one], 7)
        assert store.unfillable(1_000_000) == []
    store.heard([spoke_of_another()], 1_000_000)  # by a clock that is far ahead
    for moment in (9, 11):
        store.heard([spoke_of_another()], moment)
    assert (store.unfillable(8), store.unfillable(9)) == ([], [hole])
    store.give_up(hole, 12)
    store.heard([spoke_of_another()], 13)
    assert store.unfillable(1_000_000) == []
    former = store.holes(*WHOSE)[0]
    assert (former.end, former.lost, former.unfillable) == (6, ((3, 5),), ())
    assert chain_end(sent[5]) in store.unmarked()


def test_what_comes_of_a_former_spool_begins_the_doubt_anew(store: Store) -> None:
    """While its numbers come it sends again, and a hole may be filled in its turn."""
    sent = chain(9)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([spoke_of_another()], 7)
    assert store.unfillable(7) == [Hole(*WHOSE, b"i" * 16, 3, 5)]
    store.put([sent[2], sent[8]], 8)
    store.heard([spoke_of_another()], 9)
    assert store.unfillable(8) == []
    found = [(hole.first, hole.last) for hole in store.unfillable(9)]
    assert found == [(4, 5), (7, 8)]
    store.put(sent, 10)
    store.heard([spoke_of_another()], 11)
    assert store.unfillable(1_000_000) == []


def test_a_chain_that_a_backup_filled_is_not_given_up(store: Store) -> None:
    """What arrives after all takes the doubt away."""
    sent = chain(6)
    store.put([*sent[:2], sent[5]], 5)
    store.heard([replace(SAID, marked=5)], 7)
    store.put(sent[2:5], 8)
    assert store.unfillable(1_000_000) == []


def test_accounts_are_of_what_the_device_spoke_of(store: Store, room: Room) -> None:
    """Records, voids, gaps and deletions are summed up to the said sequence."""
    sent = [replace(one, purpose="support", records=10) for one in chain(9)]
    lost = Gap(None, 100, 200, "spool-corrupt")
    put = [
        *sent[:2],
        void_of(sent[2], gap=Gap(7, 300, 400, "expired")),
        replace(sent[3], kind=EnvelopeKind.GAP.value, records=0, gap=lost),
        *sent[4:7],
        void_of(sent[7]),
        replace(sent[8], retention="long", records=2),
    ]
    store.put(put, 5)
    room.delete("sequence = 2")
    store.heard([replace(SAID, sequence=7)], 6)
    (found,) = store.accounts(*WHOSE)
    assert found == ChainAccount(
        Chain(b"i" * 16, 9, 9, 0, 7, 60, 2, 6, (), ()),
        (
            Account("support", "long", 0, 0, 0, (), (), 2),
            Account(
                "support",
                "standard",
                4,
                40,
                10,
                (Loss("expired", 1, 7, 300, 400),),
                (Loss("spool-corrupt", 1, None, 100, 200),),
                3,
            ),
        ),
    )


def test_what_was_announced_is_summed_by_reason(store: Store) -> None:
    """Over all devices, with as many records as are known, and of no other tenant."""
    sent = chain(5)
    unknown, known = Gap(None, 1, 2, "spool-corrupt"), Gap(7, 3, 4, "expired")
    gaps = [replace(one, kind=EnvelopeKind.GAP.value, records=0) for one in sent]
    store.put([void_of(sent[0], gap=known), replace(gaps[1], gap=known)], 5)
    store.put([replace(gaps[2], gap=unknown), *sent[3:]], 5)
    found = [Announced("expired", 2, 14), Announced("spool-corrupt", 1, 0)]
    assert store.announced(TENANT) == found
    assert store.announced(b"another tenant..") == []


def test_without_a_word_all_is_counted(store: Store) -> None:
    """Of a device that tells no count, all that has come is in its account."""
    store.put(chain(2), 5)
    store.heard([replace(SAID, sequence=1, accepted=None)], 6)
    (found,) = store.accounts(*WHOSE)
    assert [(one.records, one.later) for one in found.classes] == [(1, 0), (1, 0)]


def test_no_claim_of_a_device_breaks_its_account(store: Store) -> None:
    """Records that no envelope can hold are counted as very many, and no error."""
    store.put([replace(one, records=2**63 - 1) for one in chain(4)], 5)
    (found,) = store.accounts(*WHOSE)
    assert [one.records for one in found.classes] == [2**41, 2**41]


@pytest.mark.parametrize(
    ("later", "state"),
    [
        (1_800, DeviceState.ACTIVE),
        (1_801, DeviceState.QUARANTINED),
    ],
)
def test_a_former_spool_that_speaks_again(
    store: Store, later: int, state: DeviceState
) -> None:
    """A device is two where a former spool speaks after a newer one, and set aside."""
    assert (
        store.put([chain(1)[0], chain(1, incarnation=b"j" * 16)[0]], 1_900)
        == [STORED] * 2
    )
    newer = replace(SAID, incarnation=b"j" * 16)
    store.heard([replace(SAID, stated=2_000)], 2_000)
    store.heard([replace(newer, stated=3_000)], 3_000)
    store.heard([replace(SAID, stated=2_900)], 3_010)
    store.heard([replace(newer, stated=9_000)], 9_000)
    assert store.devices(TENANT)[0].state is DeviceState.ACTIVE
    store.heard([replace(SAID, stated=3_000 + later)], 9_010)
    found = store.device(*WHOSE)
    assert found is not None
    assert found.state is state


def test_a_newer_spool_that_came_while_the_clock_was_wrong(store: Store) -> None:
    """A machine that lost its spool is one, also where the collector's clock jumped."""
    assert store.put([chain(1)[0]], 9_000) == [STORED]
    store.heard([replace(SAID, stated=9_000)], 9_000)
    assert store.put([chain(1, incarnation=b"j" * 16)[0]], 1_000) == [STORED]
    newer = replace(SAID, incarnation=b"j" * 16)
    store.heard([replace(newer, stated=1_000)], 1_000)
    store.heard([replace(newer, stated=20_000)], 20_000)
    assert store.devices(TENANT)[0].state is DeviceState.ACTIVE
