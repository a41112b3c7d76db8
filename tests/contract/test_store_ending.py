# SPDX-License-Identifier: Apache-2.0
"""What every store promises to who ends data, tried on each kind.

Rules: each test gets a store of its own in a fresh directory; envelopes are made up,
for a store looks at no content.
Not here: what it leaves in its files (`test_store_scrubbing.py`), whose time is over
(`server/keeper`).
"""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import (
    DEVICE,
    DUPLICATE,
    FORKED,
    OTHER,
    STORED,
    TENANT,
    chain,
    chain_end,
    void_of,
)
from store_room import Room, with_device

from server.balance import balance
from server.store.blocks import HeldBlock
from server.store.bounds import DELETED_BYTES
from server.store.chains import Heard
from server.store.ending import Deleted, EndingStore, KeyUse
from server.store.interface import DeviceState, StoredEnvelope
from server.store.sqlite import create_store
from wire.envelope import EnvelopeKind

KEY, NEXT = b"y" * 16, b"z" * 16


@pytest.fixture
def store(room: Room) -> EndingStore:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


def two_epochs(count: int) -> list[StoredEnvelope]:
    """Return a chain whose latter half is sealed to the next key."""
    return [
        replace(one, key_id=KEY if one.sequence <= count // 2 else NEXT)
        for one in chain(count)
    ]


def block(key_id: bytes) -> HeldBlock:
    """Return a block of the device."""
    return HeldBlock(
        TENANT, DEVICE.device, "support", key_id, b"i" * 16, 2, 1, b"block" * 20
    )


def deleted(store: EndingStore, key_id: bytes, most: int = 500) -> list[Deleted]:
    """Delete all that is sealed to a key, slice by slice."""
    slices = []
    while (one := store.delete_ended(TENANT, key_id, most)).rows:
        slices.append(one)
    return slices


def test_what_is_sealed_to_an_ended_key_goes(store: EndingStore) -> None:
    """In slices, and with it its blocks; what is sealed to another key stays."""
    sent = two_epochs(10)
    store.put(sent, 5)
    store.hold_block(block(KEY))
    store.hold_block(block(NEXT))
    store.end_key(TENANT, KEY, 6)
    octets = [len(one.octets) for one in sent]
    assert deleted(store, KEY, 3) == [
        Deleted(3, 3, sum(octets[:3]), 0),
        Deleted(2, 2, sum(octets[3:5]) + 100, 1),
    ]
    assert list(store.envelopes(TENANT)) == sent[5:]
    assert store.blocks(TENANT, DEVICE.device, "support") == [block(NEXT)]


def test_a_live_key_deletes_nothing(store: EndingStore) -> None:
    """Only what is sealed to a key that has ended can be deleted by that key."""
    sent = chain(2)
    store.put(sent, 5)
    store.end_key(OTHER, KEY, 6)
    assert store.delete_ended(TENANT, KEY, 500) == Deleted()
    assert list(store.envelopes(TENANT)) == sent


def test_a_slice_is_bounded_in_octets(store: EndingStore) -> None:
    """However large envelopes are, whoever stores waits for a slice of them alone."""
    large = [replace(one, octets=bytes(DELETED_BYTES // 2)) for one in chain(5)]
    store.put(large, 5)
    store.end_key(TENANT, KEY, 6)
    assert [one.envelopes for one in deleted(store, KEY)] == [2, 2, 1]


def test_what_comes_late_leaves_no_octet(store: EndingStore) -> None:
    """What is sealed to an ended key is stored as deleted, and its chain goes on."""
    sent = two_epochs(4)
    store.put(sent[:1], 5)
    store.end_key(TENANT, KEY, 6)
    assert store.put([*sent[1:], sent[1]], 7) == [*[STORED] * 3, DUPLICATE]
    assert list(store.envelopes(TENANT)) == [sent[0], *sent[2:]]
    assert store.unmarked() == [chain_end(sent[3])]
    twin = replace(sent[1], digest=b"9" * 32)
    assert store.put([twin], 8) == [FORKED]


def test_a_late_block_is_not_held(store: EndingStore) -> None:
    """A block that was made while its key ended is not stored after it."""
    store.end_key(TENANT, KEY, 6)
    store.hold_block(block(KEY))
    assert store.blocks(TENANT, DEVICE.device, "support") == []


def test_what_was_deleted_is_accounted_for(store: EndingStore) -> None:
    """Deleted and late records count as deleted, and the account balances to zero."""
    sent = two_epochs(6)
    store.put(sent[:2], 5)
    store.end_key(TENANT, KEY, 6)
    deleted(store, KEY)
    store.put(sent[2:], 7)
    said = Heard(TENANT, DEVICE.device, "0.1", "Linux", b"i" * 16, 6, 0, accepted=6)
    store.heard([said], 8)
    (account,) = store.accounts(TENANT, DEVICE.device)
    found = balance(account)
    assert (found.visible, found.deleted, found.difference) == (3, 3, 0)
    assert found.sound


def test_what_is_sealed_to_a_key_is_told(store: EndingStore) -> None:
    """Numbers, and samples of the octets that are to be nowhere afterwards."""
    other = replace(DEVICE, device=b"e" * 16)
    sent = two_epochs(4)
    store.put([*sent, replace(sent[0], device=other.device)], 5)
    store.hold_block(block(KEY))
    use = store.sealed_to(TENANT, KEY)
    octets = sum(len(one.octets) for one in sent[:2]) + len(sent[0].octets) + 100
    assert use == KeyUse(3, 3, octets, 2, 1, use.samples)
    assert not use.gone
    held = [sent[0].octets, block(KEY).octets]
    assert set(use.samples) == {
        part for one in held for part in (one[-64:-32], one[-32:]) if len(part) == 32
    }
    store.end_key(TENANT, KEY, 6)
    deleted(store, KEY)
    assert store.sealed_to(TENANT, KEY).gone
    assert store.sealed_keys(TENANT) == [NEXT]


def test_a_restored_store_ends_its_keys_again(store: EndingStore) -> None:
    """Of all keys that have a tombstone, those that hold something are told."""
    store.put(two_epochs(4), 5)
    assert store.sealed_keys(TENANT) == [KEY, NEXT]
    dead = [b"a" * 16, KEY, b"x" * 16]
    assert store.end_keys(TENANT, dead, 6) == [KEY]
    deleted(store, KEY)
    assert store.end_keys(TENANT, dead, 7) == []
    assert store.sealed_keys(OTHER) == []


def test_ended_keys_are_told(store: EndingStore) -> None:
    """Each with the second of the first time, for whoever has to bury them."""
    store.end_keys(TENANT, [NEXT, KEY], 6)
    store.end_keys(TENANT, [KEY, b"a" * 16], 7)
    assert list(store.ended_keys(TENANT)) == [(b"a" * 16, 7), (KEY, 6), (NEXT, 6)]
    assert list(store.ended_keys(OTHER)) == []


def test_devices_of_several_keys_count_once(store: EndingStore) -> None:
    """However many keys a device has data of, it is one device."""
    store.put(two_epochs(4), 5)
    store.put([replace(chain(1)[0], device=b"e" * 16, key_id=NEXT)], 5)
    store.hold_block(replace(block(b"x" * 16), device=b"f" * 16))
    assert store.devices_of(TENANT, [KEY]) == 1
    assert store.devices_of(TENANT, [KEY, NEXT]) == 2
    assert store.devices_of(TENANT, [KEY, NEXT, b"x" * 16]) == 3
    assert store.devices_of(OTHER, [KEY]) == 0


def test_announcements_go_by_their_age(store: EndingStore) -> None:
    """Gaps and voids of a class go when they are old; what they told is kept."""
    sent = chain(4)
    voids = [void_of(one) for one in sent]
    store.put([*voids[:3], sent[3]], 5)
    before = store.accounts(TENANT, DEVICE.device)
    which = TENANT, "security", "standard", 1_003
    assert store.delete_announced(*which, 500) == 1
    assert store.delete_announced(*which, 500) == 0
    assert [one.sequence for one in store.envelopes(TENANT)] == [2, 3, 4]
    assert store.accounts(TENANT, DEVICE.device) == before
    assert store.put(sent[:1], 6) == [DUPLICATE]


@pytest.mark.parametrize(
    "state", [DeviceState.REVOKED, DeviceState.QUARANTINED, DeviceState.GONE]
)
def test_who_is_not_heard_is_left_no_keys(
    store: EndingStore, state: DeviceState
) -> None:
    """Pseudonym keys of a device go as soon as it is no longer heard, and stay away."""
    store.set_pseudonyms(TENANT, DEVICE.device, b"keys")
    store.set_state(TENANT, DEVICE.device, state)
    store.set_pseudonyms(TENANT, DEVICE.device, b"late keys")
    assert store.pseudonyms(TENANT, DEVICE.device) is None


def test_a_farewell_takes_the_keys_along(store: EndingStore) -> None:
    """What ends a device in passing leaves it no pseudonym keys either."""
    store.set_pseudonyms(TENANT, DEVICE.device, b"keys")
    store.put([replace(chain(1)[0], kind=EnvelopeKind.FAREWELL.value)], 5)
    assert store.pseudonyms(TENANT, DEVICE.device) is None


def test_a_key_is_looked_up_by_an_index(tmp_path: Path) -> None:
    """Deleting a key's envelopes does not look at those of other keys."""
    create_store(tmp_path / "store.sqlite").close()
    database = sqlite3.connect(tmp_path / "store.sqlite")
    plan = database.execute(
        "EXPLAIN QUERY PLAN SELECT rowid, min(records, 9), length(octets)"
        " FROM envelopes WHERE tenant = ? AND key_id = ? LIMIT 9",
        (TENANT, KEY),
    ).fetchall()
    database.close()
    assert [row[3] for row in plan] == [
        "SEARCH envelopes USING INDEX by_key (tenant=? AND key_id=?)"
    ]
