# SPDX-License-Identifier: Apache-2.0
"""An opened table as an Arrow batch, without copying its buffers.

Rules: the columns are the catalogue's, in its order, whatever a device sent: one that
is missing is null; one that is unknown, of another type or not allowed is counted and
not shown;
a time outside the calendar becomes null, so no device can spoil a fleet's query.
Not here: which rows still hold (`server/reader/fold.py`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from wire.body import OpenColumn, OpenTable
from wire.catalogue import Column, Dataset, Storage, ValueType, storage
from wire.limits import BODY_ROWS

DEVICE = "device"
LABEL = "device_label"
OBSERVED = "observed"
OUT_OF_RANGE = "time-out-of-range"
"""Why a time is not shown."""
_TIME = pa.timestamp("s")
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, where calendars and ISO 8601 end."""
_TYPES = {
    Storage.UTF8: pa.string(),
    Storage.BOOL: pa.bool_(),
    Storage.INT64: pa.int64(),
    Storage.FLOAT64: pa.float64(),
}
_OWN = ((DEVICE, pa.string()), (LABEL, pa.string()), (OBSERVED, _TIME))
WHOSE = pa.dictionary(pa.int32(), pa.string())
"""The type of device and label where rows are kept: a fleet's would fill more memory
than the rows."""
OWN_NAMES = tuple(name for name, _ in _OWN)
"""Columns of ours, in front of each table."""


def arrow_type(value_type: ValueType) -> pa.DataType:
    """Return the Arrow type of a value type; times are seconds in UTC."""
    if value_type is ValueType.TIMESTAMP:
        return _TIME
    return _TYPES[storage(value_type)]


def schema(dataset: Dataset) -> pa.Schema:
    """Return the schema that SQL sees of a dataset: three columns of ours, then its.

    A declared column that has one of our names is shown with `dataset.` before it.
    """
    declared = [
        (shown_name(dataset, column.name), arrow_type(column.type))
        for column in dataset.columns
    ]
    return pa.schema([*_OWN, *declared])


def shown_name(dataset: Dataset, column: str) -> str:
    """Return the name under which a declared column is shown."""
    return f"{dataset.name}.{column}" if column in OWN_NAMES else column


def to_batch(
    table: OpenTable,
    dataset: Dataset,
    allowed: Collection[str],
    skipped: Counter[str],
    rows: Sequence[int] | None = None,
    shown: Collection[str] | None = None,
) -> pa.RecordBatch:
    """Return the rows with the catalogue's columns, over the same buffers.

    Args:
        table: as opened.
        dataset: its declaration in this release's catalogue.
        allowed: names of the columns that may be shown; the others are null.
        skipped: takes what is not shown, by reason.
        rows: only these, in this order; all of them, uncopied, where it is None.
        shown: names under which columns are shown: only these; all where it is None.
    """
    found = {column.name: column for column in table.columns}
    arrays = {}
    for column in dataset.columns:
        sent = found.pop(column.name, None)
        name = shown_name(dataset, column.name)
        if shown is not None and name not in shown:
            continue
        if sent is not None and column.name not in allowed:
            skipped["column-not-in-policy"] += 1
            sent = None
        if sent is not None and sent.type is not column.type:
            skipped["column-of-another-type"] += 1
            sent = None
        array = _array(sent, column, table.rows)
        if rows is not None and len(rows) < table.rows:
            array = array.take(pa.array(rows, pa.int64()))
        arrays[name] = _in_calendar(array, skipped) if array.type == _TIME else array
    skipped["unknown-column"] += len(found)
    return _batch(arrays)


def _array(sent: OpenColumn | None, column: Column, rows: int) -> pa.Array:
    kind = arrow_type(column.type)
    return _nulls(kind, rows) if sent is None else as_array(sent, kind, rows)


def as_array(sent: OpenColumn, kind: pa.DataType, rows: int) -> pa.Array:
    """Return a column as an array over the same buffers.

    Args:
        sent: as opened.
        kind: a type of its layout.
        rows: of its table.
    """
    views = [sent.validity, sent.data]
    if sent.offsets is not None:
        views.insert(1, sent.offsets)
    buffers = [None if view is None else pa.py_buffer(view) for view in views]
    return pa.Array.from_buffers(kind, rows, buffers, sent.nulls)


def _nulls(kind: pa.DataType, rows: int) -> pa.Array:
    """Return nulls; a device that sends rows without columns costs no memory here."""
    return _most_nulls(kind).slice(0, rows)


@cache
def _most_nulls(kind: pa.DataType) -> pa.Array:
    return pa.nulls(BODY_ROWS, kind)


def _in_calendar(times: pa.Array, skipped: Counter[str]) -> pa.Array:
    """Return times with those outside the calendar replaced by null."""
    seconds = times.view(pa.int64())
    ends = pc.min_max(seconds).as_py()
    if ends["min"] is None or (ends["min"] >= 0 and ends["max"] <= _LAST_SECOND):
        return times
    inside = pc.and_(pc.greater_equal(seconds, 0), pc.less_equal(seconds, _LAST_SECOND))
    skipped[OUT_OF_RANGE] += pc.sum(pc.invert(inside)).as_py()
    return pc.if_else(inside, times, pa.scalar(None, _TIME))


def with_origin(
    batch: pa.RecordBatch,
    rows: int,
    device: bytes,
    label: str,
    created: Sequence[int],
    shown: Collection[str] | None = None,
) -> pa.RecordBatch:
    """Return a batch with the columns that say of which device and when.

    Args:
        batch: the dataset's own columns, maybe none.
        rows: how many.
        device: 16 bytes.
        label: the device's name for people.
        created: when the envelope of each row was made; one for all of them where there
            is just one.
        shown: names of columns: only these; all where it is None.
    """
    wanted = OWN_NAMES if shown is None else [one for one in OWN_NAMES if one in shown]
    arrays: dict[str, pa.Array] = {}
    for name in wanted:
        if name == OBSERVED:
            arrays[name] = _times(created, rows)
        else:
            arrays[name] = _same(device.hex() if name == DEVICE else label, rows)
    arrays |= {
        name: column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if shown is None or name in shown
    }
    return _batch(arrays or {OBSERVED: _times(created, rows)})


def _times(created: Sequence[int], rows: int) -> pa.Array:
    moments = [moment if moment <= _LAST_SECOND else None for moment in created]
    times = pa.array(moments, _TIME)
    return pa.repeat(times[0], rows) if len(moments) == 1 else times


def _batch(arrays: Mapping[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([*arrays.values()], names=[*arrays])


def _same(text: str, rows: int) -> pa.DictionaryArray:
    places = pa.repeat(pa.scalar(0, WHOSE.index_type), rows)
    return pa.DictionaryArray.from_arrays(places, pa.array([text], WHOSE.value_type))
