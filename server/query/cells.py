# SPDX-License-Identifier: Apache-2.0
"""A result's values as JSON: numbers, texts, booleans, null, lists and objects.

Rules: a value never fails a result: what JSON has no form for becomes text; times are
UTC in ISO 8601; a number that is not finite is text; nothing is used of Arrow for which
it would import more, for that takes the child as long as all else and it may open no
file later.
Not here: how a person sees them (`server/query/render.py`).
"""

import datetime as dt
import math
from contextlib import suppress
from decimal import Decimal

import pyarrow as pa

_PLAIN = frozenset({pa.string(), pa.bool_(), pa.int64()})
"""Types whose values JSON holds as they are; they make up most tables."""


def rows_of(batch: pa.RecordBatch) -> list[list[object]]:
    """Return the rows of a batch, each a list of values that JSON can hold."""
    columns = [_column(column) for column in batch.columns]
    return [list(row) for row in zip(*columns, strict=True)] if columns else []


def _column(column: pa.Array) -> list[object]:
    if column.type in _PLAIN:
        with suppress(ValueError):  # a text that is none fails one by one below
            found: list[object] = column.to_pylist()
            return found
    if pa.types.is_timestamp(column.type):
        # without the zone the same instant needs no time zone database
        return _times(column.view(pa.timestamp(column.type.unit)))
    return [_cell(scalar) for scalar in column]


def _times(column: pa.Array) -> list[object]:
    """Return times as texts; one that comes again, as most do, is written once."""
    known: dict[object, object] = {}
    found: list[object] = []
    for place, instant in enumerate(column.view(pa.int64()).to_pylist()):
        if instant not in known:
            known[instant] = _cell(column[place])
        found.append(known[instant])
    return found


def _cell(scalar: pa.Scalar) -> object:
    try:
        return _plain(scalar.as_py())
    except (ValueError, OverflowError, TypeError):
        return "(not shown: out of the calendar's range)"


def _plain(value: object) -> object:
    """Return a value that JSON can hold."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return _number_or_text(value)


def _number_or_text(value: object) -> float | str:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat() + "Z"
    return value.hex() if isinstance(value, bytes) else str(value)
