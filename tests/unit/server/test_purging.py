# SPDX-License-Identifier: Apache-2.0
"""How much is deleted at a time, and how long whoever stores is left alone.

Rules: time is made up; what is deleted and stored in between is in a real store.
Not here: what a gate feels of it (`python -m bench.purge`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import DEVICE, STORED, TENANT, chain

from server.store.bounds import DELETED_ROWS, REST, SLICE_SECONDS
from server.store.purging import Slices, purged
from server.store.sqlite import SqliteStore, create_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Return a new store that knows one device."""
    made = create_store(tmp_path / "store.sqlite")
    made.add_token(TENANT, b"k" * 32, 2_000, 1)
    made.enrol(DEVICE, b"k" * 32, 1_000)
    yield made
    made.close()


def rows_after(*seconds: float) -> list[int]:
    """Return how many rows each slice may have after such times."""
    slices = Slices()
    found = []
    for taken in seconds:
        slices.rest(taken)
        found.append(slices.rows)
    return found


def test_a_fast_disk_deletes_more_at_a_time() -> None:
    """Slices double while they take less than half of their time, up to a bound."""
    assert rows_after(*[SLICE_SECONDS / 3] * 10)[:4] == [2, 4, 8, 16]
    assert rows_after(*[SLICE_SECONDS / 3] * 10)[-1] == DELETED_ROWS


def test_a_slow_disk_deletes_less_at_a_time() -> None:
    """Slices halve while they take too long, down to one row; else they stay."""
    fast, slow, well = SLICE_SECONDS / 3, SLICE_SECONDS * 2, SLICE_SECONDS * 0.8
    assert rows_after(fast, fast, fast, well, slow, slow, slow, slow) == [
        *(2, 4, 8, 8),
        *(4, 2, 1, 1),
    ]


def test_a_rest_is_many_times_a_slice() -> None:
    """However long a slice had to wait for the gate, the gate has longer after it."""
    assert Slices().rest(0.5) == 0.5 * REST


def ticking(step: float) -> Callable[[], float]:
    """Return a clock that goes on by a step each time it is read."""
    times = iter(range(1_000))
    return lambda: step * next(times)


def test_others_store_between_two_slices(store: SqliteStore) -> None:
    """All of a key goes, none of another's, and what comes in the rests is stored."""
    sent = [replace(one, key_id=b"x" * 16) for one in chain(100)]
    following = iter(chain(120)[100:])
    store.put(sent[:90], 5)
    store.end_key(TENANT, b"x" * 16, 6)
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        assert store.put([next(following)], 7) == [STORED]

    slices = purged(
        lambda most: store.delete_ended(TENANT, b"x" * 16, most),
        lambda done: done.rows,
        clock=ticking(SLICE_SECONDS / 4),
        wait=rest,
    )
    assert [done.envelopes for done in slices] == [1, 2, 4, 8, 16, 32, 27]
    assert rests == [pytest.approx(REST * SLICE_SECONDS / 4)] * 7
    assert list(store.envelopes(TENANT)) == chain(107)[100:]


def test_whoever_asks_for_no_more_ends_it(store: SqliteStore) -> None:
    """A purge can be left at each slice; what is left is deleted the next time."""
    store.put(chain(4), 5)
    store.end_key(TENANT, b"y" * 16, 6)
    slices = purged(
        lambda most: store.delete_ended(TENANT, b"y" * 16, most),
        lambda done: done.rows,
        wait=lambda _: None,
    )
    next(slices)
    slices.close()
    assert [one.sequence for one in store.envelopes(TENANT)] == [2, 3, 4]
