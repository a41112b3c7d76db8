# SPDX-License-Identifier: Apache-2.0
"""What is given up leaves a void: counted, signed, in its place in the chain.

Rules: a real spool and the collector's real store; damage is done to the file.
Not here: when something is given up (`test_room.py`).
"""

from pathlib import Path

import pytest
from spool_fixture import PURPOSE, RETENTION, Queue, flip

from agent.spool.change import Owed, Snapshot, SpoolClass
from agent.spool.spool import Sent, open_spool
from server.store.interface import Device, DeviceState, StoredEnvelope
from server.store.sqlite import create_store
from wire.envelope import EnvelopeKind, chain_name, check_signature, digest, read


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


def device_of(held: Queue) -> Device:
    """Return the queue's device as its store knows it."""
    who, active = held.who, DeviceState.ACTIVE
    public, sealing = who.signing.public, who.sealing.public
    facts = held.now, held.now, "0.1", "Linux", ""
    return Device(who.tenant, who.device, public, sealing, active, *facts)


def damage(held: Queue, octets: bytes) -> None:
    """Flip one bit of an envelope on the disk."""
    held.spool.checkpoint()
    held.spool.close()
    flip(held.state.spool, octets[-64:])
    held.spool = open_spool(held.state.spool, held.now)


def test_a_flipped_bit_costs_one_envelope_and_no_more(held: Queue) -> None:
    """A damaged envelope is not sent; a void says what it was, and the rest goes on."""
    sent = [held.put(records=number) for number in (3, 5, 7)]
    damage(held, sent[1])
    assert held.waiting() == [sent[0], sent[2]]
    assert held.voids.mend(held.spool) == 1
    assert held.told() == [(2, "damaged", 5)]
    assert held.spool.damaged() == []
    assert held.spool.facts().dropped == 5


def test_the_chain_goes_on_over_a_void(held: Queue) -> None:
    """A void has the name of what it replaces, which the next envelope has sealed."""
    sent = [held.put() for _ in range(3)]
    damage(held, sent[1])
    held.waiting()
    held.voids.mend(held.spool)
    first, void, last = sorted(held.waiting(), key=lambda item: read(item)[1].sequence)
    assert chain_name(void) == digest(sent[1])
    assert read(void)[1].previous == digest(first)
    assert read(last)[1].previous == chain_name(void)


def test_the_newest_envelope_may_be_the_damaged_one(held: Queue) -> None:
    """The next one that is sealed follows the void by the name it knows."""
    sent = [held.put() for _ in range(2)]
    damage(held, sent[1])
    held.waiting()
    held.voids.mend(held.spool)
    after = held.put()
    assert read(after)[1].previous == digest(sent[1])


def test_a_store_takes_what_is_left_of_a_damaged_spool(
    held: Queue, tmp_path: Path
) -> None:
    """No fork, no hole: the device stays, and marks cover the damaged envelope."""
    sent = [held.put() for _ in range(3)]
    damage(held, sent[1])
    held.waiting()
    held.voids.mend(held.spool)
    store = create_store(tmp_path / "store.sqlite")
    who = held.who
    try:
        store.add_token(who.tenant, b"k" * 32, held.now + 9, 1)
        store.enrol(device_of(held), b"k" * 32, held.now)
        put = [stored(octets) for octets in held.waiting()]
        verdicts = store.put(put, held.now)
        found = store.device(who.tenant, who.device)
        (mark,) = store.unmarked()
    finally:
        store.close()
    assert {verdict.reason for verdict in verdicts} == {""}
    assert found is not None
    assert found.state is DeviceState.ACTIVE
    assert mark.sequence == 3


def test_a_void_is_signed_and_says_when(held: Queue) -> None:
    """Purpose, class and the time of the records are in it, under the device's key."""
    made = held.now
    held.put(SpoolClass.METRIC, records=9)
    held.now += 500
    held.voids.put_all(held.spool, held.held(SpoolClass.METRIC), "spool-full")
    (octets,) = held.waiting()
    envelope, header = read(octets)
    check_signature(envelope, header, held.who.signing.public)
    assert header.kind is EnvelopeKind.VOID
    assert (header.purpose, header.retention) == (PURPOSE, RETENTION)
    assert header.gap is not None
    assert (header.gap.since, header.gap.until) == (made, made)


def test_octets_of_another_envelope_keep_nothing_waiting(held: Queue) -> None:
    """They are signed by us, and of another place: that one is given up, and told."""
    sent = [held.put(records=number) for number in (3, 5, 7)]
    for number, octets in ((1, sent[2]), (3, b"")):
        held.spool._database.execute(
            "UPDATE bodies SET octets = ? WHERE number = ?", (octets, number)
        )
    assert held.waiting() == [sent[1]]
    assert held.voids.mend(held.spool) == 2
    assert held.told() == [(1, "damaged", 3), (3, "damaged", 7)]


@pytest.mark.parametrize("column", ["sequence", "incarnation"])
def test_a_damaged_place_is_written_anew(held: Queue, column: str) -> None:
    """An envelope says itself where in the chain it is, as its number does."""
    sent = [held.put() for _ in range(3)]
    held.spool._database.execute(
        f"UPDATE envelopes SET {column} = ? WHERE number = 2",  # noqa: S608 - our own words
        (66 if column == "sequence" else bytes(16),),
    )
    assert held.waiting() == [sent[0], sent[2]]
    assert held.voids.mend(held.spool) == 0
    assert sorted(held.waiting()) == sorted(sent)


def test_a_damaged_void_is_made_again_and_counted_once(held: Queue) -> None:
    """What it stands for is known without it, and is not dropped twice."""
    sent = held.put(records=4)
    held.voids.put_all(held.spool, held.held(SpoolClass.EVENT), "expired")
    (void,) = held.waiting()
    damage(held, void)
    assert held.waiting() == []
    held.voids.mend(held.spool)
    (again,) = held.waiting()
    assert chain_name(again) == digest(sent)
    assert held.told() == [(1, "damaged", 4)]
    assert held.spool.facts().dropped == 4


def test_a_damaged_gap_record_is_owed(held: Queue) -> None:
    """A loss that can no more be announced as it was is announced as unknown."""
    octets = held.put(SpoolClass.CONTROL, records=0)
    damage(held, octets)
    held.waiting()
    held.voids.mend(held.spool)
    assert held.spool.owed() == [Owed(PURPOSE, RETENTION, None, held.now, "damaged")]


def test_a_state_with_a_hole_is_sent_whole_again(held: Queue) -> None:
    """What is remembered of the states of a purpose is forgotten with one of them."""
    state = Snapshot(b"k" * 16, b"p" * 32, b"s" * 32, 1, b"")
    with held.spool.transaction() as change:
        change.set_snapshot(PURPOSE.value, "software", state)
        change.set_snapshot("support", "software", state)
    held.put(SpoolClass.SNAPSHOT)
    held.voids.put_all(held.spool, held.held(SpoolClass.SNAPSHOT), "expired")
    assert held.spool.snapshot(PURPOSE.value, "software") is None
    assert held.spool.snapshot("support", "software") == state


def test_what_is_given_up_waits_to_be_told(held: Queue) -> None:
    """A void waits, also of an envelope that had been received."""
    held.put()
    with held.spool.transaction() as change:
        change.settle([(1, Sent.RECEIVED)], held.now)
    assert held.waiting() == []
    held.voids.put_all(held.spool, held.held(SpoolClass.EVENT), "expired")
    assert held.told() == [(1, "expired", 1)]


def test_what_is_given_up_leaves_no_octets(held: Queue) -> None:
    """The ciphertext is neither in the database nor in its log."""
    octets = held.put(size=60_000)
    held.voids.put_all(held.spool, held.held(SpoolClass.EVENT), "expired")
    wal = held.state.spool.with_name(held.state.spool.name + "-wal")
    for piece in (octets[5_000:5_032], octets[40_000:40_032]):
        assert piece not in held.state.spool.read_bytes()
        assert piece not in wal.read_bytes()
