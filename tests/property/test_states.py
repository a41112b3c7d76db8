# SPDX-License-Identifier: Apache-2.0
"""What a reading says of a state's digest, by columns, is what the device says of it.

Not here: which rows hold (`tests/unit/server/test_fold.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, opened, table

from server.reader.states import FEW_ROWS, SHORT, agrees
from wire.body import Mode
from wire.state import row_octets, state_digest
from wire.values import Value

DATASET = CATALOGUE.datasets["disk_health"]
"""It has columns of every layout."""
NAMES = (
    *("system.device", "protocol", "smart_passed", "io_errors"),
    *("available_spare", "hw.temperature"),
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
DOUBLE = st.floats(allow_nan=False, allow_infinity=False)
CELL = {
    "system.device": st.text(max_size=6) | st.just("x" * (SHORT + 1)),
    "protocol": st.sampled_from(["", "nvme", "ü"]),
    "smart_passed": st.booleans(),
    "io_errors": WHOLE,
    "available_spare": DOUBLE,
    "hw.temperature": DOUBLE | st.just(-0.0),
}
ROW = st.fixed_dictionaries({name: st.none() | CELL[name] for name in NAMES})
FEW = st.lists(ROW, max_size=4)
MANY = st.lists(ROW, min_size=FEW_ROWS + 1, max_size=FEW_ROWS + 9)
PART = st.one_of(FEW, MANY).flatmap(
    lambda rows: st.tuples(
        st.just(rows), st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))
    )
)
Rows = Sequence[Mapping[str, Value]]


def _told(names: Sequence[str], rows: Rows) -> bytes:
    """Return what a device says of these rows."""
    encoded = [row_octets([row[name] for name in names]) for row in rows]
    return state_digest(names, encoded)


@given(st.lists(PART, min_size=1, max_size=3), st.sampled_from(NAMES), st.data())
def test_by_columns_as_row_by_row(
    parts: list[tuple[Rows, list[bool]]], named: str, data: st.DataObject
) -> None:
    """The rows that hold agree with their own digest, and with no other state's."""
    tables = [opened(table(DATASET.name, rows, mode=Mode.FULL)) for rows, _ in parts]
    if data.draw(st.booleans()):  # an older part may lack a column
        parts[0] = [{**row, named: None} for row in parts[0][0]], parts[0][1]
        left = tuple(one for one in tables[0].columns if one.name != named)
        tables[0] = replace(tables[0], columns=left)
    kept = [[at for at, held in enumerate(flags) if held] for _, flags in parts]
    names = [column.name for column in tables[-1].columns]
    held = [
        {name: row[name] for name in names}
        for (rows, flags) in parts
        for row, one in zip(rows, flags, strict=True)
        if one
    ]
    tables[-1] = replace(tables[-1], state=_told(names, held))
    assert agrees(DATASET, tables, kept)
    if held and named in names:
        at = data.draw(st.integers(0, len(held) - 1))
        cell = data.draw((st.none() | CELL[named]).filter(_other(held[at][named])))
        others = [
            [*held, held[at]],
            [*held[:at], *held[at + 1 :]],
            [*held[:at], {**held[at], named: cell}, *held[at + 1 :]],
        ]
        for other in others:
            tables[-1] = replace(tables[-1], state=_told(names, other))
            assert not agrees(DATASET, tables, kept)


def _other(value: Value) -> Callable[[Value], bool]:
    """Return whether a cell is another one: 0.0 and -0.0 are two."""
    return lambda found: row_octets([found]) != row_octets([value])
