# SPDX-License-Identifier: Apache-2.0
"""The end of the contract with the client, where there is one.

Rules: one row at most; none while the contract runs.
Not here: what follows from it (`server/keeper/contract.py`).
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from server.errors import StateError

TABLE = """
CREATE TABLE IF NOT EXISTS contract (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    noticed INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    window INTEGER NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """That the contract ends.

    Attributes:
        noticed: when somebody said so, in seconds since the epoch.
        ends: first second after the contract.
        window: seconds after it in which data is handed over.
    """

    noticed: int
    ends: int
    window: int

    @property
    def over(self) -> int:
        """Return the first second at which nothing is kept any more."""
        return self.ends + self.window


def notice(connection: sqlite3.Connection) -> Notice | None:
    """Return when the contract ends; None while it runs."""
    row = connection.execute("SELECT noticed, ends, window FROM contract").fetchone()
    return None if row is None else Notice(*row)


def has_ended(path: Path, now: int) -> bool:
    """Tell whether the contract has ended, for a process that is not the keeper.

    Args:
        path: the register; where there is none, or an older one, no contract ended.
        now: seconds since the epoch.

    Raises:
        StateError: the register cannot be read.
    """
    if not path.exists():
        return False
    query = "SELECT 1 FROM sqlite_schema WHERE name = 'contract'"
    try:
        where = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(where, uri=True)) as connection:
            known = connection.execute(query).fetchone()
            given = notice(connection) if known else None
    except sqlite3.Error:
        msg = f"{path} cannot be used: let this user read it, or restore its backup"
        raise StateError(msg) from None
    return given is not None and given.ends <= now


def give(connection: sqlite3.Connection, given: Notice) -> None:
    """Write down when the contract ends, in place of what was said before."""
    connection.execute(
        "INSERT OR REPLACE INTO contract VALUES (1, ?, ?, ?)",
        (given.noticed, given.ends, given.window),
    )


def withdraw(connection: sqlite3.Connection) -> bool:
    """Let the contract run on; false where no end was written down."""
    return connection.execute("DELETE FROM contract").rowcount > 0
