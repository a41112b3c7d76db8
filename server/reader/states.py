# SPDX-License-Identifier: Apache-2.0
"""Whether rows are the state that a device digested, told by columns.

Rules: the digest is that of `wire/state.py`; a table of a few rows is encoded row by
row, for Arrow's calls cost more than so few cells do.
Not here: the digest itself (`wire/state.py`), which rows hold (`fold.py`).
"""

import struct
from collections.abc import Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from server.reader.arrow import as_array
from wire.body import OpenColumn, OpenTable, values_of
from wire.catalogue import Dataset, Storage, storage
from wire.state import Tag, cell_head, digest_of, row_head, row_octets

FEW_ROWS = 32
"""Up to so many are encoded row by row."""
AGREED_BYTES = 16 * 1024 * 1024
"""Of states that are known: a hundred images of machines."""
SHORT = 1_024
"""Of contents that are shorter, what stands before them is made once for all."""
_ABSENT = pa.scalar(cell_head(Tag.ABSENT, 0), pa.binary())
_EMPTY = pa.scalar(b"", pa.binary())
_FLAGS = pa.array([cell_head(Tag.FALSE, 0), cell_head(Tag.TRUE, 0)], pa.binary())


class Agreed:
    """Whole states that are what their devices digested.

    Machines of one image have one state: a fleet's reading digests it once, and of the
    others only looks whether they are the same in every bit.
    """

    def __init__(self, most: int = AGREED_BYTES) -> None:
        """Know none.

        Args:
            most: bytes that their columns may have.
        """
        self._most = most
        self._octets = 0
        self._held: dict[bytes, tuple[object, ...]] = {}

    def has(self, table: OpenTable) -> bool:
        """Tell whether a table is one of them, in all its columns."""
        held = None if table.state is None else self._held.get(table.state)
        return held is not None and held == _content(table)

    def add(self, table: OpenTable) -> None:
        """Know one more, if there is room for it."""
        size = sum(
            len(buffer)
            for column in table.columns
            for buffer in (column.data, column.validity, column.offsets)
            if buffer is not None
        )
        if table.state is not None and self._octets + size <= self._most:
            self._octets += size
            self._held[table.state] = _content(table)


def _content(table: OpenTable) -> tuple[object, ...]:
    """Return all that a digest is made of, and the order of rows."""
    columns = (
        (column.name, column.type, *map(_whole, (column.validity, column.offsets)))
        for column in table.columns
    )
    data = (bytes(column.data) for column in table.columns)
    return (table.dataset, table.rows, *columns, *data)


def _whole(buffer: memoryview | None) -> bytes | None:
    return None if buffer is None else bytes(buffer)


def agrees(
    dataset: Dataset,
    tables: Sequence[OpenTable],
    kept: Sequence[Sequence[int]],
    agreed: Agreed | None = None,
) -> bool:
    """Tell whether the rows that hold are the state that the device digested.

    Args:
        dataset: their declaration.
        tables: a full state and its changes, in order.
        kept: of each table the rows that hold.
        agreed: states that were found to agree before, and takes this one if it does.

    Raises:
        BodyError: a column is malformed.
    """
    last = tables[-1]
    if last.state is None:
        return True
    whole = agreed is not None and len(tables) == 1 and len(kept[0]) == last.rows
    if agreed is not None and whole and agreed.has(last):
        return True
    sent = {column.name for column in last.columns}
    names = [column.name for column in dataset.columns if column.name in sent]
    rows = [
        _encoded(table, names, places)
        for table, places in zip(tables, kept, strict=True)
    ]
    found = digest_of(names, _sorted(pa.concat_arrays(rows))) == last.state
    if agreed is not None and whole and found:
        agreed.add(last)
    return found


def _sorted(rows: pa.BinaryArray) -> memoryview:
    """Return rows in order, each behind its head."""
    whole = pc.binary_join_element_wise(_heads(rows, None), rows, _EMPTY)
    return _octets(whole.take(pc.sort_indices(rows)))


def _encoded(
    table: OpenTable, names: Sequence[str], places: Sequence[int]
) -> pa.BinaryArray:
    """Return rows of a table as `row_octets` encodes them."""
    found = {column.name: column for column in table.columns}
    if len(places) <= FEW_ROWS:
        blank = [None] * table.rows
        cells = [
            values_of(found[name], table.rows) if name in found else blank
            for name in names
        ]
        few = [row_octets([cell[row] for cell in cells]) for row in places]
        return pa.array(few, pa.binary())
    chosen = None if len(places) == table.rows else pa.array(places, pa.int64())
    columns: list[pa.Array | pa.Scalar] = []
    for name in names:
        if name in found:
            columns += _cells(found[name], table.rows, chosen)
        else:
            columns.append(_ABSENT)
    first = pa.repeat(_EMPTY, len(places))  # for a table that has none of the columns
    return pc.binary_join_element_wise(first, *columns, _EMPTY)


def _cells(
    column: OpenColumn, rows: int, chosen: pa.Array | None
) -> Sequence[pa.Array]:
    """Return heads and contents of a column's cells."""
    layout = storage(column.type)
    array = _READ[layout](column, rows)
    if chosen is not None:
        array = array.take(chosen)
    if layout is Storage.BOOL:
        return [pc.fill_null(_FLAGS.take(array.cast(pa.int8())), _ABSENT)]
    heads = _heads(array, _TAGS[layout])
    if not array.null_count:
        return [heads, array]
    return [pc.fill_null(heads, _ABSENT), pc.fill_null(array, _EMPTY)]


def _heads(array: pa.BinaryArray, tag: Tag | None) -> pa.BinaryArray:
    """Return what stands before each content, of a cell or, without a tag, of a row."""
    lengths = pc.binary_length(array)
    try:
        return _short_heads(tag).take(lengths)
    except pa.ArrowIndexError:
        pass  # one is longer; to look for that first costs as much as to take
    some = pc.dictionary_encode(lengths)
    made = [_head(tag, length) for length in some.dictionary.to_pylist()]
    return pa.array(made, pa.binary()).take(some.indices)


@cache
def _short_heads(tag: Tag | None) -> pa.BinaryArray:
    return pa.array([_head(tag, length) for length in range(SHORT)], pa.binary())


def _head(tag: Tag | None, length: int) -> bytes:
    return row_head(length) if tag is None else cell_head(tag, length)


def _texts(column: OpenColumn, rows: int) -> pa.BinaryArray:
    return as_array(column, pa.binary(), rows)


def _flags(column: OpenColumn, rows: int) -> pa.BooleanArray:
    return as_array(column, pa.bool_(), rows)


def _decimals(column: OpenColumn, rows: int) -> pa.BinaryArray:
    numbers = as_array(column, pa.int64(), rows)
    return numbers.cast(pa.string()).cast(pa.binary())


def _doubles(column: OpenColumn, rows: int) -> pa.BinaryArray:
    """Return doubles as eight bytes each, the highest first."""
    values = struct.unpack(f"<{rows}d", column.data)
    data = pa.py_buffer(struct.pack(f">{rows}d", *values))
    validity = None if column.validity is None else pa.py_buffer(column.validity)
    kind = pa.binary(8)
    found = pa.Array.from_buffers(kind, rows, [validity, data], column.nulls)
    return found.cast(pa.binary())


_READ = {
    Storage.UTF8: _texts,
    Storage.BOOL: _flags,
    Storage.INT64: _decimals,
    Storage.FLOAT64: _doubles,
}
_TAGS = {
    Storage.UTF8: Tag.TEXT,
    Storage.INT64: Tag.NUMBER,
    Storage.FLOAT64: Tag.DOUBLE,
}


def _octets(array: pa.BinaryArray) -> memoryview:
    """Return all contents of an array that begins at its buffer's start."""
    _, offsets, data = array.buffers()
    if data is None:
        return memoryview(b"")
    (end,) = struct.unpack_from("<i", offsets, 4 * len(array))
    return memoryview(data)[:end]
