# SPDX-License-Identifier: Apache-2.0
"""Sessions of people who signed in: looked up anew for each request.

Rules: the register has a digest of what the browser has; a session ends eight hours
after the sign-in, when nobody used it for long, or with its person; only a passkey
proves that somebody is there, and what the browser has changes each time that one does;
nothing of a browser or an address is kept.
Not here: cookies (`server/console`), proofs (`passkeys.py`).
"""

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass, field, replace

from server.access import people
from server.access.bounds import (
    IDLE_SECONDS,
    SECRET_BYTES,
    SESSION_SECONDS,
    SESSIONS,
    USED_SECONDS,
)
from server.access.model import Standing
from server.access.people import Entry

TABLE = """
CREATE TABLE IF NOT EXISTS sessions (
    digest BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    made INTEGER NOT NULL,
    used INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    how TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""
PASSKEY, KEY_FILE, ELSEWHERE = "passkey", "key-file", "elsewhere"
"""How somebody signed in."""
NEVER = 0
"""When somebody proved to be there who has not yet."""
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Session:
    """A session that counts now.

    Attributes:
        entry: whose it is; `verified` of the person is that of this session.
        digest: of what the browser has.
        token: to be sent with each change, from this session's pages alone.
        made: when the person signed in.
        used: when it was used last, to the minute.
    """

    entry: Entry
    digest: bytes
    token: str = field(repr=False)
    made: int
    used: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as its person sees it.

    Attributes:
        number: names it.
        made: when the person signed in.
        used: when it was used last, to the minute.
        how: a slug.
    """

    number: str
    made: int
    used: int
    how: str


def ends(made: int, used: int) -> int:
    """Return the first second at which a session counts no more."""
    return min(made + SESSION_SECONDS, used + IDLE_SECONDS)


def begin(connection: sqlite3.Connection, person: str, how: str, now: int) -> str:
    """Begin a session; return the secret for the browser, which is kept nowhere.

    Args:
        connection: in a transaction.
        person: id of who signed in.
        how: a slug.
        now: seconds since the epoch.
    """
    forget(connection, now)
    connection.execute(
        "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions"
        " WHERE person = ? ORDER BY made DESC LIMIT -1 OFFSET ?)",
        (person, SESSIONS - 1),
    )
    if how == PASSKEY:
        return _insert(connection, person, now, how, now)
    # neither another's word nor a file that a script can open proves who is there
    return _put(connection, (person, now, now, NEVER, how))


def forget(connection: sqlite3.Connection, now: int) -> None:
    """Delete the sessions that count no more; in a transaction that writes."""
    connection.execute(
        "DELETE FROM sessions WHERE made <= ? OR used <= ?",
        (now - SESSION_SECONDS, now - IDLE_SECONDS),
    )


def find(connection: sqlite3.Connection, secret: str, now: int) -> Session | None:
    """Return the session that a browser has; None where none counts."""
    row = connection.execute(
        "SELECT digest, person, made, used, verified FROM sessions"
        " WHERE digest = ? AND made > ? AND used > ?",
        (_digest(secret), now - SESSION_SECONDS, now - IDLE_SECONDS),
    ).fetchone()
    entry = None if row is None else people.find(connection, row[1])
    if entry is None or entry.person.standing is not Standing.ACTIVE:
        return None
    digest, _, made, used, verified = row
    entry = replace(entry, person=replace(entry.person, verified=verified))
    return Session(entry, digest, token_of(secret), made, used)


def is_old(session: Session, now: int) -> bool:
    """Tell whether it is to be noted that a session was used."""
    return now - session.used >= USED_SECONDS


def note(connection: sqlite3.Connection, session: Session, now: int) -> None:
    """Note that a session was used."""
    connection.execute(
        "UPDATE sessions SET used = ? WHERE digest = ?", (now, session.digest)
    )


def renew(connection: sqlite3.Connection, session: Session, now: int) -> str:
    """Give the browser another secret after a proof of presence; the old one ends."""
    (how,) = connection.execute(
        "DELETE FROM sessions WHERE digest = ? RETURNING how", (session.digest,)
    ).fetchone() or (PASSKEY,)
    return _insert(connection, session.entry.person.name, session.made, how, now)


def end(connection: sqlite3.Connection, person: str, number: str) -> bool:
    """End one session of a person by its number; false where there is none."""
    return any(
        connection.execute("DELETE FROM sessions WHERE digest = ?", (digest,)).rowcount
        for (digest,) in connection.execute(
            "SELECT digest FROM sessions WHERE person = ?", (person,)
        ).fetchall()
        if digest.hex().startswith(number) and len(number) == 2 * _NUMBER_BYTES
    )


def end_all(connection: sqlite3.Connection, person: str) -> None:
    """End every session of a person."""
    connection.execute("DELETE FROM sessions WHERE person = ?", (person,))


def end_others(connection: sqlite3.Connection, session: Session) -> None:
    """End all sessions of a person but this one, where a passkey may be lost."""
    connection.execute(
        "DELETE FROM sessions WHERE person = ? AND digest != ?",
        (session.entry.person.name, session.digest),
    )


def end_elsewhere(connection: sqlite3.Connection, person: str) -> None:
    """End the sessions of a person that began by another provider's word."""
    connection.execute(
        "DELETE FROM sessions WHERE person = ? AND how = ?", (person, ELSEWHERE)
    )


def shown(connection: sqlite3.Connection, person: str, now: int) -> list[Shown]:
    """Return a person's sessions that count, the newest first."""
    rows = connection.execute(
        "SELECT digest, made, used, how FROM sessions WHERE person = ?"
        " AND made > ? AND used > ? ORDER BY made DESC, digest",
        (person, now - SESSION_SECONDS, now - IDLE_SECONDS),
    )
    return [
        Shown(number_of(digest), made, used, how) for digest, made, used, how in rows
    ]


def number_of(digest: bytes) -> str:
    """Return by what a person names a session."""
    return digest[:_NUMBER_BYTES].hex()


def token_of(secret: str) -> str:
    """Return what is sent with each change, by who has a session's secret."""
    return hashlib.sha256(b"discreet/1/change\x00" + secret.encode()).hexdigest()


def is_token(session: Session, given: str) -> bool:
    """Tell whether a change came from a page of this session."""
    return hmac.compare_digest(session.token.encode(), given.encode())


def _insert(
    connection: sqlite3.Connection, person: str, made: int, how: str, now: int
) -> str:
    return _put(connection, (person, made, now, now, how))


def _put(connection: sqlite3.Connection, row: tuple[str, int, int, int, str]) -> str:
    """Enter a session; return its secret."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    connection.execute(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", (_digest(secret), *row)
    )
    return secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"discreet/1/session\x00" + secret.encode()).digest()
