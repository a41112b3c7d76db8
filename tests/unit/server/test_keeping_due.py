# SPDX-License-Identifier: Apache-2.0
"""Which keys are due, in what order, and which of them wait for two people.

Rules: each promise is some keys and literal seconds.
Not here: until when one key is kept (`test_keeping.py`).
"""

from dataclasses import replace

import pytest

from server.keeper.keeping import (
    Keeping,
    due,
)
from server.keyring import LiveKey
from tests.unit.server.keeping_room import (
    DAY,
    KEY,
    kept,
    kept_until,
)


def numbered(count: int, until: int = 140) -> list[LiveKey]:
    """Return keys that the calendar ends on a day."""
    return [
        replace(KEY, key_id=bytes([place]) * 16, until=until * DAY)
        for place in range(count)
    ]


def ended(keys: list[LiveKey], early: int) -> list[tuple[LiveKey, Keeping]]:
    """Return keys with until when they are kept; the first ones end early."""
    shorter = kept_until(KEY, (90, kept(30)), (120, kept(1)))
    usual = kept_until(KEY, (90, kept(30)))
    return [
        (key, shorter if place < early else usual) for place, key in enumerate(keys)
    ]


def test_what_is_due_comes_first_to_end_first() -> None:
    """Keys whose time is over are due, with the reason that ended first; no other."""
    keys = ended(numbered(8), early=2)
    found = [(item.key_id[0], item.because.slug) for item in due(keys, {}, 112 * DAY)]
    assert found == [(0, "maximum-age"), (1, "maximum-age")]


def test_nothing_is_due_a_second_too_soon() -> None:
    """A key is due from the second on at which it may not be there any more."""
    keys = ended(numbered(8), early=0)
    assert [len(due(keys, {}, 140 * DAY - 1)), len(due(keys, {}, 140 * DAY))] == [0, 8]


def test_the_calendar_is_never_unusual() -> None:
    """However many keys end on their own day, they end."""
    found = due(ended(numbered(8), early=0), {KEY.key_id: 9_000_000}, 140 * DAY)
    assert {item.unusual for item in found} == {False}


@pytest.mark.parametrize(("early", "unusual"), [(2, {False}), (3, {True})])
def test_too_much_at_once_waits(early: int, unusual: set[bool]) -> None:
    """More than a quarter of the live keys do not end early without two people."""
    found = due(ended(numbered(8), early), {}, 112 * DAY)
    assert {item.unusual for item in found} == unusual


def test_slices_count_together() -> None:
    """What ended early within the last day counts too: no slicing past the breaker."""
    keys = ended(numbered(8), early=2)
    found = [due(keys, {}, 112 * DAY, lately=lately) for lately in (0, 1)]
    assert [{item.unusual for item in part} for part in found] == [{False}, {True}]


def test_many_envelopes_wait_too() -> None:
    """One key of over a million envelopes does not end early without two people."""
    keys = ended(numbered(8), early=1)
    found = [due(keys, {bytes(16): count}, 112 * DAY) for count in (10**6, 10**6 + 1)]
    assert [part[0].unusual for part in found] == [False, True]


def test_the_calendar_goes_on_beside_what_waits() -> None:
    """A stopped purge does not keep what the calendar ends."""
    keys = ended(numbered(4), early=4) + ended(numbered(2, until=110), early=2)
    found = due(keys, {}, 112 * DAY)
    assert [item.unusual for item in found].count(False) == 2


def test_the_first_to_end_comes_first() -> None:
    """Whatever the order of the keys, what is over longest is ended first."""
    keys = [*reversed(ended(numbered(12), early=2)), *ended(numbered(2, 111), 0)]
    found = [item.because.until // DAY for item in due(keys, {}, 140 * DAY)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (111, 140)


def test_what_the_calendar_ends_this_second_is_not_early() -> None:
    """On its last second a key is due by the calendar, whatever else ended it."""
    shorter = kept_until(KEY, (90, kept(30)), (120, kept(1)))
    keys = [(replace(KEY, until=112 * DAY), shorter)]
    assert [item.unusual for item in due(keys, {}, 112 * DAY)] == [False]


def test_what_ended_lately_is_part_of_the_whole() -> None:
    """Three of fourteen are below the share, though three of ten are not."""
    found = due(ended(numbered(12), early=1), {}, 112 * DAY, lately=2)
    assert [item.unusual for item in found] == [False]


def test_a_key_without_envelopes_counts_as_none() -> None:
    """A million envelopes beside an empty key are still a million."""
    keys = ended(numbered(12), early=2)
    found = due(keys, {bytes(16): 10**6}, 112 * DAY)
    assert [item.unusual for item in found] == [False, False]
