# SPDX-License-Identifier: Apache-2.0
"""What a reading says of a state's digest, by columns, is what the device says of it.

Not here: which rows hold (`tests/unit/server/test_fold.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, opened, table

from server.reader.states import FEW_ROWS, agrees
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
    "system.device": st.text(max_size=6) | st.just("x" * 300),
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


@given(st.lists(PART, min_size=1, max_size=3))
def test_by_columns_as_row_by_row(parts: list[tuple[Rows, list[bool]]]) -> None:
    """The rows that hold agree with their own digest, and with no other state's."""
    tables = [opened(table(DATASET.name, rows, mode=Mode.FULL)) for rows, _ in parts]
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
    tables[-1] = replace(tables[-1], state=_told(names, [*held, *held[:1]]))
    assert agrees(DATASET, tables, kept) == (not held)
