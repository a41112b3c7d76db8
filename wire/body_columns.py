# SPDX-License-Identifier: Apache-2.0
"""A decoded column: its buffers in Arrow's layout, checked, and its values.

Rules: one form for each content: nulls hold zeros, bits past the last row are zero,
numbers are finite, text is UTF-8; cells are looked at all at once, for a fleet's
reading opens a hundred million of them.
Not here: where a column's buffers are in a body (`body.py`).
"""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from operator import not_, sub

from wire.catalogue import Storage, ValueType, storage
from wire.errors import BodyError
from wire.values import Value


@dataclass(frozen=True, slots=True)
class OpenColumn:
    """A decoded column; buffers are views into the body, in Arrow's layout."""

    name: str
    type: ValueType
    nulls: int
    validity: memoryview | None
    offsets: memoryview | None
    data: memoryview


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


def check(column: OpenColumn, rows: int, gone: int) -> None:
    """Refuse every second form of the same content; `gone` are the removed rows.

    Raises:
        BodyError: it is one.
    """
    valid = _bits(column.validity, rows) if column.validity is not None else -1
    if valid & gone:
        msg = f"column {column.name}: a removed row has a value"
        raise BodyError(msg)
    if column.validity is not None and rows - valid.bit_count() != column.nulls:
        msg = f"column {column.name}: the null count is not its bitmap's"
        raise BodyError(msg)
    layout, held = storage(column.type), False
    if layout is Storage.BOOL:
        # by arithmetic on whole bitmaps: a small frame can hold a thousand of them
        held = bool(_bits(column.data, rows) & ~valid)
    elif layout is Storage.UTF8:
        offsets = _offsets(column, rows)
        if not bytes(column.data).isascii():
            _texts(column, offsets)
        if column.validity is not None:
            lengths = map(sub, offsets[1:], offsets)
            held = any(compress(lengths, _missing(column.validity, rows)))
    elif column.validity is not None:
        numbers = _numbers(column, rows)
        held = any(map(_holds, compress(numbers, _missing(column.validity, rows))))
    elif layout is Storage.FLOAT64:
        _numbers(column, rows)  # refuses those that are not finite
    if held:
        msg = f"column {column.name}: a null holds a value"
        raise BodyError(msg)


def _missing(validity: memoryview, rows: int) -> Iterable[bool]:
    """Return of each row whether it is null."""
    return map(not_, _flags(validity, rows))


def _holds(raw: float) -> bool:
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
        values = [*_texts(column, _offsets(column, rows))]
    elif layout is Storage.BOOL:
        values = list(_flags(column.data, rows))
    else:
        values = [*_numbers(column, rows)]
    if column.validity is not None:
        valid = _flags(column.validity, rows)
        values = [v if ok else None for v, ok in zip(values, valid, strict=True)]
    return values


def _numbers(column: OpenColumn, rows: int) -> tuple[float, ...]:
    """Return a column's numbers, whole or not; zeros for nulls."""
    if storage(column.type) is Storage.INT64:
        return struct.unpack(f"<{rows}q", column.data)
    doubles = struct.unpack(f"<{rows}d", column.data)
    if not all(map(math.isfinite, doubles)):
        msg = f"column {column.name}: a number is not finite"
        raise BodyError(msg)
    return doubles


def _offsets(column: OpenColumn, rows: int) -> tuple[int, ...]:
    """Return where each text begins, and where the last one ends."""
    if column.offsets is None:
        msg = f"column {column.name}: text without offsets"
        raise BodyError(msg)
    offsets = struct.unpack(f"<{rows + 1}i", column.offsets)
    if offsets[0] != 0 or offsets[-1] != len(column.data):
        msg = f"column {column.name}: offsets do not span the data"
        raise BodyError(msg)
    if sorted(offsets) != [*offsets]:
        msg = f"column {column.name}: offsets go backwards"
        raise BodyError(msg)
    return offsets


def _texts(column: OpenColumn, offsets: Sequence[int]) -> list[str]:
    try:
        return [str(column.data[a:b], "utf-8") for a, b in pairwise(offsets)]
    except UnicodeDecodeError:
        msg = f"column {column.name}: text is not UTF-8"
        raise BodyError(msg) from None
