# SPDX-License-Identifier: Apache-2.0
"""A state that was compared with its digest once is known again, and no other is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from reader_fixture import CATALOGUE, opened, table, with_state

from server.reader.states import Agreed, agrees
from wire.body import Mode, OpenTable
from wire.values import Value

DATASET = CATALOGUE.datasets["services"]
ROWS: list[dict[str, Value]] = [
    {"name": f"service-{number}", "state": "running"} for number in range(40)
]


def state(rows: Sequence[dict[str, Value]]) -> OpenTable:
    """Return a whole state as a reader finds it."""
    return opened(with_state(table("services", rows, mode=Mode.FULL), rows))


def test_the_same_state_is_known_again() -> None:
    """Of another device, in other memory, it is the same in every bit."""
    agreed = Agreed()
    assert not agreed.has(state(ROWS))
    assert agrees(DATASET, [state(ROWS)], [range(40)], agreed)
    assert agreed.has(state(ROWS))
    assert agrees(DATASET, [state(ROWS)], [range(40)], agreed)


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS[:-1], {"name": "service-39", "state": "stopped"}],
        [*ROWS[:-1], {"name": "service-39", "state": None}],
        [*ROWS[:-1], {"name": "service-3", "state": "9running"}],
        ROWS[:-1],
    ],
)
def test_a_state_that_only_says_so_is_not(rows: list[dict[str, Value]]) -> None:
    """Who names the digest of a known state has to have its rows as well."""
    agreed, known = Agreed(), state(ROWS)
    assert agrees(DATASET, [known], [range(40)], agreed)
    liar = replace(state(rows), state=known.state)
    assert not agreed.has(liar)
    assert not agrees(DATASET, [liar], [range(len(rows))], agreed)


def test_what_does_not_agree_is_not_known() -> None:
    """It would pass the second time."""
    agreed = Agreed()
    wrong = replace(state(ROWS), state=bytes(32))
    assert not agrees(DATASET, [wrong], [range(40)], agreed)
    assert not agreed.has(wrong)


def test_a_part_of_a_known_state_is_digested() -> None:
    """Rows that hold no more are not there to be compared."""
    agreed, known = Agreed(), state(ROWS)
    assert agrees(DATASET, [known], [range(40)], agreed)
    assert not agrees(DATASET, [known], [range(39)], agreed)


def test_it_is_bounded() -> None:
    """What there is no room for is digested each time."""
    agreed = Agreed(most=1)
    assert agrees(DATASET, [state(ROWS)], [range(40)], agreed)
    assert not agreed.has(state(ROWS))
