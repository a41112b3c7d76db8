# SPDX-License-Identifier: Apache-2.0
"""Messages about alerts that wait for a channel, were sent, or were put aside.

Rules: a message has ids, a rule's name, its severity and a count, no value of a row;
its own id stays the same over all tries, so a receiver knows one that comes twice; more
than a few a minute of one rule are one message that counts them.
Not here: sending (`server/keeper/alarms`), who is told (`server/alerts/standing.py`).
"""

import secrets
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from server.alerts.bounds import (
    BACKOFF_MOST_SECONDS,
    BACKOFF_SECONDS,
    EACH_A_MINUTE,
    MINUTE,
    WAITING,
)
from server.alerts.standing import Alert, Event

TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    id BLOB PRIMARY KEY,
    channel TEXT NOT NULL,
    event TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    alert BLOB,
    device BLOB,
    count INTEGER NOT NULL,
    made INTEGER NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    fate TEXT NOT NULL DEFAULT 'waiting'
) STRICT, WITHOUT ROWID
"""
CHANNELS = """
CREATE TABLE IF NOT EXISTS channels (
    name TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID
"""
WAITS, SENT, GIVEN_UP = "waiting", "sent", "given-up"
_ID_BYTES = 16
_DOUBLINGS = 10
_COLUMNS = "id, channel, event, rule, severity, alert, device, count, made, tries"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is to be sent.

    Attributes:
        id: 16 random bytes, the same over all tries.
        channel: by which way.
        event: what happened, as a slug.
        rule: its name.
        severity: as a slug.
        alert: its id; None where it counts many.
        device: 16 bytes; None where it counts many.
        count: alerts that it is about.
        made: when it was written, in seconds since the epoch.
        tries: how often it was tried.
    """

    id: bytes
    channel: str
    event: str
    rule: str
    severity: str
    alert: bytes | None
    device: bytes | None
    count: int
    made: int
    tries: int


def tell(
    connection: sqlite3.Connection, channel: str, alert: Alert, event: Event, now: int
) -> None:
    """Write a message, or count it in one; in a transaction that writes."""
    which = channel, event.value, alert.rule
    (lately,) = connection.execute(
        "SELECT count(*) FROM messages WHERE channel = ? AND event = ? AND rule = ?"
        " AND alert IS NOT NULL AND made > ? AND made <= ?",
        (*which, now - MINUTE, now),
    ).fetchone()
    (waiting,) = connection.execute(
        "SELECT count(*) FROM messages WHERE channel = ? AND fate = ?", (channel, WAITS)
    ).fetchone()
    if lately < EACH_A_MINUTE and waiting < WAITING:
        one = alert.id, alert.device, 1
        _add(connection, which, alert, one, (now, now))
    elif not _counted(connection, which, crowded=waiting >= WAITING):
        _add(connection, which, alert, (None, None, 1), (now, now + MINUTE))


def _counted(
    connection: sqlite3.Connection, which: tuple[str, str, str], *, crowded: bool
) -> bool:
    """Count one more in a message that was not tried yet, or where there is no room."""
    return bool(
        connection.execute(
            "UPDATE messages SET count = count + 1 WHERE id = (SELECT id FROM messages"
            " WHERE channel = ? AND event = ? AND rule = ? AND alert IS NULL"
            " AND fate = ? AND (tries = 0 OR ?) ORDER BY made DESC LIMIT 1)",
            (*which, WAITS, crowded),
        ).rowcount
    )


def _add(
    connection: sqlite3.Connection,
    which: tuple[str, str, str],
    alert: Alert,
    about: tuple[bytes | None, bytes | None, int],
    times: tuple[int, int],
) -> None:
    connection.execute(
        "INSERT INTO messages (id, channel, event, rule, severity, alert, device,"
        " count, made, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(secrets.token_bytes(_ID_BYTES), *which, alert.severity.value),
            *about,
            *times,
        ),
    )


def due(
    connection: sqlite3.Connection, channel: str, now: int, most: int
) -> list[Waiting]:
    """Return the messages of a channel that are due: what was tried least comes first.

    There are none while the channel rests. What a clock, since set back, left in the
    future is due as well.
    """
    (rests,) = connection.execute(
        "SELECT count(*) FROM channels WHERE name = ? AND until > ? AND until <= ?",
        (channel, now, now + BACKOFF_MOST_SECONDS),
    ).fetchone()
    if rests:
        return []
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM messages WHERE channel = ? AND fate = ?"  # noqa: S608
        " AND (due <= ? OR due > ?) ORDER BY tries, made, id LIMIT ?",
        (channel, WAITS, now, now + MINUTE, most),
    ).fetchall()
    return [Waiting(*row) for row in rows]


def begin(connection: sqlite3.Connection, one: Waiting) -> None:
    """Note a try before it begins; in a transaction that writes."""
    connection.execute("UPDATE messages SET tries = tries + 1 WHERE id = ?", (one.id,))


def rest(connection: sqlite3.Connection, channel: str, now: int) -> None:
    """Let a channel that failed rest, twice as long each time; in a transaction."""
    (failures,) = connection.execute(
        "SELECT failures FROM channels WHERE name = ?", (channel,)
    ).fetchone()
    pause = min(BACKOFF_SECONDS * 2 ** min(failures, _DOUBLINGS), BACKOFF_MOST_SECONDS)
    connection.execute(
        "UPDATE channels SET failures = failures + 1, until = ? WHERE name = ?",
        (now + pause, channel),
    )


def wake(connection: sqlite3.Connection, channel: str) -> None:
    """Note that a channel took a message; in a transaction that writes."""
    connection.execute(
        "UPDATE channels SET failures = 0, until = 0 WHERE name = ?", (channel,)
    )


def end(connection: sqlite3.Connection, one: Waiting, fate: str) -> None:
    """Note what became of a message; in a transaction that writes."""
    connection.execute("UPDATE messages SET fate = ? WHERE id = ?", (fate, one.id))


def give_up(connection: sqlite3.Connection, channel: str, before: int) -> int:
    """Put aside what was made before a second and tried; returns how many.

    In a transaction that writes.
    """
    return connection.execute(
        "UPDATE messages SET fate = ? WHERE channel = ? AND fate = ? AND made <= ?",
        (GIVEN_UP, channel, WAITS, before),
    ).rowcount


def resend(connection: sqlite3.Connection, channel: str, now: int) -> int:
    """Let what was put aside wait again, as if made now; returns how many.

    A message keeps its id, so who took it all the same knows it; in a transaction that
    writes.
    """
    wake(connection, channel)
    return connection.execute(
        "UPDATE messages SET fate = ?, tries = 0, made = ?, due = ?"
        " WHERE channel = ? AND fate = ?",
        (WAITS, now, now, channel, GIVEN_UP),
    ).rowcount


def give_up_others(connection: sqlite3.Connection, channels: Collection[str]) -> int:
    """Put aside what waits for channels that are no more; returns how many.

    In a transaction that writes.
    """
    rows = connection.execute(
        "SELECT id, channel FROM messages WHERE fate = ?", (WAITS,)
    ).fetchall()
    gone = [(GIVEN_UP, number) for number, name in rows if name not in channels]
    connection.executemany("UPDATE messages SET fate = ? WHERE id = ?", gone)
    return len(gone)


def trial(channel: str, event: str, now: int) -> Waiting:
    """Return a message that only tries a channel; it stands nowhere."""
    number = secrets.token_bytes(_ID_BYTES)
    return Waiting(number, channel, event, "test", "low", None, None, 0, now, 0)


def address(connection: sqlite3.Connection, channel: str) -> str:
    """Return where a channel's messages went last; empty before."""
    row = connection.execute(
        "SELECT address FROM channels WHERE name = ?", (channel,)
    ).fetchone()
    return "" if row is None else str(row[0])


def set_address(connection: sqlite3.Connection, channel: str, to: str) -> None:
    """Note where a channel's messages go; in a transaction that writes."""
    connection.execute(
        "INSERT OR REPLACE INTO channels (name, address) VALUES (?, ?)", (channel, to)
    )


def given_up(connection: sqlite3.Connection) -> dict[str, int]:
    """Return by channel how many messages nobody took."""
    return dict(
        connection.execute(
            "SELECT channel, count(*) FROM messages WHERE fate = ? GROUP BY channel",
            (GIVEN_UP,),
        ).fetchall()
    )


def fates(
    connection: sqlite3.Connection, alert: bytes
) -> list[tuple[str, str, str, int]]:
    """Return channel, event, fate and time of each message about an alert."""
    return connection.execute(
        "SELECT channel, event, fate, made FROM messages WHERE alert = ?"
        " ORDER BY made, channel",
        (alert,),
    ).fetchall()


@dataclass(frozen=True, slots=True)
class Held:
    """A message, and what became of it.

    Attributes:
        id: 16 bytes.
        made: when, in seconds since the epoch.
        waits: whether it is still to be sent.
    """

    id: bytes
    made: int
    waits: bool


def every(connection: sqlite3.Connection) -> list[Held]:
    """Return all messages, the oldest first."""
    rows = connection.execute("SELECT id, made, fate FROM messages ORDER BY made, id")
    return [Held(number, made, fate == WAITS) for number, made, fate in rows]


def forget(connection: sqlite3.Connection, before: int) -> None:
    """Remove what was sent or put aside before a second; in a transaction."""
    connection.execute(
        "DELETE FROM messages WHERE fate <> ? AND made < ?", (WAITS, before)
    )
