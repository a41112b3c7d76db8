# SPDX-License-Identifier: Apache-2.0
"""A second reader of bodies, from docs/spec alone.

Rules: it checks each rule of the layout by its own arithmetic; nothing of `wire`.
Not here: seals and frames (`second_seal.py`).
"""

import math
import struct
from itertools import pairwise
from typing import cast

from tests.vectors.second_cbor import read_message, refuse

_HEAD_BYTES = 262_144
_DOUBLES = {"ratio", "celsius", "real", "double-seconds"}
Fields = dict[int, object]
_WRONG = "bad-body"


class _Buffers:
    """Takes buffers in order, each at a multiple of eight."""

    def __init__(self, octets: bytes, at: int) -> None:
        self.octets, self.at = octets, at

    def take(self, length: int) -> bytes:
        start = (self.at + 7) // 8 * 8
        if any(self.octets[self.at : start]) or start + length > len(self.octets):
            refuse(_WRONG)
        self.at = start + length
        return self.octets[start : self.at]


def read_body(octets: bytes) -> tuple[list[dict[str, object]], list[Fields]]:
    """Return the tables and notes of a body."""
    length = int.from_bytes(octets[:4], "big")
    if len(octets) < 4 or length > _HEAD_BYTES or length > len(octets) - 4:
        refuse(_WRONG)
    head = read_message("body-head", octets[4 : 4 + length])
    heads = cast("list[Fields]", head[1])
    _once([table[1] for table in heads])
    buffers = _Buffers(octets, 4 + length)
    tables = [_table(table, buffers) for table in heads]
    if buffers.at != len(octets):
        refuse(_WRONG)
    return tables, cast("list[Fields]", head[2])


def _once(names: list[object]) -> None:
    if len(set(names)) < len(names):
        refuse(_WRONG)


def _table(head: Fields, buffers: _Buffers) -> dict[str, object]:
    rows, columns = cast("int", head[3]), cast("list[Fields]", head[4])
    ops, numbers = _changes(rows, buffers) if head[2] == 2 else ([], [])
    gone = {row for row, op in enumerate(ops) if op == 3}
    _once([column[1] for column in columns])
    state = cast("bytes | None", head.get(5))
    return {
        "dataset": head[1],
        "mode": head[2],
        "rows": rows,
        "ops": ops,
        "numbers": numbers,
        "state": None if state is None else state.hex(),
        "columns": [
            {
                "name": column[1],
                "type": column[2],
                "values": _column(column, rows, gone, buffers),
            }
            for column in columns
        ],
    }


def _changes(rows: int, buffers: _Buffers) -> tuple[list[int], list[int]]:
    """Return operations and row numbers: rising, what is added last and unbroken."""
    ops = list(buffers.take(rows))
    numbers = list(struct.unpack(f"<{rows}I", buffers.take(4 * rows)))
    added = ops.count(1)
    told = ops[: rows - added]
    first = numbers[rows - added] if added else 0
    if (
        not set(told) <= {2, 3}
        or numbers != sorted(set(numbers))
        or numbers[rows - added :] != list(range(first, first + added))
        or any(number >= 1 << 31 for number in numbers)
    ):
        refuse(_WRONG)
    return ops, numbers


def _bits(octets: bytes, rows: int) -> list[bool]:
    bits = [bool(octet >> bit & 1) for octet in octets for bit in range(8)]
    if any(bits[rows:]):
        refuse(_WRONG)
    return bits[:rows]


def _column(head: Fields, rows: int, gone: set[int], buffers: _Buffers) -> list[object]:
    kind, nulls, length = head[2], cast("int", head[3]), cast("int", head[4])
    bitmap = (rows + 7) // 8
    valid = _bits(buffers.take(bitmap), rows) if nulls else [True] * rows
    if valid.count(False) != nulls or any(valid[row] for row in gone):
        refuse(_WRONG)
    values: list[object]
    if kind == "text":
        offsets = struct.unpack(f"<{rows + 1}i", buffers.take(4 * rows + 4))
        values = _texts(offsets, buffers.take(length))
        zeros = [value == "" for value in values]
    elif kind == "boolean":
        if length != bitmap:
            refuse(_WRONG)
        values = list(_bits(buffers.take(length), rows))
        zeros = [value is False for value in values]
    else:
        if length != 8 * rows:
            refuse(_WRONG)
        cells = buffers.take(length)
        values = _numbers(cells, rows, "d" if kind in _DOUBLES else "q")
        zeros = [cells[8 * row : 8 * row + 8] == bytes(8) for row in range(rows)]
    if not all(ok or zero for ok, zero in zip(valid, zeros, strict=True)):
        refuse(_WRONG)
    return [value if ok else None for value, ok in zip(values, valid, strict=True)]


def _numbers(octets: bytes, rows: int, form: str) -> list[object]:
    found = struct.unpack(f"<{rows}{form}", octets)
    if not all(map(math.isfinite, found)):
        refuse(_WRONG)
    return list(found)


def _texts(offsets: tuple[int, ...], octets: bytes) -> list[object]:
    if offsets[0] or offsets[-1] != len(octets) or list(offsets) != sorted(offsets):
        refuse(_WRONG)
    try:
        return [octets[start:end].decode() for start, end in pairwise(offsets)]
    except UnicodeDecodeError:
        refuse(_WRONG)
