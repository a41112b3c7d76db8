# SPDX-License-Identifier: Apache-2.0
"""`discreet-server query`: reads telemetry for a purpose, with SQL.

Rules: it holds no key and opens nothing, it asks the reader; what was not shown (a
destroyed key, a capped result, records a device lost) is told on standard error.
Not here: who may (`server/reader/grants.py`), the SQL's limits (`server/query`), whole
tables (`export.py`).
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server.commands import reading_options
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.formats.tables import Column

NAME = "query"
FORMATS = ("table", "json", "csv", "parquet", "pcap")
_WRITTEN = {"json": "jsonl", "csv": "csv", "parquet": "parquet"}
"""What a writer calls the format."""
_FILES = {"parquet": "Parquet", "pcap": "a capture"}
"""Formats that are not for a terminal."""
_TABLE_WIDTH = 120
"""Where the output is no terminal."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="read telemetry for a purpose; without SQL: list the tables"
    )
    reading_options.add(parser)
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument(
        *("--out", "-o"), type=Path, metavar="FILE", help="write a new file"
    )
    parser.add_argument("sql", nargs="?", default="", help="one SELECT statement")


def run(options: argparse.Namespace) -> int:
    """Ask, and show the answer."""
    from server.commands.writing import written  # noqa: PLC0415 - heavy
    from server.formats.tables import Column  # noqa: PLC0415 - heavy
    from server.reader.client import ask  # noqa: PLC0415 - heavy

    if options.format in _FILES and options.out is None:
        msg = f"{_FILES[options.format]} is a file: name one with --out"
        raise UsageError(msg)
    asked = reading_options.question(options, time.time())
    asked |= {"sql": options.sql, "file": options.out is not None}
    with written(options.out) as out:
        answers = ask(Layout(options.directory).socket, asked)
        columns = tuple(
            Column(str(name), str(kind))
            for name, kind in reading_options.rows_of(next(answers), "columns")
        )
        end: dict[str, object] = {}
        _write(options, columns, _rows(answers, end), out)
    reading_options.tell(end)
    return 0


def _rows(
    answers: Iterator[dict[str, object]], end: dict[str, object]
) -> Iterator[list[object]]:
    for message in answers:
        found = message.get("end")
        if isinstance(found, dict):
            end.update(found)
            return
        yield from reading_options.rows_of(message, "rows")


def _write(
    options: argparse.Namespace,
    columns: "tuple[Column, ...]",
    rows: Iterator[list[object]],
    out: BinaryIO,
) -> None:
    from server.formats import choosing, pcap  # noqa: PLC0415 - heavy
    from server.formats.tables import About, Table  # noqa: PLC0415 - with the above
    from server.query import render  # noqa: PLC0415 - with the above
    from wire.release import __version__  # noqa: PLC0415 - with the above

    about = About(options.purpose, int(time.time()), __version__)
    table = Table("result", columns, rows)
    if options.format == "pcap":  # of one answer: no table to export or to release
        pcap.write([table], about, out)
        return
    if options.format in _WRITTEN:
        choosing.named(_WRITTEN[options.format]).write([table], about, out)
        return
    width = _TABLE_WIDTH
    if options.out is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
    lines = render.table([column.name for column in columns], rows, width)
    out.writelines(line.encode() + b"\n" for line in lines)
