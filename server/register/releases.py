# SPDX-License-Identifier: Apache-2.0
"""Releases: what each recipient got or may get, and what it said of it.

Rules: a release is here once its directory is whole; its locked data key is dropped
with the very transaction that gives it out, revokes it or lets it expire; of which
envelopes its rows came is kept until the recipient says that it deleted them.
Not here: making one and giving out its key (`server/keeper/sharing`).
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

TABLES = (
    """
CREATE TABLE IF NOT EXISTS releases (
    id BLOB PRIMARY KEY,
    granted BLOB NOT NULL,
    recipient TEXT NOT NULL,
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    head BLOB NOT NULL,
    note BLOB,
    nonce BLOB,
    answer BLOB,
    fetched INTEGER,
    received INTEGER,
    deleted INTEGER,
    revoked INTEGER
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS release_sources (
    release BLOB NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (source, release)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS pushed_sources (
    granted BLOB NOT NULL,
    source BLOB NOT NULL,
    PRIMARY KEY (granted, source)
) STRICT, WITHOUT ROWID
""",
)


RECEIPT_SECONDS = 7 * 86_400
"""Within which a recipient says that it has what it fetched."""


class Owed(Enum):
    """What a recipient owes."""

    RECEIPT = "receipt"
    ATTESTATION = "attestation"
    """Its word that it deleted a release that is over."""


@dataclass(frozen=True, slots=True)
class Made:
    """A release.

    Attributes:
        id: 16 bytes.
        granted: digest of its grant, or of the matter where there is none.
        recipient: name of whom it is for.
        made: when, in seconds since the epoch.
        expires: last second at which its data key is given out.
        octets: of its files.
        head: signed by the keeper.
        note: its data key, locked; None once it is given out or over.
        nonce: of the request that was answered.
        answer: what was answered, sealed to the recipient; None once it is over.
        fetched: when the data key was given out.
        received: when the recipient said that it has it.
        deleted: when the recipient said that it deleted it.
        revoked: when it was revoked.
    """

    id: bytes
    granted: bytes
    recipient: str
    made: int
    expires: int
    octets: int
    head: bytes
    note: bytes | None
    nonce: bytes | None = None
    answer: bytes | None = None
    fetched: int | None = None
    received: int | None = None
    deleted: int | None = None
    revoked: int | None = None

    def owes(self, now: int) -> tuple[Owed, ...]:
        """Return what its recipient owes at a moment, and did not give in time."""
        if self.fetched is None or self.deleted is not None:
            return ()
        receipt = self.received is None and self.fetched + RECEIPT_SECONDS <= now
        return (
            *((Owed.RECEIPT,) if receipt else ()),
            *((Owed.ATTESTATION,) if self.expires < now else ()),
        )


def add(connection: sqlite3.Connection, made: Made, sources: Iterable[bytes]) -> None:
    """Add a release, of which envelopes its rows are, by their digests."""
    connection.execute(
        "INSERT INTO releases (id, granted, recipient, made, expires, octets, head,"
        " note) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(made.id, made.granted, made.recipient, made.made, made.expires),
            *(made.octets, made.head, made.note),
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO release_sources VALUES (?, ?)",
        ((made.id, source) for source in sources),
    )


def note_leaving(
    connection: sqlite3.Connection, made: Made, sources: Iterable[bytes]
) -> None:
    """Note what is about to be pushed, in place of what was noted of it before."""
    connection.execute(
        "INSERT INTO releases (id, granted, recipient, made, expires, octets, head,"
        " fetched) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET octets = excluded.octets, head = excluded.head",
        (
            *(made.id, made.granted, made.recipient, made.made, made.expires),
            *(made.octets, made.head, made.fetched),
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO release_sources VALUES (?, ?)",
        ((made.id, source) for source in sources),
    )


def note_pushed(
    connection: sqlite3.Connection, granted: bytes, sources: Iterable[bytes]
) -> None:
    """Note of which envelopes all rows were pushed under a grant's digest."""
    connection.executemany(
        "INSERT OR IGNORE INTO pushed_sources VALUES (?, ?)",
        ((granted, source) for source in sources),
    )


def pushed(connection: sqlite3.Connection, granted: bytes) -> frozenset[bytes]:
    """Return the digests of the envelopes that are pushed already under a grant."""
    rows = connection.execute(
        "SELECT source FROM pushed_sources WHERE granted = ?", (granted,)
    )
    return frozenset(source for (source,) in rows)


def forget_pushed(connection: sqlite3.Connection, granted: bytes) -> None:
    """Forget what was pushed under a grant that is over."""
    connection.execute("DELETE FROM pushed_sources WHERE granted = ?", (granted,))


def forget(connection: sqlite3.Connection, number: bytes) -> None:
    """Delete what is known of a release."""
    connection.execute("DELETE FROM release_sources WHERE release = ?", (number,))
    connection.execute("DELETE FROM releases WHERE id = ?", (number,))


def find(connection: sqlite3.Connection, number: bytes) -> Made | None:
    """Return a release, or None."""
    row = connection.execute(
        "SELECT * FROM releases WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else Made(*row)


def every(connection: sqlite3.Connection) -> list[Made]:
    """Return all releases, the newest first."""
    rows = connection.execute("SELECT * FROM releases ORDER BY made DESC, id")
    return [Made(*row) for row in rows]


def octets_of(connection: sqlite3.Connection, granted: bytes) -> int:
    """Return how many octets of files were released under a grant's digest."""
    found: tuple[int] = connection.execute(
        "SELECT coalesce(sum(octets), 0) FROM releases WHERE granted = ?", (granted,)
    ).fetchone()
    return found[0]


def give(
    connection: sqlite3.Connection,
    number: bytes,
    nonce: bytes,
    answer: bytes,
    now: int,
) -> None:
    """Note that the data key was given out, and drop what locked it."""
    connection.execute(
        "UPDATE releases SET note = NULL, nonce = ?, answer = ?, fetched = ?"
        " WHERE id = ?",
        (nonce, answer, now, number),
    )


def revoke(connection: sqlite3.Connection, number: bytes, now: int) -> bool:
    """Revoke a release; false where it was revoked already."""
    return bool(
        connection.execute(
            "UPDATE releases SET note = NULL, answer = NULL, revoked = ?"
            " WHERE id = ? AND revoked IS NULL",
            (now, number),
        ).rowcount
    )


def let_go(connection: sqlite3.Connection, number: bytes) -> None:
    """Drop the key of a release that expired."""
    connection.execute(
        "UPDATE releases SET note = NULL, answer = NULL WHERE id = ?", (number,)
    )


def note_received(connection: sqlite3.Connection, number: bytes, time: int) -> None:
    """Note when the recipient said that it has a release; the first word stays."""
    connection.execute(
        "UPDATE releases SET received = ? WHERE id = ? AND received IS NULL",
        (time, number),
    )


def note_deleted(connection: sqlite3.Connection, number: bytes, time: int) -> None:
    """Note when the recipient said that it deleted a release; forget its sources."""
    connection.execute(
        "UPDATE releases SET deleted = ? WHERE id = ? AND deleted IS NULL",
        (time, number),
    )
    connection.execute("DELETE FROM release_sources WHERE release = ?", (number,))


def given(
    connection: sqlite3.Connection, granted: bytes, source: bytes, now: int
) -> bool:
    """Tell whether a release of a grant or matter has an envelope, and still counts.

    One that was revoked, or expired before anybody fetched its key, gave nothing.

    Args:
        connection: to the register.
        granted: digest of the grant or the matter.
        source: the envelope's digest.
        now: seconds since the epoch.
    """
    found = connection.execute(
        "SELECT 1 FROM release_sources JOIN releases ON id = release"
        " WHERE source = ? AND granted = ? AND revoked IS NULL"
        " AND (fetched IS NOT NULL OR expires >= ?)",
        (source, granted, now),
    )
    return found.fetchone() is not None


def sources_of(connection: sqlite3.Connection, number: bytes) -> frozenset[bytes]:
    """Return the digests of the envelopes of which a release has rows."""
    rows = connection.execute(
        "SELECT source FROM release_sources WHERE release = ?", (number,)
    )
    return frozenset(source for (source,) in rows)


def having(connection: sqlite3.Connection, source: bytes) -> list[bytes]:
    """Return the ids of the releases that have rows of an envelope, by its digest."""
    rows = connection.execute(
        "SELECT release FROM release_sources WHERE source = ? ORDER BY release",
        (source,),
    )
    return [number for (number,) in rows]
