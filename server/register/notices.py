# SPDX-License-Identifier: Apache-2.0
"""Notices: who is to be told of what, by when, and whether it was delivered.

Rules: one notice for each kind, recipient and event; names, ids, digests and days stand
here, the words are in the outbox; a delivery is proved once, by a file's digest.
Not here: writing the words (`server/keeper/notices.py`), what a policy needs a notice
for (`server/uses.py`).
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from server.register.looking import looking

TABLE = """
CREATE TABLE IF NOT EXISTS notices (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    event BLOB NOT NULL,
    about TEXT NOT NULL,
    digest BLOB NOT NULL,
    written INTEGER NOT NULL,
    due INTEGER,
    delayed INTEGER,
    delayed_by BLOB,
    delivered INTEGER,
    proof BLOB
) STRICT, WITHOUT ROWID
"""


class NoticeKind(Enum):
    """What a notice tells."""

    CHANGE_OF_USE = "change-of-use"
    """A policy will add a purpose or a recipient."""
    TRANSFER = "transfer"
    """The business, or a part of it, goes to another company, and its data with it."""
    CHANGE_OF_OWNERSHIP = "change-of-ownership"
    """The provider gets another owner, and the data stays where it is."""
    DISCLOSURE = "disclosure"
    """Data is given to an authority, or used to protect rights."""
    BREACH = "breach"
    """Data was, or may have been, in the wrong hands."""
    ERASE_AT_RECIPIENT = "erase-at-recipient"
    """Somebody who got data is to erase a part of it."""
    REQUEST = "request"
    """A person asked for a right, and the client answers."""


class Standing(Enum):
    """How a notice stands."""

    WRITTEN = "written"
    DUE = "due"
    DELAYED = "delayed"
    OVERDUE = "overdue"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice.

    Attributes:
        id: 16 bytes.
        kind: what it tells.
        recipient: who is told: "client", or a name of the register of recipients.
        event: what it is about: a case's id, or another digest or id.
        about: names that it tells of, such as uses; one a line.
        digest: of its text, 32 bytes.
        written: when, in seconds since the epoch.
        due: until when it is to be delivered; None where what it is about waits for it.
        delayed: until when it may wait instead; None where nobody decided so.
        delayed_by: the case in which people decided that.
        delivered: when its delivery was proved; None before.
        proof: digest of the file that proves it.
    """

    id: bytes
    kind: NoticeKind
    recipient: str
    event: bytes
    about: tuple[str, ...]
    digest: bytes
    written: int
    due: int | None
    delayed: int | None = None
    delayed_by: bytes | None = None
    delivered: int | None = None
    proof: bytes | None = None

    def standing(self, now: int) -> Standing:
        """Return how it stands at a moment."""
        if self.delivered is not None:
            return Standing.DELIVERED
        last = self.due if self.delayed is None else self.delayed
        if last is None:
            return Standing.WRITTEN
        if last <= now:
            return Standing.OVERDUE
        return Standing.DUE if self.delayed is None else Standing.DELAYED


def add(connection: sqlite3.Connection, notice: Notice) -> None:
    """Add a notice that nobody delivered yet; in a transaction that writes."""
    connection.execute(
        "INSERT INTO notices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        (
            *(notice.id, notice.kind.value, notice.recipient, notice.event),
            *("\n".join(notice.about), notice.digest, notice.written),
            *(notice.due, notice.delayed, notice.delayed_by),
        ),
    )


def find(connection: sqlite3.Connection, number: bytes) -> Notice | None:
    """Return a notice, or None."""
    row = connection.execute("SELECT * FROM notices WHERE id = ?", (number,)).fetchone()
    return None if row is None else _notice(row)


def every(connection: sqlite3.Connection) -> list[Notice]:
    """Return all notices, the oldest first."""
    rows = connection.execute("SELECT * FROM notices ORDER BY written, id")
    return [_notice(row) for row in rows]


def delay(
    connection: sqlite3.Connection, number: bytes, until: int, case: bytes
) -> None:
    """Let a notice that was not delivered wait."""
    connection.execute(
        "UPDATE notices SET delayed = ?, delayed_by = ?"
        " WHERE id = ? AND delivered IS NULL",
        (until, case, number),
    )


def deliver(
    connection: sqlite3.Connection, number: bytes, proof: bytes, now: int
) -> bool:
    """Note a delivery; false where one is noted already."""
    changed = connection.execute(
        "UPDATE notices SET delivered = ?, proof = ?"
        " WHERE id = ? AND delivered IS NULL",
        (now, proof, number),
    )
    return changed.rowcount == 1


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete a notice that was delivered."""
    connection.execute(
        "DELETE FROM notices WHERE id = ? AND delivered IS NOT NULL", (number,)
    )


def delivered(path: Path, kind: NoticeKind) -> list[Notice]:
    """Return the delivered notices of a kind, for a process that is not the keeper.

    Args:
        path: the register.
        kind: which notices.

    Raises:
        StateError: the register cannot be read.
    """
    query = "SELECT 1 FROM sqlite_schema WHERE name = 'notices'"
    with looking(path) as connection:
        known = connection is not None and connection.execute(query).fetchone()
        found = every(connection) if connection is not None and known else []
    return [one for one in found if one.kind is kind and one.delivered is not None]


def _notice(row: tuple[bytes, str, str, bytes, str, *tuple[bytes, ...]]) -> Notice:
    number, kind, recipient, event, about, *rest = row
    names = tuple(about.splitlines())
    return Notice(number, NoticeKind(kind), recipient, event, names, *rest)  # type: ignore[arg-type]  # columns as the table declares them
