# SPDX-License-Identifier: Apache-2.0
"""What every store promises, tried on each kind.

Rules: each test gets a store of its own in a fresh directory; envelopes are made up,
for a store looks at no content.
Not here: what its file promises (`test_store_file.py`), verifying what is stored
(`tests/unit/server`, `tests/fault`).
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from store_chain import (
    DEVICE,
    DUPLICATE,
    FORKED,
    OTHER,
    STORED,
    TENANT,
    chain,
    chain_end,
    state,
)
from store_room import Room, with_device

from server.store.chains import Heard
from server.store.interface import (
    DeviceState,
    HeldResync,
    Sender,
    Spot,
    Store,
    Verdict,
)
from server.store.sqlite import create_store
from server.store.tokens import HeldToken, TokenFate
from wire.envelope import EnvelopeKind
from wire.messages import Fate


@pytest.fixture
def store(room: Room) -> Store:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


def test_what_is_put_is_found_once(store: Store) -> None:
    """What is put twice is stored once, and found as it was."""
    sent = chain(3)
    assert store.put(sent, 5) == [STORED] * 3
    assert store.put(sent, 6) == [DUPLICATE] * 3
    assert list(store.envelopes(TENANT)) == sent


def test_a_sender_is_found_in_one_look(store: Store) -> None:
    """A device comes with what it used of the day and its chain's mark, if any."""
    sent, day = chain(2), 0
    whose = TENANT, DEVICE.device, sent[0].incarnation
    before = store.sender(*whose, day)
    assert before is not None
    assert before == Sender(DEVICE.public, DeviceState.ACTIVE, 0, None)
    store.put(sent, 5)
    store.set_mark(chain_end(sent[1]), b"mark")
    after = store.sender(*whose, day)
    used = sum(len(one.octets) for one in sent)
    assert after == replace(before, used=used, mark=b"mark")
    assert store.sender(OTHER, *whose[1:], day) is None


def test_a_batch_may_name_an_envelope_twice(store: Store) -> None:
    """The same envelope twice in one batch is stored once."""
    one = chain(1)[0]
    assert store.put([one, one], 5) == [STORED, DUPLICATE]


def test_another_content_is_a_fork(store: Store) -> None:
    """Two contents for one place quarantine the device; the second is not kept."""
    first, second = chain(3), chain(3, salt=b"twin")
    store.put(first, 5)
    assert store.put(second, 6) == [FORKED] * 3
    assert state(store) is DeviceState.QUARANTINED
    assert list(store.envelopes(TENANT)) == first


@pytest.mark.parametrize("held", [0, 2])
def test_a_neighbour_of_another_chain_is_a_fork(store: Store, held: int) -> None:
    """An envelope that does not join the ones beside it is a fork."""
    store.put([chain(3)[held]], 5)
    assert store.put([chain(3, salt=b"twin")[1]], 6) == [FORKED]
    assert state(store) is DeviceState.QUARANTINED


def test_one_previous_has_one_successor(store: Store) -> None:
    """A second envelope after the same one is a fork under any number."""
    sent = chain(3)
    store.put(sent[:2], 5)
    twin = replace(sent[2], sequence=9, previous=sent[1].previous, digest=b"9" * 32)
    assert store.put([twin], 6) == [FORKED]


def test_nothing_of_a_quarantined_device_is_stored(store: Store) -> None:
    """After a fork, in the same batch or later, nothing more is taken."""
    sent = chain(3)
    store.put(sent[:1], 5)
    twin = replace(sent[0], digest=b"9" * 32)
    assert store.put([twin, sent[1]], 6) == [FORKED, FORKED]
    assert store.put(sent[2:], 7) == [FORKED]


def test_a_farewell_ends_a_device(store: Store) -> None:
    """A stored farewell makes its device gone; a repeated one is a duplicate."""
    last = replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)
    assert store.put([last], 5) == [STORED]
    assert state(store) is DeviceState.GONE
    assert store.put([last], 6) == [DUPLICATE]


def test_nothing_follows_a_farewell(store: Store) -> None:
    """What comes after a farewell is not stored, in the same batch or later."""
    first, *more = chain(3)
    last = replace(first, kind=EnvelopeKind.FAREWELL.value)
    gone = Verdict(Fate.REFUSED, "gone")
    assert store.put([last, more[0]], 5) == [STORED, gone]
    assert store.put(more, 6) == [gone, gone]
    assert list(store.envelopes(TENANT)) == [last]


def test_a_fork_does_not_bring_back_who_has_left(store: Store) -> None:
    """Whoever has a copy of its keys cannot keep a device from being gone."""
    last = replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)
    store.put([last], 5)
    assert store.put([replace(last, digest=b"9" * 32)], 6) == [FORKED]
    assert state(store) is DeviceState.GONE


def test_nothing_of_a_revoked_device_is_stored(store: Store) -> None:
    """What the gate let in before a revocation is not stored after it."""
    sent = chain(2)
    store.put(sent[:1], 5)
    store.set_state(TENANT, DEVICE.device, DeviceState.REVOKED)
    assert store.put(sent[1:], 6) == [Verdict(Fate.REFUSED, "revoked")]
    assert list(store.envelopes(TENANT)) == sent[:1]


def test_a_revoked_device_stays_revoked(store: Store) -> None:
    """Neither farewell nor fork lifts a revocation."""
    store.set_state(TENANT, DEVICE.device, DeviceState.REVOKED)
    store.put([replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)], 5)
    store.put([replace(chain(1)[0], digest=b"9" * 32)], 6)
    assert state(store) is DeviceState.REVOKED


@pytest.mark.slow
@settings(deadline=None)  # each example makes a store, and the disk may be busy
@given(order=some.permutations(range(6)), cut=some.integers(0, 5))
def test_the_chain_ends_before_the_first_hole(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], cut: int
) -> None:
    """In whatever order envelopes come, the end is the last one below a hole."""
    made = create_store(tmp_path_factory.mktemp("store") / "store.sqlite")
    sent = chain(6)
    for index in order:
        if index != cut:
            assert made.put([sent[index]], 5) == [STORED]
    expected = [chain_end(sent[cut - 1])] if cut else []
    assert made.unmarked() == expected
    made.put([sent[cut]], 6)
    assert made.unmarked() == [chain_end(sent[5])]
    made.close()


def test_a_mark_covers_its_end(store: Store) -> None:
    """A marked end is not offered again until the chain grows; no mark goes back."""
    sent = chain(3)
    store.put(sent[:2], 5)
    store.set_mark(chain_end(sent[1]), b"second")
    store.set_mark(chain_end(sent[0]), b"first")
    store.set_mark(chain_end(sent[2]), b"not there yet")
    assert store.mark(TENANT, DEVICE.device, b"i" * 16) == b"second"
    assert store.unmarked() == []
    store.put(sent[2:], 6)
    assert store.unmarked() == [chain_end(sent[2])]


def test_a_resync_is_held_for_its_device(store: Store) -> None:
    """One of each purpose and dataset is kept; the oldest comes first."""
    of = (TENANT, DEVICE.device)
    first = HeldResync(*of, "support", "software", b"i" * 16, 9, b"first")
    again = HeldResync(*of, "support", "software", b"j" * 16, 12, b"again")
    other = HeldResync(*of, "security", "software", b"i" * 16, 10, b"other")
    for held in (first, other, replace(first, tenant=OTHER)):
        store.hold_resync(held)
    assert store.resyncs(*of) == [first, other]
    store.hold_resync(again)
    assert store.resyncs(*of) == [other, again]
    assert store.resyncs(TENANT, b"x" * 16) == []


def test_what_was_deleted_does_not_come_back(store: Store, room: Room) -> None:
    """An envelope below the chain's end whose row is gone is not stored again."""
    sent = chain(3)
    store.put(sent, 5)
    room.delete()
    assert store.put(sent, 6) == [DUPLICATE] * 3
    assert list(store.envelopes(TENANT)) == []


def test_incarnations_are_chains_of_their_own(store: Store) -> None:
    """A new spool starts at one without touching the old chain."""
    store.put(chain(2), 5)
    assert store.put(chain(2, incarnation=b"j" * 16), 6) == [STORED] * 2
    assert [end.sequence for end in store.unmarked()] == [2, 2]


def test_the_largest_sequence_is_taken(store: Store) -> None:
    """A sequence number at the end of its range is stored like any other."""
    last = replace(chain(2)[1], sequence=2**63 - 1)
    assert store.put([last], 5) == [STORED]


def test_envelopes_are_chosen(store: Store) -> None:
    """Envelopes are found by device, purpose and time, within one tenant."""
    sent = chain(4)
    store.put([*sent, replace(sent[0], tenant=OTHER)], 5)
    assert list(store.envelopes(TENANT, purpose="support")) == [sent[1], sent[3]]
    assert list(store.envelopes(TENANT, since=1_002, until=1_004)) == sent[1:3]
    assert list(store.envelopes(TENANT, device=b"x" * 16)) == []


def test_a_reader_is_not_disturbed_by_a_writer(store: Store) -> None:
    """What is put while someone reads is not seen half-way."""
    sent = chain(4)
    store.put(sent[:2], 5)
    reading = store.envelopes(TENANT)
    first = next(reading)
    store.put(sent[2:], 6)
    assert [first, *reading] == sent[:2]


def test_a_token_is_used_once(store: Store) -> None:
    """Each use counts, at its last second too; a device that asks again costs none."""
    again = replace(DEVICE, agent="0.2", label="not its to say")
    other = replace(DEVICE, device=b"e" * 16)
    assert store.enrol(again, b"k" * 32, 2_000) is TokenFate.TAKEN
    assert store.enrol(other, b"k" * 32, 2_000) is TokenFate.USED
    assert store.enrol(other, b"k" * 32, 2_001) is TokenFate.EXPIRED
    assert store.enrol(other, b"l" * 32, 2_000) is TokenFate.UNKNOWN
    elsewhere = replace(other, tenant=OTHER)
    assert store.enrol(elsewhere, b"k" * 32, 2_000) is TokenFate.UNKNOWN
    assert store.devices(TENANT) == [replace(DEVICE, agent="0.2")]


def test_a_token_is_listed_until_it_is_ended(room: Room) -> None:
    """What is left of each is told, the first to end first; one ends alone."""
    store = with_device(room.store)
    store.add_token(TENANT, b"l" * 32, 1_500, 3)
    used, fresh = HeldToken(b"k" * 32, 2_000, 0), HeldToken(b"l" * 32, 1_500, 3)
    assert store.tokens(TENANT) == [fresh, used]
    assert store.tokens(OTHER) == []
    store.end_token(OTHER, used.digest)
    store.end_token(TENANT, fresh.digest)
    assert store.tokens(TENANT) == [used]


def test_devices_are_kept_apart_by_tenant(store: Store) -> None:
    """A device of one tenant is not there for another."""
    assert store.device(OTHER, DEVICE.device) is None
    assert store.devices(OTHER) == []
    assert not store.set_state(OTHER, DEVICE.device, DeviceState.REVOKED)
    assert not store.set_label(OTHER, DEVICE.device, "desk")
    assert state(store) is DeviceState.ACTIVE


def test_a_device_is_heard_and_named(store: Store) -> None:
    """The last poll and the operator's label are kept; time does not go back."""
    said = Heard(TENANT, DEVICE.device, "0.3", "Linux 6", b"i" * 16, 0, 0)
    store.heard([said], 3_000)
    store.heard([said], 2_000)
    assert store.set_label(TENANT, DEVICE.device, "desk")
    found = store.device(TENANT, DEVICE.device)
    assert found == replace(
        DEVICE, seen=3_000, agent="0.3", system="Linux 6", label="desk"
    )


def test_a_device_is_where_its_token_says(room: Room) -> None:
    """A device begins at its token's site and tags, and stays where it is put later."""
    spot, other = Spot("berlin", ("pilot", "servers")), Spot("", ("servers",))
    store = room.store
    store.add_token(TENANT, b"s" * 32, 2_000, 2, spot)
    second = replace(DEVICE, device=b"e" * 16, enrolled=1_001)
    for one in (DEVICE, second):
        store.enrol(one, b"s" * 32, 1_000)
    store.place(TENANT, {second.device: other, b"nobody" + bytes(10): spot})
    store.enrol(replace(second, agent="0.2"), b"s" * 32, 1_500)
    assert [one.spot for one in store.devices(TENANT)] == [spot, other]
    assert room.again().devices(TENANT) == store.devices(TENANT)


def test_messages_are_replaced(store: Store) -> None:
    """Bundle, pseudonym message and anchor are the last ones published, or none."""
    assert store.bundle(TENANT) is None
    assert store.anchor(TENANT) is None
    assert store.pseudonyms(TENANT, DEVICE.device) is None
    assert [one.device for one in store.unkeyed(TENANT)] == [DEVICE.device]
    assert store.unkeyed(OTHER) == []
    for octets in (b"one", b"two"):
        store.publish(TENANT, octets)
        store.set_pseudonyms(TENANT, DEVICE.device, octets)
        store.set_anchor(TENANT, octets)
    assert store.anchor(TENANT) == b"two"
    assert store.anchor(OTHER) is None
    assert store.bundle(TENANT) == b"two"
    assert store.pseudonyms(TENANT, DEVICE.device) == b"two"
    assert store.unkeyed(TENANT) == []
    assert store.bundle(OTHER) is None


def test_a_device_that_is_not_heard_is_left_no_keys(store: Store) -> None:
    """Nobody looks for its pseudonym message; one that is heard again has none yet."""
    store.set_pseudonyms(TENANT, DEVICE.device, b"keys")
    store.set_state(TENANT, DEVICE.device, DeviceState.QUARANTINED)
    assert store.unkeyed(TENANT) == []
    store.set_state(TENANT, DEVICE.device, DeviceState.ACTIVE)
    assert [one.device for one in store.unkeyed(TENANT)] == [DEVICE.device]
