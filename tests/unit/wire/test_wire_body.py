# SPDX-License-Identifier: Apache-2.0
"""The columnar body: its layout, and that there is one form of each content.

Rules: what `encode` makes, `decode` reads, and nothing else.
Not here: bodies of drawn records (`tests/property/test_wire.py`).
"""

import struct
from dataclasses import replace

import pytest

from tests.vectors import families_bodies, world
from wire import body, limits
from wire.body import Mode, Op, Table
from wire.catalogue import Column, Sensitivity, ValueType
from wire.errors import BodyError, LimitError, WireError
from wire.mint import mint_record


def _one(kind: ValueType, *values: str | float | None) -> Table:
    """Return a table of one column."""
    column = Column("cell", kind, Sensitivity.HARMLESS, "Shows it.", "keep")
    dataset = replace(world.SOFTWARE, key=("cell",), columns=(column,))
    records = [world.record(dataset, {"cell": value}) for value in values]
    return Table(dataset, dataset.columns, records, Mode.APPEND)


def _encode(*tables: Table) -> bytes:
    return body.encode(tables, (), "support")


def test_the_layout_is_arrows() -> None:
    """Buffers stand in order, eight-byte aligned, bits from the least significant."""
    octets = _encode(_one(ValueType.TEXT, "ab", None, "c"))
    length = int.from_bytes(octets[:4], "big")
    at = 4 + length + -(4 + length) % 8
    assert b"\x05".ljust(8, b"\x00") == octets[at : at + 8]
    assert struct.pack("<4i", 0, 2, 2, 3) == octets[at + 8 : at + 24]
    assert octets[at + 24 :] == b"abc"


def test_every_type_comes_back() -> None:
    """Text, integers, booleans, numbers and nulls come back as they went in."""
    opened = body.decode(_encode(world.software(), world.load())).tables
    for table, declared in zip(opened, (world.SOFTWARE, world.LOAD), strict=True):
        assert [c.name for c in table.columns] == [c.name for c in declared.columns]
    columns = [body.values_of(column, 3) for column in opened[0].columns]
    rows = [dict(zip(world.ROWS[0], row, strict=True)) for row in zip(*columns)]  # noqa: B905 - columns are of one length
    assert [
        {name: row.get(name) for name in world.ROWS[0]} for row in world.ROWS
    ] == rows


def test_a_delta_has_its_changes() -> None:
    """Operations and row numbers come back, and a removed row is all null."""
    (table,) = body.decode(_encode(world.changes())).tables
    assert (Mode.DELTA, world.changes().ops) == (table.mode, table.ops)
    assert table.numbers == (1, 4, 7, 8)
    assert [body.values_of(column, 4)[1] for column in table.columns] == [None] * 4


@pytest.mark.parametrize(
    ("ops", "numbers"),
    [
        ((), ()),
        ((Op.CHANGE,) * 3, ()),
        ((), (1, 2, 3)),
        ((Op.CHANGE,) * 4, (1, 2, 3, 4)),
        ((Op.CHANGE,) * 3, (1, 1, 2)),
        ((Op.CHANGE,) * 3, (-1, 1, 2)),
        ((Op.CHANGE,) * 3, (1, 2, limits.ROW_NUMBER + 1)),
        ((Op.ADD,) * 3, (1, 2, 4)),
        ((Op.ADD, Op.CHANGE, Op.CHANGE), (1, 2, 3)),
    ],
)
def test_a_delta_that_cannot_be_read_is_not_written(
    ops: tuple[Op, ...], numbers: tuple[int, ...]
) -> None:
    """An operation and a rising number a row, with what is added at the end."""
    with pytest.raises(BodyError):
        _encode(replace(world.software(Mode.DELTA, ops), numbers=numbers))


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.APPEND])
def test_only_a_delta_numbers_its_rows(mode: Mode) -> None:
    """Operations or numbers of a table that is no delta are refused when writing."""
    table = replace(world.software(), mode=mode)
    for wrong in (
        replace(table, numbers=(0, 1, 2)),
        replace(table, ops=(Op.ADD,) * 3),
    ):
        with pytest.raises(BodyError):
            _encode(wrong)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_just_the_removed_rows_have_no_record(at: int) -> None:
    """A record of a removed row, and a row of another kind without, are TypeErrors."""
    table = world.changes()
    records = list(table.records)
    records[at] = records[0] if records[at] is None else None
    with pytest.raises(TypeError):
        _encode(replace(table, records=tuple(records)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ValueType.TEXT, 1),
        (ValueType.TEXT, True),
        (ValueType.TEXT, "\ud800"),
        (ValueType.COUNT, "1"),
        (ValueType.COUNT, 1.0),
        (ValueType.COUNT, True),
        (ValueType.COUNT, 2**63),
        (ValueType.BOOLEAN, 1),
        (ValueType.REAL, float("nan")),
        (ValueType.REAL, float("inf")),
        (ValueType.REAL, 10**400),
        (ValueType.RATIO, "0"),
        (ValueType.RATIO, True),
    ],
)
def test_a_value_of_another_type_is_refused(
    kind: ValueType, value: str | float
) -> None:
    """A value that its column cannot hold is a BodyError that does not quote it."""
    with pytest.raises(BodyError) as refusal:
        _encode(_one(kind, value))
    assert refusal.value.__cause__ is None


def test_only_records_of_the_purpose_go_in() -> None:
    """A plain map, another dataset's or another purpose's record is a TypeError."""
    table = _one(ValueType.COUNT, 1)
    for wrong in (
        {"cell": 1},
        mint_record("load", "support", {"cell": 1}),
        mint_record("software", "security", {"cell": 1}),
    ):
        with pytest.raises(TypeError):
            _encode(replace(table, records=(wrong,)))


def test_what_cannot_be_read_is_not_written() -> None:
    """A dataset or a column that stands twice is refused when writing."""
    table = _one(ValueType.COUNT, 1)
    with pytest.raises(BodyError):
        _encode(table, table)
    with pytest.raises(BodyError):
        _encode(replace(table, columns=table.columns * 2))


def test_an_undeclared_column_is_not_written() -> None:
    """A column that the dataset does not declare has no way into a body."""
    table = _one(ValueType.COUNT, 1)
    other = replace(table.columns[0], name="other")
    with pytest.raises(BodyError):
        _encode(replace(table, columns=(other,)))


def test_a_null_of_minus_zero_is_refused() -> None:
    """A null holds eight zero bytes: the sign of a zero is content too."""
    octets = _encode(_one(ValueType.REAL, None, 1.0))
    assert body.decode(octets).tables[0].columns[0].nulls == 1
    with pytest.raises(BodyError):
        body.decode(octets[:-9] + b"\x80" + octets[-8:])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_most_columns_that_fit_cost_little() -> None:
    """A body of 496 full columns of flags is checked; quadratic work would not end."""
    rows, tables = limits.BODY_ROWS, []
    cell = families_bodies.column
    for number in range(8):
        columns = [cell(f"c{at}", "boolean", rows // 8, rows) for at in range(62)]
        tables.append(families_bodies.table(rows, *columns, name=f"t{number}"))
    octets = families_bodies.joined([*tables], *[bytes(rows // 8)] * (2 * 8 * 62))
    opened = body.decode(octets)
    assert [len(table.columns) for table in opened.tables] == [62] * 8


def test_rows_are_bounded() -> None:
    """One row more than the bound is refused."""
    table = _one(ValueType.COUNT)
    rows = [world.record(table.dataset, {})] * (limits.BODY_ROWS + 1)
    with pytest.raises(LimitError):
        _encode(replace(table, records=rows))


def test_tables_and_notes_are_bounded() -> None:
    """Too many tables or notes are a LimitError, so that the caller splits them."""
    table = _one(ValueType.COUNT, 1)
    with pytest.raises(LimitError):
        _encode(*[table] * (limits.BODY_TABLES + 1))
    with pytest.raises(LimitError):
        body.encode((), world.NOTES * (limits.NOTE_COUNT + 1), "support")


def _cut(octets: bytes) -> int:
    return 4 + int.from_bytes(octets[:4], "big")


def test_nothing_follows_and_nothing_is_missing() -> None:
    """A byte more or less is refused, as is an alignment byte that is not zero."""
    octets = _encode(world.load())
    for wrong in (octets + b"\x00", octets[:-1], octets[:3], b""):
        with pytest.raises(BodyError):
            body.decode(wrong)
    for cut in range(1, _cut(octets)):
        with pytest.raises(WireError):
            body.decode(octets[:cut])
    padding = -_cut(octets) % 8
    assert padding
    at = _cut(octets)
    with pytest.raises(BodyError):
        body.decode(octets[:at] + b"\x01" + octets[at + 1 :])
