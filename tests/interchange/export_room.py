# SPDX-License-Identifier: Apache-2.0
"""Tables for writers, and a collector whose tables are exported by the real command.

Rules: the catalogue, the store, the reader and the command are the real ones.
Not here: what others make of what was written (`test_*.py`).
"""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence

from reader_fixture import CATALOGUE

from agent.collectors import collector
from agent.diagnostics import source
from server.formats import choosing
from server.formats.tables import About, Column, Row, Table
from server.query.kinds import KINDS
from server.reader.arrow import schema
from wire.catalogue import ValueType

MADE = 1_795_867_200
"""2026-11-28T12:00:00Z."""
ABOUT = About("support", MADE, "0.1.0")
DEVICE = "0f" * 16
OWN = {
    "device": DEVICE,
    "device_label": "Reception",
    "observed": "2026-11-28T11:00:00Z",
}


def dataset_table(name: str, rows: Iterable[Mapping[str, object]]) -> Table:
    """Return a whole table of a dataset; what a row does not name is null or ours."""
    fields = schema(CATALOGUE.datasets[name])
    columns = tuple(Column(field.name, KINDS[field.type]) for field in fields)
    filled = [{**OWN, **row} for row in rows]
    strange = {key for row in filled for key in row} - {one.name for one in columns}
    assert not strange, f"{name} has no column {strange}"
    cells = [[row.get(column.name) for column in columns] for row in filled]
    return Table(name, columns, cells, CATALOGUE.datasets[name])


def result_table(columns: Sequence[tuple[str, str]], rows: Iterable[Row]) -> Table:
    """Return the result of a query."""
    return Table("result", tuple(Column(*pair) for pair in columns), rows)


def written(form: str, *tables: Table) -> bytes:
    """Return what a format makes of tables."""
    out = io.BytesIO()
    choosing.named(form).write(iter(tables), ABOUT, out)
    return out.getvalue()


def example_rows(name: str) -> list[dict[str, object]]:
    """Return the rows of a dataset's examples, as the reader tells them."""
    if CATALOGUE.datasets[name].diagnostic:
        examples = tuple(case.example for case in source(name).examples)
    else:
        examples = collector(name).load_examples()
    return [
        {
            column: _told(name, column, value)
            for column, value in row.items()
            if value is not None
        }
        for example in examples
        for row in example.rows
    ]


def _told(name: str, column: str, value: object) -> object:
    declared = CATALOGUE.datasets[name].column(column)
    if declared is None or declared.type is not ValueType.TIMESTAMP:
        return value
    assert isinstance(value, int)
    return dt.datetime.fromtimestamp(value, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
