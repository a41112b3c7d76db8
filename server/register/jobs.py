# SPDX-License-Identifier: Apache-2.0
"""Jobs that the keeper has begun and not ended.

Rules: a row is there from before the first step to after the last; it names the last
step that is done, and moves from one step to the next once.
Not here: the steps (`server/keeper/ending.py`).
"""

import sqlite3
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    step TEXT NOT NULL,
    begun INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes:
        id: 16 bytes.
        kind: what is done, as a slug.
        step: the last step that is done.
        begun: when it began, in seconds since the epoch.
        body: what it is about, encoded by who does it.
    """

    id: bytes
    kind: str
    step: str
    begun: int
    body: bytes


def add(connection: sqlite3.Connection, job: Job) -> None:
    """Begin a job; in a transaction that writes."""
    connection.execute(
        "INSERT INTO jobs VALUES (?, ?, ?, ?, ?)",
        (job.id, job.kind, job.step, job.begun, job.body),
    )


def unfinished(connection: sqlite3.Connection, kind: str) -> list[Job]:
    """Return the jobs of a kind that are not ended, the oldest first."""
    rows = connection.execute(
        "SELECT id, kind, step, begun, body FROM jobs WHERE kind = ?"
        " ORDER BY begun, id",
        (kind,),
    ).fetchall()
    return [Job(*row) for row in rows]


def find(connection: sqlite3.Connection, number: bytes) -> Job | None:
    """Return a job as it is now; None where it is done."""
    row = connection.execute(
        "SELECT id, kind, step, begun, body FROM jobs WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else Job(*row)


def move(connection: sqlite3.Connection, job: Job) -> None:
    """Write down to which step a job has come; in a transaction that writes."""
    connection.execute(
        "UPDATE jobs SET step = ?, body = ? WHERE id = ?", (job.step, job.body, job.id)
    )


def end(connection: sqlite3.Connection, number: bytes) -> None:
    """Remove a job that is done; in a transaction that writes."""
    connection.execute("DELETE FROM jobs WHERE id = ?", (number,))
