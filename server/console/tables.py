# SPDX-License-Identifier: Apache-2.0
"""Rows of a reading, whole: the first ones for a page, and all as a file to be taken.

Rules: a cell of the file is text that hides nothing: no control character, nothing that
turns the line around it, no formula of a spreadsheet.
Not here: what is read (`server/reader`), how a cell is made (`server/query/render.py`,
on a page `reading.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starlette.responses import Response

from server.console.bounds import SHOWN_ROWS
from server.console.reading import Table
from server.errors import UnreachableError
from server.query import render

CSV = "text/csv"
Message = dict[str, object]


@dataclass(frozen=True, slots=True)
class Read:
    """A result, whole.

    Attributes:
        names: of the columns.
        rows: as the reader gave them.
        end: what the reader says of the reading.
    """

    names: tuple[str, ...]
    rows: list[list[object]]
    end: Message


def read(messages: Iterator[Message]) -> Read:
    """Return all that the reader says.

    Raises:
        ServerError: what the reader says is wrong, as its own class.
    """
    columns, rows, end = _lists(next(messages, {}), "columns"), [], None
    for message in messages:
        found = message.get("end")
        if isinstance(found, dict):
            end = {str(name): value for name, value in found.items()}
        rows += _lists(message, "rows")
    if end is None:
        msg = "the reader went away before its end"
        raise UnreachableError(msg)
    return Read(tuple(str(column[0]) for column in columns), rows, end)


def shown(name: str, found: Read) -> Table:
    """Return what a page shows of a result: the first rows.

    Args:
        name: of the table.
        found: the result.
    """
    columns, rows = list(found.names), found.rows[:SHOWN_ROWS]
    return Table(name, columns, SHOWN_ROWS, rows, len(found.rows))


def download(name: str, names: Iterable[str], rows: Iterable[list[object]]) -> Response:
    """Return a result as a CSV file.

    Args:
        name: of the file, without its ending: digits, letters and hyphens.
        names: of the columns.
        rows: as the reader gave them.
    """
    body = "".join(f"{line}\r\n" for line in render.csv(list(names), rows))
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}.csv"',
    }
    return Response(body, headers=headers, media_type=CSV)


def _lists(message: Message, name: str) -> list[list[object]]:
    found = message.get(name, [])
    return [list(row) for row in found] if isinstance(found, list) else []
