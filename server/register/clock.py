# SPDX-License-Identifier: Apache-2.0
"""What the retention clock knew when it was last looked at.

Rules: one row.
Not here: what follows from it (`server/keeper/clock.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS clock (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    believed INTEGER NOT NULL,
    boot TEXT NOT NULL,
    since_boot INTEGER NOT NULL,
    late INTEGER NOT NULL DEFAULT 0
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """A look at the clock.

    Attributes:
        believed: seconds since the epoch that were believed then.
        boot: id of the boot in which it was.
        since_boot: seconds since that boot.
    """

    believed: int
    boot: str
    since_boot: int


def last_look(connection: sqlite3.Connection) -> Looked | None:
    """Return the last look; None before the first."""
    row = connection.execute("SELECT believed, boot, since_boot FROM clock").fetchone()
    return None if row is None else Looked(*row)


def remember(connection: sqlite3.Connection, look: Looked) -> None:
    """Write a look down, in place of the last."""
    connection.execute(
        "INSERT INTO clock (one, believed, boot, since_boot) VALUES (1, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET believed = excluded.believed,"
        " boot = excluded.boot, since_boot = excluded.since_boot",
        (look.believed, look.boot, look.since_boot),
    )


def set_alarm(connection: sqlite3.Connection, *, late: bool) -> bool:
    """Remember whether somebody was told that the clock is late; true if that is new.

    Args:
        connection: in a transaction that writes, after the first look.
        late: whether it is.
    """
    return (
        connection.execute(
            "UPDATE clock SET late = ? WHERE late <> ?", (late, late)
        ).rowcount
        > 0
    )
