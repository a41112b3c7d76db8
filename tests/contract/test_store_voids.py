# SPDX-License-Identifier: Apache-2.0
"""What a store promises of voids and of what was deleted, tried on each kind.

Rules: a void stands for one envelope of a sound chain; each test gets a store of its
own in a fresh directory.
Not here: what it tells of chains (`test_store_chains.py`).
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import (
    DUPLICATE,
    FORKED,
    STORED,
    TENANT,
    chain,
    chain_end,
    delete,
    state,
    void_of,
)
from store_room import Room, with_device

from server.store.interface import DeviceState, Store
from server.store.sqlite import create_store
from wire.envelope import NO_PREVIOUS


@pytest.fixture
def store(room: Room) -> Store:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Store]:
    """Return a store of the kind that older releases had."""
    made = create_store(tmp_path / "store.sqlite")
    yield with_device(made)
    made.close()


def test_marks_go_on_over_a_void(store: Store) -> None:
    """A void closes the hole that its envelope would leave, under its name."""
    sent = chain(3)
    assert store.put([sent[0], sent[2]], 5) == [STORED] * 2
    assert store.unmarked() == [chain_end(sent[0])]
    assert store.put([void_of(sent[1])], 6) == [STORED]
    assert store.unmarked() == [chain_end(sent[2])]


def test_the_end_bears_the_name_of_the_envelope(store: Store) -> None:
    """Where the last one is a void, a mark names what the device called it."""
    sent = chain(2)
    store.put([sent[0], void_of(sent[1])], 5)
    assert store.unmarked() == [chain_end(sent[1])]


def test_a_void_is_found_as_it_was(store: Store) -> None:
    """What it announces and stands for is stored beside it."""
    sent = chain(3)
    put = [sent[0], void_of(sent[1]), sent[2]]
    store.put(put, 5)
    assert list(store.envelopes(TENANT)) == put
    bare = [replace(one, octets=b"") for one in put]
    assert list(store.envelopes(TENANT, bare=lambda _: True)) == bare


@pytest.mark.parametrize("instead", [None, NO_PREVIOUS])
@pytest.mark.parametrize("first", ["data", "void"])
def test_what_came_first_stays(store: Store, first: str, instead: bytes | None) -> None:
    """An envelope and its void are duplicates of each other, also in one batch."""
    data = chain(3)[1]
    void = void_of(data, instead)
    order = [data, void] if first == "data" else [void, data]
    assert store.put(order, 5) == [STORED, DUPLICATE]
    assert store.put(order, 6) == [DUPLICATE, DUPLICATE]
    assert list(store.envelopes(TENANT)) == order[:1]
    assert state(store) is DeviceState.ACTIVE


def test_two_voids_of_one_envelope_are_one(store: Store) -> None:
    """A void that was made again is a duplicate, whatever it says of the reason."""
    data = chain(1)[0]
    again = replace(void_of(data), digest=b"9" * 32)
    blind = replace(void_of(data, NO_PREVIOUS), digest=b"8" * 32)
    verdicts = store.put([void_of(data), again, blind], 5)
    assert verdicts == [STORED, DUPLICATE, DUPLICATE]


def test_a_void_of_another_envelope_is_a_fork(store: Store) -> None:
    """A void that names what the store does not have at its place is a fork."""
    sent = chain(2)
    store.put(sent, 5)
    assert store.put([void_of(sent[1], b"9" * 32)], 6) == [FORKED]
    assert state(store) is DeviceState.QUARANTINED
    assert list(store.envelopes(TENANT)) == sent


def test_an_envelope_that_its_void_does_not_name_is_a_fork(store: Store) -> None:
    """Data at the place of a void that stands for other data is a fork."""
    sent = chain(2)
    store.put([sent[0], void_of(sent[1], b"9" * 32)], 5)
    assert store.put([sent[1]], 6) == [FORKED]


@pytest.mark.parametrize("above", [False, True])
def test_a_void_joins_its_neighbours(store: Store, *, above: bool) -> None:
    """A void that names another digest than the envelope above it is a fork."""
    sent = chain(3)
    wrong = void_of(sent[1], b"9" * 32)
    order = [sent[2], wrong] if above else [wrong, sent[2]]
    assert store.put(order, 5) == [STORED, FORKED]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_any_may_follow_a_void_that_names_none(
    store: Store, order: tuple[int, ...]
) -> None:
    """Where the replaced digest is lost, the envelope above is taken as it comes."""
    sent = chain(3)
    put = [sent[0], void_of(sent[1], NO_PREVIOUS), sent[2]]
    assert [store.put([put[index]], 5) for index in order] == [[STORED]] * 3
    assert store.unmarked() == [chain_end(sent[2])]


def test_any_may_follow_one_that_named_none_after_its_deletion(
    store: Store, room: Room
) -> None:
    """That nobody knew the digest is known even where the void's row is gone."""
    sent = chain(3)
    store.put([sent[0], void_of(sent[1], NO_PREVIOUS)], 5)
    room.delete()
    assert store.put(sent[2:], 6) == [STORED]


def test_a_restored_snapshot_is_found_after_a_restart(store: Store, room: Room) -> None:
    """Another content for a place that was stored is a fork for every later process."""
    sent = chain(3)
    store.put(sent, 5)
    store.close()
    again = room.again()
    twin = replace(sent[2], digest=b"9" * 32)
    assert again.put([twin], 6) == [FORKED]
    assert state(again) is DeviceState.QUARANTINED
    again.close()


def test_a_restored_snapshot_is_found_after_deletion(store: Store, room: Room) -> None:
    """A deleted envelope leaves its digest: the same is a duplicate, another a fork."""
    sent = chain(4)
    store.put(sent, 5)
    room.delete("sequence < 4")
    assert store.put(sent[:3], 6) == [DUPLICATE] * 3
    assert store.put([void_of(sent[1])], 7) == [DUPLICATE]
    assert list(store.envelopes(TENANT)) == sent[3:]
    twin = replace(sent[1], digest=b"9" * 32)
    assert store.put([twin], 8) == [FORKED]
    assert state(store) is DeviceState.QUARANTINED


def test_what_an_older_release_deleted_does_not_come_back(
    older: Store, tmp_path: Path
) -> None:
    """Where no digest was left, nothing below the end is stored again."""
    sent = chain(3)
    older.put(sent, 5)
    path = tmp_path / "store.sqlite"
    delete(path)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM spent")
    assert older.put(sent, 6) == [DUPLICATE] * 3
    assert list(older.envelopes(TENANT)) == []


@pytest.mark.parametrize("sequence", [2, 3])
def test_a_fork_is_found_where_an_older_release_deleted_all(
    older: Store, tmp_path: Path, sequence: int
) -> None:
    """The end's own name is kept: another content there or behind it is a fork."""
    older.put(chain(2), 5)
    path = tmp_path / "store.sqlite"
    delete(path)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM spent")
    assert older.put([chain(3, salt=b"twin")[sequence - 1]], 6) == [FORKED]


def test_the_end_goes_on_over_what_was_deleted(store: Store, room: Room) -> None:
    """What was deleted while a hole lay below it has arrived all the same."""
    sent = chain(4)
    store.put([sent[0], *sent[2:]], 5)
    room.delete("sequence = 3")
    assert store.put([sent[1]], 6) == [STORED]
    assert store.unmarked() == [chain_end(sent[3])]
