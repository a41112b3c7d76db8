# SPDX-License-Identifier: Apache-2.0
"""A result for people and programs: aligned table, JSON lines, CSV.

Rules: what comes from devices can neither drive a terminal nor be a spreadsheet's
formula; what is cut off says so; a table fits its terminal, JSON and CSV are whole.
Not here: asking (`server/reader/client.py`), bounds of a result (`limits.py`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import east_asian_width

_ELLIPSIS = "…"
_NULL = "-"
_GAP = "  "
_MINIMUM = 6
"""Narrowest a column is cut to, so that it still says something."""
_WIDEST = 200
"""Widest a cell is laid out; only a terminal without a width needs it."""
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full width
"""First characters that make a spreadsheet run a cell (OWASP, CSV injection)."""
_QUOTED = re.compile(r'[,"\r\n]')
"""What makes a field of a CSV one in quotes."""
_LINE_BREAKS = "\n\t"
"""Kept in CSV; a carriage return alone would let a terminal overwrite a line."""


def table(
    names: Sequence[str], rows: Iterable[Sequence[object]], width: int
) -> Iterator[str]:
    """Yield the lines of an aligned table.

    Args:
        names: of the columns.
        rows: the result.
        width: columns of the terminal; wider lines are cut, cell by cell.
    """
    cells = [[_printable(name) for name in names]]
    cells += [[_cell(value) for value in row] for row in rows]
    widths = _widths(cells, width)
    for row in cells:
        padded = map(_fit, row, widths)
        yield _GAP.join(padded).rstrip()


def json_lines(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield one JSON object a row, in ASCII; a name that stands twice gets a number."""
    single = unique(names)
    for row in rows:
        yield json.dumps(dict(zip(single, row, strict=True)), ensure_ascii=True)


def csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    r"""Yield the lines of a CSV (RFC 4180), without their `\r\n`.

    A text that a spreadsheet would run gets a leading `'`; numbers stay numbers.
    """
    yield ",".join(_field(name) for name in names)
    for row in rows:
        yield ",".join(_field(value) for value in row)


def unique(names: Sequence[str]) -> list[str]:
    """Return the names; one that stands twice gets a number."""
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            free, number = f"{name}_{number}", number + 1
        found.append(free)
    return found


def _field(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        text = plain(value)
        if isinstance(value, (bool, int, float)):
            return text
    else:
        text = value
    text = _printable(text, keep=_LINE_BREAKS)
    if text.startswith(_FORMULA):
        text = "'" + text
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _cell(value: object) -> str:
    if value is None:
        return _NULL
    text = plain(value)
    return _printable(text if len(text) <= _WIDEST else text[: _WIDEST - 1] + _ELLIPSIS)


def plain(value: object) -> str:
    """Return a value as a text: itself, or its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _printable(text: str, keep: str = "") -> str:
    """Return a text in which no character moves a cursor or hides another."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else _escaped(char) for char in text
    )


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return column widths; the widest are cut until a row fits."""
    widths = [max(map(_columns, column)) for column in zip(*cells, strict=True)]
    room = width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _MINIMUM:
        most = max(widths)
        second = max((one for one in widths if one < most), default=_MINIMUM)
        wide = widths.count(most)
        cut = max(1, min(most - second, (sum(widths) - room) // wide))
        smaller = max(_MINIMUM, most - cut)
        widths = [smaller if one == most else one for one in widths]
    return widths


def _fit(text: str, width: int) -> str:
    taken = _columns(text)
    if taken <= width:
        return text + " " * (width - taken)
    kept = ""
    taken = 1
    for char in text:
        taken += _columns(char)
        if taken > width:
            break
        kept += char
    return kept + _ELLIPSIS + " " * (width - 1 - _columns(kept))
