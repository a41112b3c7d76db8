# SPDX-License-Identifier: Apache-2.0
"""Many rows by a few statements of SQLite.

Rules: a statement is a hand-over of the interpreter's lock, which waits for all that
others have to do, so there are as few as can be; they are of so many rows as a power of
two has, so that a few statements are prepared once.
Not here: what is asked (`sqlite_known.py`) and written (`sqlite_put.py`).
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

ROWS = 64
"""In one statement."""


def asked(
    database: sqlite3.Connection, query: str, rows: Iterable[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """Yield what a query finds for rows, which are its table `a`."""
    every = list(rows)
    for first in range(0, len(every), ROWS):
        part = every[first : first + ROWS]
        # one that is asked for twice is found twice, and known once
        count = 1 << (len(part) - 1).bit_length()
        part += [part[-1]] * (count - len(part))
        table = f"WITH a AS ({_values(len(part[0]), count)}) "
        yield from database.execute(
            table + query, [item for one in part for item in one]
        ).fetchall()


def written(
    database: sqlite3.Connection,
    into: str,
    rows: Sequence[tuple[Any, ...]],
    conflict: str = "",
) -> None:
    """Insert rows, in their order.

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
        database.execute(
            f"{into} {_values(len(part[0]), count)} {conflict}",
            [item for one in part for item in one],
        )
        first += count


def _values(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"
