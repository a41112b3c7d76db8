# SPDX-License-Identifier: Apache-2.0
"""JSON Lines: one object a row, in ASCII.

Rules: each line is whole by itself; of an exported dataset it says which one first.
Not here: events of a known schema (`ocsf.py`).
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from server.formats.tables import About, Row, Table, every
from server.query import render

NAME = "jsonl"
SINGLE = False
BINARY = False
unfit = every
_DATASET = "dataset"


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write tables one after the other; see `tables.Format`."""
    del about  # a line stands for itself
    for table in tables:
        names = [column.name for column in table.columns]
        rows: Iterable[Row] = table.rows
        if table.dataset is not None:
            names, rows = [_DATASET, *names], _named(table)
        lines = render.json_lines(names, rows)
        out.writelines(line.encode("ascii") + b"\n" for line in lines)


def _named(table: Table) -> Iterator[Row]:
    for row in table.rows:
        yield [table.name, *row]
