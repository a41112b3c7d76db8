# SPDX-License-Identifier: Apache-2.0
"""A device's envelopes can be read piece by piece for what one walk of them costs.

Rules: what is counted are rows that a database looked at, or the steps that it took,
never time.
Not here: what a piece is opened for (`tests/unit/server/test_fleet.py`).
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import DEVICE, TENANT, chain
from store_room import KINDS, Room, opened, with_device

from server.reader.lots import fetched
from server.reader.selection import Selection
from server.store.interface import Place, Store, StoredEnvelope
from server.store.search import Search
from wire.purposes import Purpose

SUPPORT = Purpose.SUPPORT.value
FIRST, SECOND = b"h" * 16, b"i" * 16
PIECE = 8


@pytest.fixture(params=KINDS)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Return a store of each kind with one device and two incarnations of it."""
    with opened(request.param, tmp_path) as made:
        kept = with_device(made.store)
        for incarnation in (FIRST, SECOND):
            kept.put(chain(240, incarnation=incarnation), 1_000)
        yield made


def place(one: StoredEnvelope) -> Place:
    """Return where an envelope stands."""
    return one.incarnation, one.sequence


def pieces(store: Store) -> list[list[Place]]:
    """Return the places of what a reading fetches of the device, some at a time."""
    every = [
        place(one)
        for one in store.envelopes(TENANT, device=DEVICE.device, purpose=SUPPORT)
    ]
    return [every[at : at + PIECE] for at in range(0, len(every), PIECE)]


def test_what_is_between_two_places_is_found_and_nothing_else(room: Room) -> None:
    """Both are included, and a piece may go on in another incarnation."""
    found = room.store.envelopes(TENANT, between=((FIRST, 239), (SECOND, 2)))
    places = [(FIRST, 239), (FIRST, 240), (SECOND, 1), (SECOND, 2)]
    assert [place(one) for one in found] == places
    narrowed = room.store.envelopes(
        TENANT, purpose=SUPPORT, between=((FIRST, 239), (SECOND, 1))
    )
    assert [place(one) for one in narrowed] == [(FIRST, 240)]
    assert not [*room.store.envelopes(TENANT, between=((SECOND, 2), (FIRST, 2)))]


def test_each_row_is_looked_at_once(room: Room) -> None:
    """However many pieces a device is fetched in, none is begun at its beginning."""
    looked: list[Place] = []

    class Counted:
        """The store, which counts what is looked at."""

        def envelopes(
            self,
            tenant: bytes,
            *,
            bare: Callable[[StoredEnvelope], bool],
            **narrowed: object,
        ) -> Iterator[StoredEnvelope]:
            def asked(one: StoredEnvelope) -> bool:
                looked.append(place(one))
                return bare(one)

            return room.store.envelopes(tenant, bare=asked, **narrowed)  # type: ignore[arg-type]  # as the reader narrows

    selection = Selection(TENANT, Purpose.SUPPORT, {})
    fetch: Callable[[bytes, Collection[Place]], Sequence[StoredEnvelope]] = fetched(
        Counted(),  # type: ignore[arg-type]  # as much of a store as is asked
        selection,
    )
    every = pieces(room.store)
    found = [one for some in every for one in fetch(DEVICE.device, some)]
    assert [place(one) for one in found] == looked
    assert looked == [*itertools.chain(*every)]
    assert all(one.octets for one in found)


def test_pieces_take_what_one_walk_takes(room: Room) -> None:
    """An index leads to the beginning of each."""
    search = Search(TENANT, DEVICE.device, SUPPORT, 0, None)
    whole = room.looked_at(search)
    every = pieces(room.store)
    assert len(every) == 30
    taken = [
        room.looked_at(replace(search, between=(some[0], some[-1]))) for some in every
    ]
    assert sum(taken) < 2 * whole
    assert max(taken) < whole / 10
