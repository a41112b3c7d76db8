# SPDX-License-Identifier: Apache-2.0
"""mask: only that there is a value, or its last few characters.

Rules: the number of hidden characters does not show; at most half of a value shows.
Not here: cutting from the front (`truncate.py`).
"""

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import SERIAL, TEXT
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    check_range,
)
from wire.values import Value, Withheld

NAME = "mask"
MEANING = "*** in place of the value; mask(4) leaves its last four characters"

SHOWN = 8
"""Most characters left at the end: more would single a serial number out."""
_STARS = "***"


def check(arguments: Arguments, column: Column) -> None:
    """Take no number or one from 1 to 8, on a text column.

    Raises:
        TransformError: otherwise.
    """
    if column.type is not ValueType.TEXT:
        msg = f"transform {NAME}: only for text; use bucket or drop"
        raise TransformError(msg)
    if len(arguments) > 1:
        msg = f"transform {NAME}: write mask or mask(4)"
        raise TransformError(msg)
    for argument in arguments:
        check_range(NAME, argument, 1, SHOWN)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return stars and, where asked for, the last characters."""
    del context
    if value is None:
        return None
    if not isinstance(value, str):
        return Withheld.WRONG_TYPE
    shown = min(arguments[0], len(value) // 2) if arguments else 0
    tail = value[len(value) - shown :].encode("utf-8", "replace").decode("utf-8")
    return _STARS + tail


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the one that shows fewer characters."""
    return min(first, second)


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy the needs only when no character shows."""
    del column
    if arguments:
        return frozenset()
    return frozenset({Need.FREE_TEXT, Need.DIRECT, Need.QUASI_ANONYMOUS})


KEEPS = (
    Keeps(SERIAL, (4,), "PF3K9Q2M77", "***2M77"),
    Keeps(SERIAL, (4,), "PF3", "***3"),
    Keeps(TEXT, (), "anything", "***"),
    Keeps(TEXT, (), None, None),
)
HIDES = (
    Hides(SERIAL, (4,), "PF3K9Q2M77", "PF3K9"),
    Hides(SERIAL, (8,), "PF3K", "F3K"),
    Hides(TEXT, (), "anything", "a"),
)
