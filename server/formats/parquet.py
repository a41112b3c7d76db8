# SPDX-License-Identifier: Apache-2.0
"""Apache Parquet, through Arrow, which the reader has anyway.

Rules: each column keeps its type; what Parquet has no plain type for is its JSON text;
times are instants in UTC; the file says for which purpose it was opened, and when.
Not here: reading such files.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from server.formats.tables import About, Row, Table, every, instant
from server.query import render

NAME = "parquet"
SINGLE = True
BINARY = True
unfit = every
GROUP_ROWS = 50_000
"""Rows of a group: what is held at a time; DuckDB and Spark read groups in parallel."""
_WIDEST_INTEGER = 38
"""Digits of DuckDB's HUGEINT, which sums are."""

_Cell = Callable[[object], object]


def _as_is(value: object) -> object:
    return value


def _number(value: object) -> object:
    """Return a number; what is not finite came as a text."""
    if isinstance(value, str):
        return float(value) if value in {"nan", "inf", "-inf"} else math.nan
    return value


def _text(value: object) -> object:
    return None if value is None else render.plain(value)


_INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: dict[str, tuple[pa.DataType, _Cell]] = {
    "VARCHAR": (pa.string(), _as_is),
    "BOOLEAN": (pa.bool_(), _as_is),
    "INTEGER": (pa.int32(), _as_is),
    "BIGINT": (pa.int64(), _as_is),
    "HUGEINT": (pa.decimal128(_WIDEST_INTEGER, 0), _as_is),
    "FLOAT": (pa.float64(), _number),
    "DOUBLE": (pa.float64(), _number),
    "TIMESTAMP_S": (_INSTANT, instant),
    "TIMESTAMP": (_INSTANT, instant),
    "TIMESTAMP WITH TIME ZONE": (_INSTANT, instant),
}
_OTHER: tuple[pa.DataType, _Cell] = (pa.string(), _text)


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write one table; see `tables.Format`."""
    for table in tables:
        told = {
            "discreet.purpose": about.purpose,
            "discreet.made": str(about.made),
            "discreet.release": about.release,
            "discreet.table": table.name,
        }
        kinds = [_TYPES.get(column.type, _OTHER) for column in table.columns]
        names = render.unique([column.name for column in table.columns])
        fields = [
            pa.field(name, kind) for name, (kind, _) in zip(names, kinds, strict=True)
        ]
        schema = pa.schema(fields, metadata=told)
        with pq.ParquetWriter(out, schema, compression="zstd") as file:
            for rows in _groups(table.rows):
                file.write_batch(_batch(rows, kinds, schema))


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while group := list(islice(left, GROUP_ROWS)):
        yield group


def _batch(
    rows: Sequence[Row],
    kinds: Sequence[tuple[pa.DataType, _Cell]],
    schema: pa.Schema,
) -> pa.RecordBatch:
    arrays = []
    for values, (kind, cell) in zip(zip(*rows, strict=True), kinds, strict=True):
        cells = values if cell is _as_is else [cell(value) for value in values]
        arrays.append(pa.array(cells, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
