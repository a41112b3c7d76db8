# SPDX-License-Identifier: Apache-2.0
"""The columnar body: tables of records in Arrow's buffer layout.

Rules: `u32 head length || head (CBOR) || zeros to 8 || buffers`, each buffer starting
at a multiple of 8 with zeros before it; one form for each content: nulls hold zeros,
bits past the last row are zero, numbers are finite; only Records go in.
Not here: compression and padding (`wire/frame.py`).
Source: Arrow columnar format, "Fixed-size primitive" and "Variable-size binary".
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from wire import body_changes, limits
from wire.body_head import (
    BODY_HEAD,
    BodyHead,
    ColumnHead,
    Mode,
    Note,
    Op,
    TableHead,
)
from wire.catalogue import Column, Dataset, Storage, ValueType, storage
from wire.errors import BodyError, LimitError
from wire.record import Record
from wire.values import Value

__all__ = [
    "Mode",
    "Note",
    "Op",
    "OpenBody",
    "OpenColumn",
    "OpenTable",
    "Table",
    "decode",
    "encode",
    "values_of",
]
_LENGTH = struct.Struct(">I")
ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class Table:
    """Records of one dataset, to be encoded.

    Attributes:
        dataset: the declaration.
        columns: the columns to write, in order, all declared by the dataset.
        records: the rows; None for one that a delta removes.
        mode: what the rows are.
        ops: one operation a row, for a delta only.
        state: SHA-256 of a snapshot's whole state.
        numbers: one row number a row, for a delta only.
    """

    dataset: Dataset
    columns: tuple[Column, ...]
    records: Sequence[Record | None]
    mode: Mode
    ops: tuple[Op, ...] = ()
    state: bytes | None = None
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenColumn:
    """A decoded column; buffers are views into the body, in Arrow's layout."""

    name: str
    type: ValueType
    nulls: int
    validity: memoryview | None
    offsets: memoryview | None
    data: memoryview


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A decoded table."""

    dataset: str
    mode: Mode
    rows: int
    columns: tuple[OpenColumn, ...]
    ops: tuple[Op, ...]
    state: bytes | None
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenBody:
    """A decoded body."""

    tables: tuple[OpenTable, ...]
    notes: tuple[Note, ...]


def encode(tables: Sequence[Table], notes: Sequence[Note], purpose: str) -> bytes:
    """Return the body of these tables.

    Args:
        tables: one for each dataset.
        notes: withholdings.
        purpose: the envelope's purpose; every record must be for it.

    Raises:
        TypeError: something other than a Record of that dataset and purpose.
        BodyError: a name stands twice, a column is not declared or a value is not of
            its type.
        LimitError: too many rows, columns or bytes.
    """
    if len(tables) > limits.BODY_TABLES or len(notes) > limits.NOTE_COUNT:
        msg = "too many tables or notes for one body"
        raise LimitError(msg)
    buffers: list[bytes] = []
    _refuse_twice([table.dataset.name for table in tables], "a body")
    heads = tuple(_encode_table(table, purpose, buffers) for table in tables)
    return assembled(BodyHead(heads, tuple(notes)), buffers)


def assembled(content: BodyHead, buffers: Sequence[bytes]) -> bytes:
    """Return a body of a head and its buffers, each at its alignment.

    Raises:
        LimitError: the head is too long.
    """
    head = BODY_HEAD.encode(content)
    if len(head) > limits.HEAD_BYTES:
        msg = f"a body's head is at most {limits.HEAD_BYTES} bytes"
        raise LimitError(msg)
    parts = [_LENGTH.pack(len(head)), head]
    at = _LENGTH.size + len(head)
    for buffer in buffers:
        gap = -at % ALIGNMENT
        parts += (b"\x00" * gap, buffer)
        at += gap + len(buffer)
    return b"".join(parts)


def _encode_table(table: Table, purpose: str, buffers: list[bytes]) -> TableHead:
    rows = len(table.records)
    if rows > limits.BODY_ROWS or len(table.columns) > limits.BODY_COLUMNS:
        msg = f"{table.dataset.name}: too many rows or columns for one body"
        raise LimitError(msg)
    changes = rows if table.mode is Mode.DELTA else 0
    if len(table.ops) != changes or len(table.numbers) != changes:
        msg = f"{table.dataset.name}: a delta has an operation and a number a row"
        raise BodyError(msg)
    if table.mode is Mode.DELTA:
        buffers += body_changes.pack(table.ops, table.numbers)
    for record, op in zip(table.records, table.ops or (Op.ADD,) * rows, strict=True):
        if record is None and op is Op.REMOVE:
            continue
        if (
            not isinstance(record, Record)
            or op is Op.REMOVE
            or record.dataset != table.dataset.name
            or record.purpose != purpose
        ):
            msg = f"{table.dataset.name}: only its Records for {purpose} are sealed"
            raise TypeError(msg)
    _refuse_twice([column.name for column in table.columns], table.dataset.name)
    heads: list[ColumnHead] = []
    for column in table.columns:
        if table.dataset.column(column.name) != column:
            msg = f"{table.dataset.name}: a column is not declared"
            raise BodyError(msg)
        values = [
            None if record is None else record.value(column.name)
            for record in table.records
        ]
        heads.append(encode_column(column.name, column.type, values, buffers))
    return TableHead(table.dataset.name, table.mode, rows, tuple(heads), table.state)


def encode_column(
    name: str, value_type: ValueType, values: list[Value], buffers: list[bytes]
) -> ColumnHead:
    """Return the head of a column; its buffers go behind those that are there."""
    nulls = values.count(None)
    if nulls:
        buffers.append(_bitmap([value is not None for value in values]))
    try:
        data = _data(storage(value_type), values, buffers)
    except (struct.error, TypeError, UnicodeEncodeError, OverflowError):
        msg = f"column {name}: a value is not of its declared type"
        raise BodyError(msg) from None  # the cause may quote data
    if len(data) > limits.BODY_BYTES:
        msg = f"column {name}: too many bytes for one body; split it by rows"
        raise LimitError(msg)
    buffers.append(data)
    return ColumnHead(name, value_type, nulls, len(data))


def _data(layout: Storage, values: list[Value], buffers: list[bytes]) -> bytes:
    rows = len(values)
    if layout is Storage.UTF8:
        texts = [b"" if v is None else str.encode(v) for v in values]  # type: ignore[arg-type]  # a wrong type raises and is refused
        offsets = [0, *accumulate(map(len, texts))]
        buffers.append(struct.pack(f"<{rows + 1}i", *offsets))
        return b"".join(texts)
    if layout is Storage.BOOL:
        if any(not isinstance(v, bool) and v is not None for v in values):
            raise TypeError
        return _bitmap([bool(v) for v in values])
    if any(isinstance(v, bool | str) for v in values):
        raise TypeError
    numbers = [0 if v is None else v for v in values]
    if layout is Storage.INT64:
        return struct.pack(f"<{rows}q", *numbers)
    if not all(math.isfinite(v) for v in numbers):  # type: ignore[arg-type]  # str was refused above
        raise TypeError
    return struct.pack(f"<{rows}d", *numbers)


def _bitmap(flags: list[bool]) -> bytes:
    """Pack flags, least significant bit first, as Arrow does."""
    digits = "".join("1" if flag else "0" for flag in reversed(flags))
    # a power of two as radix: linear, where shifting flag by flag is quadratic
    return int("0" + digits, 2).to_bytes((len(flags) + 7) // 8, "little")


def _refuse_twice(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        msg = f"{where}: a name stands twice"
        raise BodyError(msg)


class _Cursor:
    """Takes buffers off a body in order and checks the zeros between them."""

    def __init__(self, octets: bytes, at: int) -> None:
        self._view = memoryview(octets)
        self._at = at

    def take(self, length: int) -> memoryview:
        start = self._at + -self._at % ALIGNMENT
        end = start + length
        if end > len(self._view) or any(self._view[self._at : start]):
            msg = "a buffer is past the end or its alignment is not zeros"
            raise BodyError(msg)
        self._at = end
        return self._view[start:end]

    def finish(self) -> None:
        if self._at != len(self._view):
            msg = "bytes follow the last buffer"
            raise BodyError(msg)


def decode(octets: bytes) -> OpenBody:
    """Decode a body strictly; buffers are views, nothing is copied.

    Raises:
        BodyError: a rule of the layout is broken.
        DecodeError: the head is not its deterministic encoding.
    """
    if len(octets) < _LENGTH.size:
        msg = "a body is shorter than its length field"
        raise BodyError(msg)
    (length,) = _LENGTH.unpack_from(octets)
    end = _LENGTH.size + length
    if length > limits.HEAD_BYTES or end > len(octets):
        msg = "a body's head is longer than the body or its bound"
        raise BodyError(msg)
    head = BODY_HEAD.decode(octets[_LENGTH.size : end], limits.HEAD_BYTES)
    _refuse_twice([table.dataset for table in head.tables], "a body")
    cursor = _Cursor(octets, end)
    tables = tuple(_decode_table(table, cursor) for table in head.tables)
    cursor.finish()
    return OpenBody(tables, head.notes)


def _decode_table(head: TableHead, cursor: _Cursor) -> OpenTable:
    ops: tuple[Op, ...] = ()
    numbers: tuple[int, ...] = ()
    if head.mode is Mode.DELTA:
        octets = bytes(cursor.take(head.rows))
        places = bytes(cursor.take(body_changes.NUMBER_BYTES * head.rows))
        ops, numbers = body_changes.unpack(octets, places)
    _refuse_twice([column.name for column in head.columns], head.dataset)
    gone = body_changes.removed(ops)
    columns = tuple(
        _decode_column(column, head.rows, gone, cursor) for column in head.columns
    )
    return OpenTable(
        head.dataset, head.mode, head.rows, columns, ops, head.state, numbers
    )


def _decode_column(
    head: ColumnHead, rows: int, gone: int, cursor: _Cursor
) -> OpenColumn:
    bitmap = (rows + 7) // 8
    validity = cursor.take(bitmap) if head.nulls else None
    offsets = None
    layout = storage(head.type)
    if layout is Storage.UTF8:
        offsets = cursor.take(4 * (rows + 1))
    elif head.octets != (bitmap if layout is Storage.BOOL else 8 * rows):
        msg = f"column {head.name}: the data buffer has the wrong length"
        raise BodyError(msg)
    data = cursor.take(head.octets)
    column = OpenColumn(head.name, head.type, head.nulls, validity, offsets, data)
    _check_column(column, rows, gone)
    return column


def _bits(bitmap: memoryview, rows: int) -> int:
    """Return a bitmap as a number whose lowest bit is the first row's."""
    number = int.from_bytes(bitmap, "little")
    if number >> rows:
        msg = "bits past the last row are not zero"
        raise BodyError(msg)
    return number


def _flags(bitmap: memoryview, rows: int) -> list[bool]:
    number = _bits(bitmap, rows)
    return [digit == "1" for digit in reversed(f"{number:0{rows}b}")] if rows else []


def _check_column(column: OpenColumn, rows: int, gone: int) -> None:
    """Refuse every second form of the same content; `gone` are the removed rows."""
    valid = _bits(column.validity, rows) if column.validity is not None else -1
    if valid & gone:
        msg = f"column {column.name}: a removed row has a value"
        raise BodyError(msg)
    if column.validity is not None and rows - valid.bit_count() != column.nulls:
        msg = f"column {column.name}: the null count is not its bitmap's"
        raise BodyError(msg)
    if storage(column.type) is Storage.BOOL:
        # by arithmetic on whole bitmaps: a small frame can hold a thousand of them
        held = bool(_bits(column.data, rows) & ~valid)
    else:
        raw = values_of(replace(column, validity=None), rows)
        flags = _flags(column.validity, rows) if column.validity is not None else ()
        held = any(
            not ok and _holds(cell) for ok, cell in zip(flags, raw, strict=False)
        )
    if held:
        msg = f"column {column.name}: a null holds a value"
        raise BodyError(msg)


def _holds(raw: Value) -> bool:
    """Tell whether the bytes of a null are anything but zero; -0.0 is not zero."""
    return bool(raw) or (isinstance(raw, float) and math.copysign(1, raw) < 0)


def values_of(column: OpenColumn, rows: int) -> list[Value]:
    """Return the values of a decoded column; None for nulls.

    Raises:
        BodyError: text that is not UTF-8, offsets out of order, a number not finite.
    """
    layout = storage(column.type)
    values: list[Value]
    if layout is Storage.UTF8:
        values = _texts(column, rows)
    elif layout is Storage.BOOL:
        values = list(_flags(column.data, rows))
    elif layout is Storage.INT64:
        values = list(struct.unpack(f"<{rows}q", column.data))
    else:
        doubles = struct.unpack(f"<{rows}d", column.data)
        if not all(map(math.isfinite, doubles)):
            msg = f"column {column.name}: a number is not finite"
            raise BodyError(msg)
        values = list(doubles)
    if column.validity is not None:
        valid = _flags(column.validity, rows)
        values = [v if ok else None for v, ok in zip(values, valid, strict=True)]
    return values


def _texts(column: OpenColumn, rows: int) -> list[Value]:
    if column.offsets is None:
        msg = f"column {column.name}: text without offsets"
        raise BodyError(msg)
    offsets = struct.unpack(f"<{rows + 1}i", column.offsets)
    if offsets[0] != 0 or offsets[-1] != len(column.data):
        msg = f"column {column.name}: offsets do not span the data"
        raise BodyError(msg)
    if any(a > b for a, b in pairwise(offsets)):
        msg = f"column {column.name}: offsets go backwards"
        raise BodyError(msg)
    try:
        return [str(column.data[a:b], "utf-8") for a, b in pairwise(offsets)]
    except UnicodeDecodeError:
        msg = f"column {column.name}: text is not UTF-8"
        raise BodyError(msg) from None
