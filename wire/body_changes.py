# SPDX-License-Identifier: Apache-2.0
"""The changes of a delta: one operation and one row number for each of its rows.

Rules: numbers rise, so no row is named twice; what is added follows what is changed or
removed and takes numbers without a hole; so one change has one form.
Not here: the columns (`wire/body.py`), what a number stands for (the reader's fold).
"""

import struct
from collections.abc import Sequence
from itertools import pairwise

from wire import limits
from wire.body_head import Op
from wire.errors import BodyError

NUMBER_BYTES = 4


def pack(ops: Sequence[Op], numbers: Sequence[int]) -> tuple[bytes, bytes]:
    """Return the two buffers of a delta's changes.

    Raises:
        BodyError: they are not in their one form.
    """
    _check(ops, numbers)
    return (
        bytes(op.value for op in ops),
        struct.pack(f"<{len(numbers)}I", *numbers),
    )


def unpack(ops: bytes, numbers: bytes) -> tuple[tuple[Op, ...], tuple[int, ...]]:
    """Return the changes that two buffers hold; `numbers` is 4 bytes for each of `ops`.

    Raises:
        BodyError: an operation is unknown, or they are not in their one form.
    """
    try:
        known = tuple(map(Op, ops))
    except ValueError:
        msg = "an operation is unknown"
        raise BodyError(msg) from None
    found = struct.unpack(f"<{len(known)}I", numbers)
    _check(known, found)
    return known, found


def removed(ops: Sequence[Op]) -> int:
    """Return the rows that are removed as a bitmap whose lowest bit is the first's."""
    digits = "".join("1" if op is Op.REMOVE else "0" for op in reversed(ops))
    return int("0" + digits, 2)


def _check(ops: Sequence[Op], numbers: Sequence[int]) -> None:
    if numbers and not 0 <= numbers[0] <= numbers[-1] <= limits.ROW_NUMBER:
        msg = "a row number is over its bound"
        raise BodyError(msg)
    for (before, a), (op, b) in pairwise(zip(ops, numbers, strict=True)):
        if a >= b:
            msg = "row numbers do not rise"
            raise BodyError(msg)
        if before is Op.ADD and (op is not Op.ADD or b != a + 1):
            msg = "an added row has not the next number"
            raise BodyError(msg)
