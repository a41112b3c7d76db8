# SPDX-License-Identifier: Apache-2.0
"""Tickets: which are open, until when, and since when they are closed.

Rules: a ticket is named by a digest; its own name and its devices are in a note that
only the ticket's key opens; one that was closed is never open again under its name.
Not here: what a ticket allows (`server/reader/tickets.py`), when it ends
(`server/keeper/tickets.py`).
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from wire import limits
from wire.codec import Field, ListOf, Message, Text, Uint, fixed

TABLE = """
CREATE TABLE IF NOT EXISTS tickets (
    digest BLOB PRIMARY KEY,
    opened INTEGER NOT NULL,
    until INTEGER NOT NULL,
    closed INTEGER,
    note BLOB NOT NULL
) STRICT
"""
DIGEST_BYTES = 16
NOTE = b"ticket"
"""The name under which a ticket's note is locked."""
_LABEL = b"discreet/1/ticket\x00"


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket, as the register has it.

    Attributes:
        digest: names it.
        opened: seconds since the epoch.
        until: it allows nothing from this second on.
        closed: when it was closed; None while it is open.
        note: its name and devices, locked.
    """

    digest: bytes
    opened: int
    until: int
    closed: int | None
    note: bytes

    def is_open(self, now: int) -> bool:
        """Tell whether it allows anything at a moment."""
        return self.closed is None and now < self.until


@dataclass(frozen=True, slots=True)
class Window:
    """From when on a ticket shows what a device made."""

    device: bytes
    since: int


@dataclass(frozen=True, slots=True)
class TicketNote:
    """What a ticket's note says.

    Attributes:
        name: its id, as people know it.
        devices: those to which it is bound, 16 bytes each; none for all.
        windows: of some of these, from when on what they made is shown; None for
            none.
    """

    name: str
    devices: tuple[bytes, ...]
    windows: tuple[Window, ...] | None = None

    def begins(self) -> dict[bytes, int]:
        """Return from which second on a device's envelopes are shown; 0 for all."""
        return dict.fromkeys(self.devices, 0) | {
            one.device: one.since for one in self.windows or ()
        }


WINDOW = Message(
    "window", Window, (Field(1, "device", fixed(16)), Field(2, "since", Uint()))
)
TICKET_NOTE = Message(
    "ticket-note",
    TicketNote,
    (
        Field(1, "name", Text(limits.NAME_CHARS, 1)),
        Field(2, "devices", ListOf(fixed(16), limits.SCOPE_DEVICES)),
        Field(3, "windows", ListOf(WINDOW, limits.SCOPE_DEVICES), optional=True),
    ),
)


def digest_of(tenant: bytes, name: str) -> bytes:
    """Return what names a ticket, 16 bytes."""
    found = hashlib.sha256(_LABEL + tenant + name.encode())
    return found.digest()[:DIGEST_BYTES]


def add(connection: sqlite3.Connection, held: Held) -> bool:
    """Add a ticket; false where there is or was one of this name."""
    return bool(
        connection.execute(
            "INSERT OR IGNORE INTO tickets VALUES (?, ?, ?, ?, ?)",
            (held.digest, held.opened, held.until, held.closed, held.note),
        ).rowcount
    )


def find(connection: sqlite3.Connection, digest: bytes) -> Held | None:
    """Return a ticket; None where it is not known."""
    row = connection.execute(
        "SELECT * FROM tickets WHERE digest = ?", (digest,)
    ).fetchone()
    return None if row is None else Held(*row)


def every(connection: sqlite3.Connection) -> list[Held]:
    """Return all tickets, the oldest first."""
    rows = connection.execute("SELECT * FROM tickets ORDER BY opened, digest")
    return [Held(*row) for row in rows]


def close(connection: sqlite3.Connection, digest: bytes, now: int) -> bool:
    """Close a ticket for ever; false where it is not open."""
    return bool(
        connection.execute(
            "UPDATE tickets SET closed = ? WHERE digest = ? AND closed IS NULL",
            (now, digest),
        ).rowcount
    )


def bind(connection: sqlite3.Connection, digest: bytes, note: bytes) -> None:
    """Put another note in place of a ticket's: it names other devices."""
    connection.execute("UPDATE tickets SET note = ? WHERE digest = ?", (note, digest))


def forget(connection: sqlite3.Connection, digest: bytes) -> None:
    """Delete a ticket's row."""
    connection.execute("DELETE FROM tickets WHERE digest = ?", (digest,))
