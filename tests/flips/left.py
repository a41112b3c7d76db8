# SPDX-License-Identifier: Apache-2.0
"""Leaves a database with its log, as a kill or a power cut does.

Rules: SQLite's own log: who reads beside keeps it from being moved, and from being
removed when the database is closed.
Not here: what is written into it (`near.py`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path


class Left(Enum):
    """How a database is left.

    Values:
        CLOSED: without a log.
        LOGGED: with a log of several transactions.
        MOVED: likewise, and the database has them all.
    """

    CLOSED = "closed"
    LOGGED = "logged"
    MOVED = "moved"


@contextmanager
def leaving(path: Path, left: Left) -> Iterator[None]:
    """Have all that is written inside be in the log, and stay there.

    Args:
        path: of a database, which is closed inside as well.
        left: how it is left.
    """
    if left is Left.CLOSED:
        yield
        return
    name = f"file:{path}?mode=ro"
    with closing(sqlite3.connect(name, uri=True, isolation_level=None)) as beside:
        beside.execute("BEGIN")
        beside.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        yield
        beside.execute("ROLLBACK")
        if left is Left.MOVED:
            with closing(sqlite3.connect(path)) as mover:
                mover.execute("PRAGMA wal_checkpoint(PASSIVE)")
