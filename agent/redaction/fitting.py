# SPDX-License-Identifier: Apache-2.0
"""Holds a column's values to its declared type.

Rules: a value of another type is withheld, never converted; a number that the wire's
layout cannot carry counts as a wrong type.
Not here: what happens to a value that fits (`engine.py`).
"""

import math
from collections.abc import Sequence

from wire.catalogue import Storage, ValueType, storage
from wire.values import Value, Withheld

_LOWEST = -(2**63)
_HIGHEST = 2**63 - 1
"""The wire carries integers as 64 bits with a sign."""

_FAST: dict[Storage, frozenset[type]] = {
    Storage.UTF8: frozenset({str, type(None)}),
    Storage.BOOL: frozenset({bool, type(None)}),
    Storage.INT64: frozenset({int, type(None)}),
    Storage.FLOAT64: frozenset({float, type(None)}),
}


def fit_values(
    values: Sequence[Value | Withheld], value_type: ValueType
) -> list[Value | Withheld]:
    """Return the values, with a reason in place of each that does not fit.

    Args:
        values: the raw values of one column, or reasons already given.
        value_type: the column's declared type.
    """
    layout = storage(value_type)
    if _all_fit(values, layout):
        return list(values)
    return [fit_value(value, layout) for value in values]


def _all_fit(values: Sequence[Value | Withheld], layout: Storage) -> bool:
    """Tell in a few passes of C whether every value fits as it is."""
    if not _FAST[layout].issuperset(set(map(type, values))):
        return False
    present = [value for value in values if value is not None]
    if layout is Storage.BOOL or not present:
        return True
    if layout is Storage.UTF8:
        return "".join(map(str, present)).isascii()
    numbers = [value for value in present if isinstance(value, (int, float))]
    if layout is Storage.FLOAT64:
        return all(map(math.isfinite, numbers))
    return min(numbers) >= _LOWEST and max(numbers) <= _HIGHEST


def fit_value(value: Value | Withheld, layout: Storage) -> Value | Withheld:
    """Return the value as the layout carries it, or the reason why it cannot be."""
    if value is None or isinstance(value, Withheld):
        return value
    if layout is Storage.UTF8:
        if not isinstance(value, str):
            return Withheld.WRONG_TYPE
        return value.encode("utf-8", "replace").decode("utf-8")
    if layout is Storage.BOOL or isinstance(value, (bool, str)):
        fits = layout is Storage.BOOL and isinstance(value, bool)
        return value if fits else Withheld.WRONG_TYPE
    if layout is Storage.FLOAT64:
        return _finite(value)
    fits = isinstance(value, int) and _LOWEST <= value <= _HIGHEST
    return value if fits else Withheld.WRONG_TYPE


def _finite(value: float) -> Value | Withheld:
    try:
        number = float(value)
    except OverflowError:
        return Withheld.WRONG_TYPE
    return number if math.isfinite(number) else Withheld.WRONG_TYPE
