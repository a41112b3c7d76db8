# SPDX-License-Identifier: Apache-2.0
"""What every store promises of remainders and extracts, tried on each kind.

Rules: each test gets a store of its own in a fresh directory; octets are made up, for a
store looks at no content.
Not here: deleting by key (`test_store_ending.py`), making them (`server/keeper`).
"""

from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import (
    DEVICE,
    DUPLICATE,
    STORED,
    TENANT,
    chain,
    remainder_of,
    spoil,
)
from store_room import Room, with_device

from server.balance import balance
from server.store.blocks import HeldBlock, Unfolded
from server.store.chains import Damaged, Heard
from server.store.ending import EndingStore, HeldExtract
from server.store.interface import REMAINDER, StoredEnvelope
from server.store.sqlite import create_store

KEY, HOLD = b"y" * 16, b"h" * 16
CASE, ANOTHER = b"c" * 16, b"a" * 16


@pytest.fixture
def store(room: Room) -> EndingStore:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


def sent(count: int) -> list[StoredEnvelope]:
    """Return a chain of envelopes of ten records each, for one purpose."""
    return [replace(one, records=10, purpose="support") for one in chain(count)]


def shown(envelope: StoredEnvelope, records: int) -> StoredEnvelope:
    """Return what a search shows in the place of an envelope."""
    return replace(
        envelope,
        previous=bytes(32),
        kind=REMAINDER,
        bucket=0,
        records=records,
        octets=b"remainder" * 9,
    )


def block(key_id: bytes = KEY, incarnation: bytes = b"i" * 16) -> HeldBlock:
    """Return a block of the device."""
    return HeldBlock(
        TENANT, DEVICE.device, "support", key_id, incarnation, 1, 1, b"block"
    )


def extract_of(envelope: StoredEnvelope, holder: bytes) -> HeldExtract:
    """Return an extract of an envelope, sealed to the hold's key."""
    return HeldExtract(
        TENANT,
        holder,
        envelope.device,
        envelope.incarnation,
        envelope.sequence,
        envelope.purpose,
        HOLD,
        envelope.digest,
        envelope.created,
        2,
        b"extract" * 9,
    )


def test_a_remainder_stands_in_its_place(store: EndingStore) -> None:
    """It is found where its envelope was, and that is never taken again."""
    put = sent(4)
    store.put(put, 5)
    assert store.replace(remainder_of(put[1], 7))
    expected = [put[0], shown(put[1], 7), *put[2:]]
    assert list(store.envelopes(TENANT)) == expected
    assert list(store.envelopes(TENANT, since=1_002, until=1_004)) == expected[1:3]
    assert list(store.envelopes(TENANT, purpose="security")) == []
    bare = [replace(one, octets=b"") for one in expected]
    bare[1] = expected[1]
    assert list(store.envelopes(TENANT, bare=lambda _: True)) == bare
    assert store.put(put, 6) == [DUPLICATE] * 4


def test_a_second_erasure_replaces_a_remainder(store: EndingStore) -> None:
    """Of a remainder more can be erased, never less."""
    put = sent(1)
    store.put(put, 5)
    assert store.replace(remainder_of(put[0], 7))
    assert store.replace(remainder_of(put[0], 4))
    assert not store.replace(remainder_of(put[0], 8))
    assert list(store.envelopes(TENANT)) == [shown(put[0], 4)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": b"9" * 32},
        {"sequence": 9},
        {"key_id": b"z" * 16},
        {"purpose": "security"},
        {"retention": "long"},
        {"created": 9},
        {"records": 11},
    ],
)
def test_a_remainder_of_something_else_changes_nothing(
    store: EndingStore, wrong: dict[str, bytes | str | int]
) -> None:
    """What does not stand for an envelope that is there takes no place."""
    put = sent(2)
    store.put(put, 5)
    assert not store.replace(replace(remainder_of(put[0], 7), **wrong))  # type: ignore[arg-type]  # one of each type
    assert list(store.envelopes(TENANT)) == put


def test_a_remainder_ends_with_its_key(store: EndingStore) -> None:
    """What is left of an envelope goes when its epoch's key has ended."""
    put = sent(2)
    store.put(put, 5)
    store.replace(remainder_of(put[0], 7))
    store.end_key(TENANT, KEY, 6)
    gone = store.delete_ended(TENANT, KEY, 500)
    assert (gone.envelopes, gone.others) == (1, 1)
    assert list(store.envelopes(TENANT)) == []
    assert not store.replace(remainder_of(put[0], 4))


def test_no_block_stands_beside_a_remainder(store: EndingStore) -> None:
    """Blocks of the epoch go, none is held there again, and none is asked for."""
    put = sent(4)
    other = [replace(one, purpose="support") for one in chain(2, incarnation=b"j" * 16)]
    store.put([*put, *other], 5)
    kept = [block(b"z" * 16), block(incarnation=b"j" * 16)]
    for held in (block(), *kept):
        store.hold_block(held)
    assert store.unfolded(TENANT, 1) == [Unfolded(DEVICE.device, "support", 4)]
    store.replace(remainder_of(put[3], 7))
    store.hold_block(block())
    found = store.blocks(TENANT, DEVICE.device, "support")
    assert sorted(found, key=lambda one: one.key_id) == kept[::-1]
    assert store.unfolded(TENANT, 1) == [Unfolded(DEVICE.device, "support", 1)]


def test_a_remainder_is_accounted_for(store: EndingStore) -> None:
    """What it has counts as visible, what was erased as deleted; all adds up."""
    put = sent(3)
    store.put(put, 5)
    store.replace(remainder_of(put[0], 7))
    said = Heard(TENANT, DEVICE.device, "0.1", "Linux", b"i" * 16, 2, 0, accepted=20)
    store.heard([said], 8)
    (account,) = store.accounts(TENANT, DEVICE.device)
    found = balance(account)
    assert (found.visible, found.deleted, found.later) == (17, 3, 10)
    assert found.sound
    store.replace(replace(remainder_of(put[2], 1)))
    assert balance(store.accounts(TENANT, DEVICE.device)[0]).later == 10


def test_a_damaged_remainder_is_named(tmp_path: Path) -> None:
    """A remainder that is not what was written is named and not counted."""
    store = with_device(create_store(tmp_path / "store.sqlite"))
    put = sent(2)
    store.put(put, 5)
    store.replace(remainder_of(put[0], 7))
    spoil(tmp_path / "store.sqlite", "remainders", "records = 'seven'")
    assert store.damaged(TENANT, DEVICE.device) == [
        Damaged("remainders", b"i" * 16, 1, ("records",))
    ]
    said = Heard(TENANT, DEVICE.device, "0.1", "Linux", b"i" * 16, 2, 0, accepted=20)
    store.heard([said], 8)
    assert balance(store.accounts(TENANT, DEVICE.device)[0]).visible == 10
    store.close()


def test_extracts_are_their_holders(store: EndingStore) -> None:
    """What is kept for a case is found and deleted for that case alone."""
    put = sent(3)
    held = [extract_of(one, CASE) for one in put]
    for one in (*held[::-1], held[0], extract_of(put[0], ANOTHER)):
        store.put_extracts([one])
    assert list(store.extracts(TENANT, CASE)) == held
    assert [store.delete_extracts(TENANT, CASE, 2) for _ in range(3)] == [2, 1, 0]
    assert list(store.extracts(TENANT, ANOTHER)) == [extract_of(put[0], ANOTHER)]


def test_an_extract_outlives_its_source(store: EndingStore) -> None:
    """It ends with its own key, and comes no more after that."""
    put = sent(2)
    assert store.put(put, 5) == [STORED] * 2
    store.put_extracts([extract_of(put[0], CASE)])
    store.end_key(TENANT, KEY, 6)
    store.delete_ended(TENANT, KEY, 500)
    assert list(store.extracts(TENANT, CASE)) == [extract_of(put[0], CASE)]
    store.end_key(TENANT, HOLD, 7)
    assert store.delete_ended(TENANT, HOLD, 500).others == 1
    store.put_extracts([extract_of(put[1], CASE)])
    assert list(store.extracts(TENANT, CASE)) == []
