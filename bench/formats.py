# SPDX-License-Identifier: Apache-2.0
"""How many rows a second each format is written at, beside a plain writer's.

Rules: the same rows in turn, once through the format and once through the floor: the
standard library's JSON or CSV, Arrow's own Parquet of a table that is ready; processor
time, of the writer alone.
Not here: opening rows (`bench/reading.py`), whether others can read what was written
(`tests/interchange`).
"""

import csv
import io
import json
import time
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from agent.catalogue import declared
from bench.measure import Figure, publish
from server.formats import choosing
from server.formats.tables import About, Column, Row, Table
from server.query.kinds import KINDS
from server.reader.arrow import schema

ROWS = 20_000
ROUNDS = 5
_ABOUT = About("support", 1_795_867_200, "bench")
_OWN = ("0f" * 16, "Reception", "2026-11-28T11:00:00Z")
_DATASETS = {
    "cyclonedx": ("software", 2_000),
    "ocsf": ("logins", ROWS),
    "otlp-metrics": ("host_metrics", ROWS // 5),
}
"""What is written where it is not log lines: a machine's packages, sign-ins, and rows
of thirty numbers each."""

Floor = Callable[[Table, Sequence[Row]], object]


def _json(table: Table, rows: Sequence[Row]) -> object:
    names = [column.name for column in table.columns]
    out = io.BytesIO()
    for row in rows:
        out.write(json.dumps(dict(zip(names, row, strict=True))).encode() + b"\n")
    return out


def _csv(table: Table, rows: Sequence[Row]) -> object:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    csv.writer(out).writerows([[column.name for column in table.columns], *rows])
    return out


def _parquet(table: Table, rows: Sequence[Row]) -> object:
    del table, rows
    return pq.write_table(_READY["table"], io.BytesIO(), compression="zstd")


_READY: dict[str, pa.Table] = {}
_JSON = ("the standard library's JSON of the rows", _json)
_FLOORS: dict[str, tuple[str, Floor]] = {
    "csv": ("the standard library's CSV, formulas and all", _csv),
    "parquet": ("Arrow's Parquet of a table that is ready", _parquet),
}


def table_of(name: str, count: int) -> tuple[Table, list[list[object]]]:
    """Return a table of a dataset and its rows, as the reader tells them."""
    dataset = declared().datasets[name]
    columns = tuple(Column(one.name, KINDS[one.type]) for one in schema(dataset))
    rows = [
        [*_OWN, *(_value(column, number) for column in columns[len(_OWN) :])]
        for number in range(count)
    ]
    return Table(name, columns, rows, dataset), rows


def _value(column: Column, number: int) -> object:
    """Return a value such as devices send; most columns hold few different ones."""
    if column.name == "message":
        return f"Started session {number} of user_7f3k9q2m, it took {number % 97} ms."
    if column.name == "purl":
        return f"pkg:deb/debian/package-{number}@1.{number % 50}?arch=amd64"
    if column.name == "name":
        return f"package-{number}"
    return {
        "VARCHAR": f"{column.name}-{number % 7}",
        "BOOLEAN": number % 2 == 0,
        "BIGINT": 1 + number % 20,
        "DOUBLE": number / 7,
        "TIMESTAMP_S": f"2026-11-28T10:{number // 60 % 60:02}:{number % 60:02}Z",
    }[column.type]


def figures() -> list[Figure]:
    """Measure every format."""
    return [_measured(name) for name in choosing.NAMES]


def _measured(form: str) -> Figure:
    dataset, count = _DATASETS.get(form, ("event_logs", ROWS))
    table, rows = table_of(dataset, count)
    chosen = choosing.named(form)
    floor_name, floor = _FLOORS.get(form, _JSON)
    names = [column.name for column in table.columns]
    cells = zip(*rows, strict=True)
    _READY["table"] = pa.table(dict(zip(names, map(list, cells), strict=True)))
    ours, floors = [], []
    for _ in range(ROUNDS):
        ours.append(
            count / _seconds(lambda: chosen.write([table], _ABOUT, io.BytesIO()))
        )
        floors.append(count / _seconds(lambda: floor(table, rows)))
    pairs = tuple(a / b for a, b in zip(ours, floors, strict=True))
    what = f"{form}, of {dataset}"
    return Figure(what, max(ours), "rows/s", max(floors), floor_name, pairs)


def _seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one call."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    """Print the figures and write them."""
    found = figures()
    publish("Formats: more is better", "formats", found)


if __name__ == "__main__":
    main()
