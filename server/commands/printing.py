# SPDX-License-Identifier: Apache-2.0
"""How commands show things: aligned tables, ISO-8601 UTC, short ids, JSON.

Rules: text that came from a device or a person is printed without control characters,
so it cannot drive a terminal; JSON has whole ids and the same names every time.
Not here: what is shown.
"""

import datetime as dt
import json
import sys
from collections.abc import Sequence

SHORT_CHARS = 12
"""Hexadecimal digits of an id for people: 48 bits tell a fleet's devices apart."""
SPANS = 10
"""Stretches of numbers shown to a person; JSON has them all."""
OVERDUE = "overdue"
"""How the keeper calls what should be over."""
_GAP = "  "
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def moment(seconds: int) -> str:
    """Return a time as ISO 8601 in UTC; a dash for never."""
    if seconds <= 0:
        return "-"
    try:
        time = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return f"@{seconds}"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: int) -> str:
    """Return a length of time in its largest whole unit, as policies write it."""
    for unit, letter in _UNITS:
        if seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def often(every: int | None) -> str:
    """Return how often a dataset is read, as policies write it."""
    return "on request" if every is None else span(every)


def count(number: object, noun: str) -> str:
    """Return a number with its noun, which has an s unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def spans(numbers: Sequence[tuple[int, int]]) -> str:
    """Return stretches of numbers, the first few of many; empty for none."""
    shown = [
        str(first) if first == last else f"{first}-{last}"
        for first, last in numbers[:SPANS]
    ]
    return ", ".join(shown) + (" and more" if len(numbers) > SPANS else "")


def short(identity: bytes) -> str:
    """Return the first digits of an id."""
    return identity.hex()[:SHORT_CHARS]


def state(word: str) -> str:
    """Return a state; what is overdue is written large."""
    return word.upper() if word == OVERDUE else word


def safe(text: str) -> str:
    """Return a text without characters that could move a cursor or hide others."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "?" for char in text)


def show(*lines: str) -> None:
    """Print lines for people."""
    for line in lines:
        sys.stdout.write(line.rstrip() + "\n")


def show_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings, each column as wide as its widest cell."""
    cells = [list(headings), *([safe(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = zip(row, widths, strict=True)
        show(_GAP.join(cell.ljust(width) for cell, width in padded))


def show_pairs(pairs: Sequence[tuple[str, str]], indent: str = _GAP) -> None:
    """Print names and what belongs to them, aligned."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        show(f"{indent}{name.ljust(width)}{_GAP}{safe(value)}")


def show_json(value: object) -> None:
    """Print one JSON document on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True) + "\n")


def hint(line: str) -> None:
    """Tell a person something beside the output that a program may read."""
    sys.stderr.write(line + "\n")
