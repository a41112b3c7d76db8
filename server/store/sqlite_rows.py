# SPDX-License-Identifier: Apache-2.0
"""Many rows by a few statements of SQLite.

Rules: a row's statement is a hand-over of the interpreter's lock, which waits for all
that others have to do, so there are as few as can be, and of few lengths, so that each
is prepared once; a statement keeps what was bound to it, so none is of large values.
Not here: what is asked (`sqlite_known.py`) and written (`sqlite_put.py`,
`sqlite_usage.py`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

ROWS = 64
"""In one statement."""
_STEP = 8
"""What is asked for is filled up to a power of two below it, and above it to so many
times a number: a row that is asked for once more costs as much as any."""


def asked(
    database: sqlite3.Connection, query: str, rows: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """Yield what a query finds for rows, which are its table `a`."""
    every = list(rows)
    for first in range(0, len(every), ROWS):
        part = every[first : first + ROWS]
        # one that is asked for twice is found twice, and known once
        part += [part[-1]] * (_filled(len(part)) - len(part))
        table = f"WITH a AS ({_values(part)}) "
        yield from database.execute(table + query, _each(part)).fetchall()


def written(
    database: sqlite3.Connection,
    into: str,
    rows: Sequence[tuple[Any, ...]],
    conflict: str,
) -> None:
    """Insert rows of small values, in their order.

    Args:
        database: within a transaction.
        into: how the statement begins, up to its values.
        rows: of one length.
        conflict: how it ends.
    """
    first = 0
    while first < len(rows):
        # none can be said twice here: as many as are left, and fit
        count = min(ROWS, 1 << ((len(rows) - first).bit_length() - 1))
        part = rows[first : first + count]
        database.execute(f"{into} {_values(part)} {conflict}", _each(part))
        first += count


def _filled(count: int) -> int:
    """Return how many rows are asked for in the place of so many."""
    if count <= _STEP:
        return 1 << (count - 1).bit_length()
    return -(-count // _STEP) * _STEP


def _values(rows: Sequence[tuple[Any, ...]]) -> str:
    row = f"({', '.join('?' * len(rows[0]))})"
    return f"VALUES {', '.join([row] * len(rows))}"


def _each(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    return [item for one in rows for item in one]
