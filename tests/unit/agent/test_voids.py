# SPDX-License-Identifier: Apache-2.0
"""What is given up leaves a void: counted, signed, in its place in the chain.

Rules: a real spool and the collector's real store; damage is done to the file.
Not here: when something is given up (`test_room.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation_fixture import Installation, install
from spool_fixture import PURPOSE, RETENTION, Queue, flip, queue

from agent.spool.change import Owed, Snapshot, SpoolClass
from agent.spool.spool import Sent, open_spool
from server.store.interface import Device, DeviceState, StoredEnvelope
from server.store.sqlite import create_store
from wire.envelope import EnvelopeKind, chain_name, check_signature, digest, read


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a collector's keys and bundle."""
    return install(tmp_path_factory.mktemp("collector"))


@pytest.fixture
def full(tmp_path: Path, installation: Installation) -> Iterator[Queue]:
    """Return a device's queue."""
    with queue(tmp_path / "state", installation) as found:
        yield found


def stored(octets: bytes) -> StoredEnvelope:
    """Return an envelope as a gate hands it to its store."""
    _, header = read(octets)
    return StoredEnvelope(
        header.tenant,
        header.device,
        header.incarnation,
        header.sequence,
        header.previous,
        digest(octets),
        header.kind.value,
        header.purpose.value,
        header.retention,
        header.key_id,
        header.bucket,
        header.created,
        header.records,
        octets,
        header.instead,
        header.gap,
    )


def device_of(full: Queue) -> Device:
    """Return the queue's device as its store knows it."""
    who, active = full.who, DeviceState.ACTIVE
    public, sealing = who.signing.public, who.sealing.public
    facts = full.now, full.now, "0.1", "Linux", ""
    return Device(who.tenant, who.device, public, sealing, active, *facts)


def damage(full: Queue, octets: bytes) -> None:
    """Flip one bit of an envelope on the disk."""
    full.spool.checkpoint()
    full.spool.close()
    flip(full.state.spool, octets[-64:])
    full.spool = open_spool(full.state.spool, full.now)


def test_a_flipped_bit_costs_one_envelope_and_no_more(full: Queue) -> None:
    """A damaged envelope is not sent; a void says what it was, and the rest goes on."""
    sent = [full.put(records=number) for number in (3, 5, 7)]
    damage(full, sent[1])
    assert full.waiting() == [sent[0], sent[2]]
    assert full.voids.mend(full.spool) == 1
    assert full.told() == [(2, "damaged", 5)]
    assert full.spool.damaged() == []
    assert full.spool.facts().dropped == 5


def test_the_chain_goes_on_over_a_void(full: Queue) -> None:
    """A void has the name of what it replaces, which the next envelope has sealed."""
    sent = [full.put() for _ in range(3)]
    damage(full, sent[1])
    full.waiting()
    full.voids.mend(full.spool)
    first, void, last = sorted(full.waiting(), key=lambda item: read(item)[1].sequence)
    assert chain_name(void) == digest(sent[1])
    assert read(void)[1].previous == digest(first)
    assert read(last)[1].previous == chain_name(void)


def test_the_newest_envelope_may_be_the_damaged_one(full: Queue) -> None:
    """The next one that is sealed follows the void by the name it knows."""
    sent = [full.put() for _ in range(2)]
    damage(full, sent[1])
    full.waiting()
    full.voids.mend(full.spool)
    after = full.put()
    assert read(after)[1].previous == digest(sent[1])


def test_a_store_takes_what_is_left_of_a_damaged_spool(
    full: Queue, tmp_path: Path
) -> None:
    """No fork, no hole: the device stays, and marks cover the damaged envelope."""
    sent = [full.put() for _ in range(3)]
    damage(full, sent[1])
    full.waiting()
    full.voids.mend(full.spool)
    store = create_store(tmp_path / "store.sqlite")
    who = full.who
    try:
        store.add_token(who.tenant, b"k" * 32, full.now + 9, 1)
        store.enrol(device_of(full), b"k" * 32, full.now)
        put = [stored(octets) for octets in full.waiting()]
        verdicts = store.put(put, full.now)
        found = store.device(who.tenant, who.device)
        (mark,) = store.unmarked()
    finally:
        store.close()
    assert {verdict.reason for verdict in verdicts} == {""}
    assert found is not None
    assert found.state is DeviceState.ACTIVE
    assert mark.sequence == 3


def test_a_void_is_signed_and_says_when(full: Queue) -> None:
    """Purpose, class and the time of the records are in it, under the device's key."""
    made = full.now
    full.put(SpoolClass.METRIC, records=9)
    full.now += 500
    full.voids.put_all(full.spool, full.held(SpoolClass.METRIC), "spool-full")
    (octets,) = full.waiting()
    envelope, header = read(octets)
    check_signature(envelope, header, full.who.signing.public)
    assert header.kind is EnvelopeKind.VOID
    assert (header.purpose, header.retention) == (PURPOSE, RETENTION)
    assert header.gap is not None
    assert (header.gap.since, header.gap.until) == (made, made)


def test_octets_of_another_envelope_keep_nothing_waiting(full: Queue) -> None:
    """They are signed by us, and of another place: that one is given up, and told."""
    sent = [full.put(records=number) for number in (3, 5, 7)]
    for number, octets in ((1, sent[2]), (3, b"")):
        full.spool._database.execute(
            "UPDATE bodies SET octets = ? WHERE number = ?", (octets, number)
        )
    assert full.waiting() == [sent[1]]
    assert full.voids.mend(full.spool) == 2
    assert full.told() == [(1, "damaged", 3), (3, "damaged", 7)]


@pytest.mark.parametrize("column", ["sequence", "incarnation"])
def test_a_damaged_place_is_written_anew(full: Queue, column: str) -> None:
    """An envelope says itself where in the chain it is, as its number does."""
    sent = [full.put() for _ in range(3)]
    full.spool._database.execute(
        f"UPDATE envelopes SET {column} = ? WHERE number = 2",  # noqa: S608 - our own words
        (66 if column == "sequence" else bytes(16),),
    )
    assert full.waiting() == [sent[0], sent[2]]
    assert full.voids.mend(full.spool) == 0
    assert sorted(full.waiting()) == sorted(sent)


def test_a_damaged_void_is_made_again_and_counted_once(full: Queue) -> None:
    """What it stands for is known without it, and is not dropped twice."""
    sent = full.put(records=4)
    full.voids.put_all(full.spool, full.held(SpoolClass.EVENT), "expired")
    (void,) = full.waiting()
    damage(full, void)
    assert full.waiting() == []
    full.voids.mend(full.spool)
    (again,) = full.waiting()
    assert chain_name(again) == digest(sent)
    assert full.told() == [(1, "damaged", 4)]
    assert full.spool.facts().dropped == 4


def test_a_damaged_gap_record_is_owed(full: Queue) -> None:
    """A loss that can no more be announced as it was is announced as unknown."""
    octets = full.put(SpoolClass.CONTROL, records=0)
    damage(full, octets)
    full.waiting()
    full.voids.mend(full.spool)
    assert full.spool.owed() == [Owed(PURPOSE, RETENTION, None, full.now, "damaged")]


def test_a_state_with_a_hole_is_sent_whole_again(full: Queue) -> None:
    """What is remembered of the states of a purpose is forgotten with one of them."""
    state = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 1, b"")
    with full.spool.transaction() as change:
        change.set_snapshot(PURPOSE.value, "software", state)
        change.set_snapshot("support", "software", state)
    full.put(SpoolClass.SNAPSHOT)
    full.voids.put_all(full.spool, full.held(SpoolClass.SNAPSHOT), "expired")
    assert full.spool.snapshot(PURPOSE.value, "software") is None
    assert full.spool.snapshot("support", "software") == state


def test_what_is_given_up_waits_to_be_told(full: Queue) -> None:
    """A void waits, also of an envelope that had been received."""
    full.put()
    with full.spool.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], full.now)
    assert full.waiting() == []
    full.voids.put_all(full.spool, full.held(SpoolClass.EVENT), "expired")
    assert full.told() == [(1, "expired", 1)]


def test_what_is_given_up_leaves_no_octets(full: Queue) -> None:
    """The ciphertext is neither in the database nor in its log."""
    octets = full.put(size=60_000)
    full.voids.put_all(full.spool, full.held(SpoolClass.EVENT), "expired")
    wal = full.state.spool.with_name(full.state.spool.name + "-wal")
    for piece in (octets[5_000:5_032], octets[40_000:40_032]):
        assert piece not in full.state.spool.read_bytes()
        assert piece not in wal.read_bytes()
