# SPDX-License-Identifier: Apache-2.0
"""Text for a terminal: aligned columns, times and sizes that people read.

Rules: control characters never reach a terminal; what is cut says so.
Not here: what is shown.
"""

import datetime as dt
import shutil
from collections.abc import Iterable, Sequence

from agent.printable import printable
from wire.catalogue import ValueType
from wire.values import Value

_NARROW = 60
"""No terminal is taken to be narrower."""
_CUT = "…"


def width() -> int:
    """Return the terminal's width in characters."""
    return max(_NARROW, shutil.get_terminal_size((100, 24)).columns)


def cut(text: str, most: int) -> str:
    """Return at most so many characters, with a mark where some are missing."""
    text = printable(text)
    return text if len(text) <= most else text[: most - 1] + _CUT


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], indent: str = ""
) -> list[str]:
    """Return lines of aligned columns; the last column takes what is left."""
    cells = [tuple(heads), *(tuple(map(printable, row)) for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
    room = width() - len(indent)
    lines: list[str] = []
    for row in cells:
        line = "  ".join(
            cell.ljust(size) for cell, size in zip(row, widths, strict=True)
        )
        lines.append(indent + cut(line.rstrip(), room))
    return lines


def moment(seconds: int) -> str:
    """Return a time as ISO 8601, UTC; one that no calendar has stays a number."""
    try:
        found = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def span(seconds: int) -> str:
    """Return a length of time in its largest whole unit."""
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}" + ("s" if count > 1 else "")
    return f"{seconds} seconds"


def often(every: int | None) -> str:
    """Return how often something is read."""
    return "on request only" if every is None else f"every {span(every)}"


def size(octets: int) -> str:
    """Return a number of bytes in a unit of 1000."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if octets >= unit:
            return f"{octets / unit:.1f} {name}"
    return f"{octets} B"


def shown(value: Value, kind: ValueType, most: int) -> str:
    """Return a value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if kind is ValueType.TIMESTAMP:
            return moment(int(value))
        if kind is ValueType.BYTES:
            return size(int(value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    return cut(value, most)
