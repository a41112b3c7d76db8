# SPDX-License-Identifier: Apache-2.0
"""CSV (RFC 4180) in UTF-8, in which no cell can be a spreadsheet's formula.

Rules: one table a file, its first line names the columns.
Not here: how a cell is made safe (`server/query/render.py`).
"""

from collections.abc import Iterable
from typing import BinaryIO

from server.formats.tables import About, Table, every
from server.query import render

NAME = "csv"
SINGLE = True
BINARY = False
unfit = every


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write one table; see `tables.Format`."""
    del about  # there is no place for it
    for table in tables:
        names = [column.name for column in table.columns]
        lines = render.csv(names, table.rows)
        out.writelines(line.encode() + b"\r\n" for line in lines)
