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
from dataclasses import dataclass
from itertools import accumulate

from wire import body_changes, limits
from wire.body_columns import OpenColumn, check, values_of
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
    check(column, rows, gone)
    return column
