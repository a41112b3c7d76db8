# SPDX-License-Identifier: Apache-2.0
"""People, their roles and their keys, as the register keeps them.

Rules: a person has an id that says nothing, by which the ledger names them, and a name,
which stands here alone; a key belongs to one person, and one that was removed with its
person to nobody ever again; names come in checked.
Not here: who may change them (`actions.py`), the ledger's lines (`changing.py`).
"""

import base64
import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass, field

from server.access.actions import Role
from server.access.model import Held, Person, Standing
from wire.purposes import Purpose

TABLES = (
    """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    standing TEXT NOT NULL,
    trained INTEGER NOT NULL,
    made INTEGER NOT NULL,
    handle BLOB NOT NULL UNIQUE,
    account TEXT UNIQUE
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS held (
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    tenant BLOB NOT NULL,
    purposes TEXT NOT NULL,
    PRIMARY KEY (person, role, tenant)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS keys (
    public BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS ended (
    digest BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID
""",
)
_LABEL = b"discreet/1/ended\x00"
_KEY, _ACCOUNT = b"key\x00", b"account\x00"
_ID_BYTES = 5
_ID = re.compile(r"p-[a-z2-7]{8}")
_HANDLE_BYTES = 32
_EVERY = b""
"""How a tenant is written that is every one."""
_KNOWN = "SELECT id, name, standing, trained, made, handle, account FROM people"


@dataclass(frozen=True, slots=True)
class Entry:
    """A person as the register knows them.

    Attributes:
        person: what decides about them.
        shown: the name, for people.
        made: when they were entered.
        handle: by which authenticators know the person; says nothing.
        account: the user of this machine that the person is; empty for none.
        keys: Ed25519 public keys.
    """

    person: Person
    shown: str
    made: int
    handle: bytes = field(repr=False)
    account: str = ""
    keys: tuple[bytes, ...] = ()


def add(connection: sqlite3.Connection, shown: str, now: int) -> str:
    """Add a person without any role; return the id.

    Args:
        connection: in a transaction.
        shown: the name, checked.
        now: seconds since the epoch.
    """
    number = f"p-{base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()}"
    connection.execute(
        "INSERT INTO people VALUES (?, ?, ?, 0, ?, ?, NULL)",
        (
            *(number, shown, Standing.ACTIVE.value, now),
            secrets.token_bytes(_HANDLE_BYTES),
        ),
    )
    return number


def find(connection: sqlite3.Connection, number: str) -> Entry | None:
    """Return a person by id, or None."""
    row = connection.execute(f"{_KNOWN} WHERE id = ?", (number,)).fetchone()
    return None if row is None else _entry(connection, row)


def is_id(name: str) -> bool:
    """Tell whether a name is an id that people have, or had."""
    return _ID.fullmatch(name) is not None


def every(connection: sqlite3.Connection) -> list[Entry]:
    """Return all people by name."""
    rows = connection.execute(f"{_KNOWN} ORDER BY name, id").fetchall()
    return [_entry(connection, row) for row in rows]


def count(connection: sqlite3.Connection) -> int:
    """Return how many people there are."""
    (found,) = connection.execute("SELECT count(*) FROM people").fetchone()
    return int(found)


def of_key(connection: sqlite3.Connection, public: bytes) -> Entry | None:
    """Return whose key this is, or None."""
    row = connection.execute(
        "SELECT person FROM keys WHERE public = ?", (public,)
    ).fetchone()
    return None if row is None else find(connection, row[0])


def of_account(connection: sqlite3.Connection, account: str) -> Entry | None:
    """Return who a user of this machine is, or None."""
    row = connection.execute(f"{_KNOWN} WHERE account = ?", (account,)).fetchone()
    return None if row is None else _entry(connection, row)


def has_ended(connection: sqlite3.Connection, public: bytes) -> bool:
    """Tell whether a key was removed with its person."""
    return _is_ended(connection, _digest(_KEY, public))


def has_left(connection: sqlite3.Connection, account: str) -> bool:
    """Tell whether a user of this machine was removed with its person."""
    return _is_ended(connection, _digest(_ACCOUNT, account.encode()))


def add_key(connection: sqlite3.Connection, number: str, public: bytes) -> bool:
    """Add a key; false where somebody has it, or had it and was removed."""
    if has_ended(connection, public):
        return False
    return bool(
        connection.execute(
            "INSERT INTO keys VALUES (?, ?) ON CONFLICT DO NOTHING", (public, number)
        ).rowcount
    )


def set_account(connection: sqlite3.Connection, number: str, account: str) -> bool:
    """Say which user of this machine a person is; false where it is somebody else."""
    if of_account(connection, account) is not None:
        return False
    digest = _digest(_ACCOUNT, account.encode())
    connection.execute("DELETE FROM ended WHERE digest = ?", (digest,))
    connection.execute(
        "UPDATE people SET account = ? WHERE id = ?", (account or None, number)
    )
    return True


def set_standing(
    connection: sqlite3.Connection, number: str, standing: Standing
) -> None:
    """Suspend a person, or let them take part again."""
    connection.execute(
        "UPDATE people SET standing = ? WHERE id = ?", (standing.value, number)
    )


def set_trained(connection: sqlite3.Connection, number: str, until: int) -> None:
    """Say until when the person's training is attested."""
    connection.execute("UPDATE people SET trained = ? WHERE id = ?", (until, number))


def give(connection: sqlite3.Connection, number: str, held: Held) -> None:
    """Give a person a role, or other purposes of one."""
    purposes = " ".join(sorted(purpose.value for purpose in held.purposes))
    connection.execute(
        "INSERT INTO held VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
        " SET purposes = ?4",
        (number, held.role.value, held.tenant or _EVERY, purposes),
    )


def take(
    connection: sqlite3.Connection, number: str, role: Role, tenant: bytes | None
) -> bool:
    """Take a role from a person; false where they do not have it."""
    return bool(
        connection.execute(
            "DELETE FROM held WHERE person = ? AND role = ? AND tenant = ?",
            (number, role.value, tenant or _EVERY),
        ).rowcount
    )


def remove(connection: sqlite3.Connection, number: str) -> None:
    """Remove a person and all that is kept of them.

    Their keys never count again, nor does their user of this machine until somebody
    says whose it is.
    """
    entry = find(connection, number)
    if entry is None:
        return
    digests = [_digest(_KEY, public) for public in entry.keys]
    if entry.account:
        digests.append(_digest(_ACCOUNT, entry.account.encode()))
    connection.executemany(
        "INSERT INTO ended VALUES (?) ON CONFLICT DO NOTHING",
        [(digest,) for digest in digests],
    )
    connection.execute("DELETE FROM people WHERE id = ?", (number,))


def _entry(
    connection: sqlite3.Connection,
    row: tuple[str, str, str, int, int, bytes, str | None],
) -> Entry:
    number, shown, standing, trained, made, handle, account = row
    held = connection.execute(
        "SELECT role, tenant, purposes FROM held WHERE person = ? ORDER BY 1, 2",
        (number,),
    )
    keys = connection.execute(
        "SELECT public FROM keys WHERE person = ? ORDER BY public", (number,)
    )
    person = Person(
        number,
        Standing(standing),
        tuple(
            Held(Role(role), tenant or None, frozenset(map(Purpose, purposes.split())))
            for role, tenant, purposes in held
        ),
        trained,
    )
    publics = tuple(public for (public,) in keys)
    return Entry(person, shown, made, handle, account or "", publics)


def _is_ended(connection: sqlite3.Connection, digest: bytes) -> bool:
    found = connection.execute("SELECT 1 FROM ended WHERE digest = ?", (digest,))
    return found.fetchone() is not None


def _digest(what: bytes, octets: bytes) -> bytes:
    return hashlib.sha256(_LABEL + what + octets).digest()
