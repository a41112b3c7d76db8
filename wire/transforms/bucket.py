# SPDX-License-Identifier: Apache-2.0
"""bucket(size): a number or a time, rounded down to a multiple of the size.

Rules: the unit is the column's own (seconds for times, percent for ratios); rounding
is down, also below zero, so that a bucket of a bucket is a bucket.
Not here: counting rows, which is the aggregator's work.
"""

import math

from wire.catalogue import Column, ValueType
from wire.errors import TransformError
from wire.transforms.examples import CELSIUS, COUNT, RATIO, TIMESTAMP
from wire.transforms.transform import (
    Arguments,
    Hides,
    Keeps,
    Need,
    TransformContext,
    check_range,
)
from wire.values import Value, Withheld

NAME = "bucket"
MEANING = "the number or time, rounded down to a multiple of the size"

SIZE = 10**12
"""Largest bucket: a terabyte, or thirty thousand years."""
ANONYMOUS_SECONDS = 3_600
"""Finest time that is shared by many: an hour (REQUIREMENTS 2.6)."""
ANONYMOUS_SIZE = 2
"""Any coarsening of a number at all; the aggregate's k does the rest."""
_PERCENT = 100
_DECIMALS = 9
"""Hides binary noise: 0.29 * 100 is 28.999999999999996."""
_NOT_NUMBERS = frozenset({ValueType.TEXT, ValueType.BOOLEAN})


def check(arguments: Arguments, column: Column) -> None:
    """Take one size, on a column of numbers or times.

    Raises:
        TransformError: otherwise.
    """
    if column.type in _NOT_NUMBERS:
        msg = f"transform {NAME}: only for numbers and times; use truncate or drop"
        raise TransformError(msg)
    if len(arguments) != 1:
        msg = f"transform {NAME}: write bucket(3600)"
        raise TransformError(msg)
    check_range(NAME, arguments[0], 1, SIZE)


def apply(
    value: Value, arguments: Arguments, context: TransformContext
) -> Value | Withheld:
    """Return the start of the bucket that the value falls in."""
    if value is None:
        return None
    if isinstance(value, (bool, str)):
        return Withheld.WRONG_TYPE
    size = arguments[0]
    if isinstance(value, int) and context.column.type is not ValueType.RATIO:
        return value // size * size
    if not math.isfinite(value):
        return Withheld.WRONG_TYPE
    if context.column.type is ValueType.RATIO:
        percent = math.floor(round(value * _PERCENT, _DECIMALS) / size) * size
        return percent / _PERCENT
    return float(math.floor(value / size) * size)


def meet(first: Arguments, second: Arguments) -> Arguments | None:
    """Return the smallest bucket that both can be seen through."""
    size = math.lcm(first[0], second[0])
    return (size,) if size <= SIZE else None


def meets_needs(arguments: Arguments, column: Column) -> frozenset[Need]:
    """Satisfy an anonymous quasi-identifier when the bucket is coarse enough."""
    timed = column.type is ValueType.TIMESTAMP
    if arguments[0] >= (ANONYMOUS_SECONDS if timed else ANONYMOUS_SIZE):
        return frozenset({Need.QUASI_ANONYMOUS})
    return frozenset()


KEEPS = (
    Keeps(TIMESTAMP, (3600,), 1_700_000_123, 1_699_999_200),
    Keeps(COUNT, (10,), 47, 40),
    Keeps(COUNT, (10,), -3, -10),
    Keeps(RATIO, (1,), 0.29, 0.29),
    Keeps(RATIO, (10,), 0.37, 0.3),
    Keeps(CELSIUS, (5,), 43.2, 40.0),
    Keeps(COUNT, (10,), None, None),
    Keeps(CELSIUS, (5,), math.inf, Withheld.WRONG_TYPE),
)
HIDES = (
    Hides(TIMESTAMP, (3600,), 1_700_000_123, "1700000123"),
    Hides(RATIO, (10,), 0.37, "7"),
)
