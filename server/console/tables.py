# SPDX-License-Identifier: Apache-2.0
"""Rows of a reading, as a page shows them and as a file that is taken.

Rules: a cell is text that hides nothing: no control character, nothing that turns the
line around it, no formula of a spreadsheet; a page shows a bounded number of rows.
Not here: what is read (`server/reader`), how a cell is made (`server/query/render.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starlette.responses import Response

from server.console.bounds import SHOWN_ROWS
from server.errors import UnreachableError
from server.query import render

Message = dict[str, object]
_NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A result, for a page.

    Attributes:
        names: of the columns.
        rows: cells as text, the first ones.
        more: how many rows are not shown.
        end: what the reader says of the reading.
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    more: int
    end: Message


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


def shown(found: Read) -> Shown:
    """Return a result as a page shows it."""
    cells = [[_cell(cell) for cell in row] for row in found.rows[:SHOWN_ROWS]]
    more = max(0, len(found.rows) - SHOWN_ROWS)
    names = tuple(render.plain(name) for name in found.names)
    return Shown(names, cells, more, found.end)


def _cell(value: object) -> str:
    return _NONE if value is None else render.plain(value)


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
    return Response(body, headers=headers, media_type="text/csv")


def _lists(message: Message, name: str) -> list[list[object]]:
    found = message.get(name, [])
    return [list(row) for row in found] if isinstance(found, list) else []
