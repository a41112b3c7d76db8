# SPDX-License-Identifier: Apache-2.0
"""How a keyring of an earlier version becomes one of this.

Rules: it is one transaction, or nothing of it; every key goes on opening; what was not
kept then is said to be unknown; the first version
had no scopes, the second no keys of tickets.
Not here: who calls it (`keyring.py`).
"""

import sqlite3
from collections.abc import Iterator

from server.errors import TrustError
from server.keyring.schema import (
    EPOCH,
    EPOCHS,
    FOLD_JOB,
    ROLES,
    STORE_ROLE,
    VERSION,
    Spot,
    make_tables,
    pseudonym_context,
    scope_of,
)
from server.keyring.tombstones import UNKNOWN, Tombstone, lay
from wire.crypto.opening import unwrap
from wire.errors import OpenError
from wire.policy_check import DAY
from wire.purposes import RULES, Purpose

Secret = tuple[str, bytes, bytes]
"""Scope, context and what is to be wrapped."""


def bring_up(connection: sqlite3.Connection, master: bytes) -> list[Secret]:
    """Replace the tables of the first version; returns its secrets, to be wrapped.

    How long each key was to be kept stood in the policy alone: until that is known
    (`Keyring.know_age`), its purpose's longest is what holds.

    Args:
        connection: in a transaction that writes.
        master: 32 bytes, the secret of its generation.

    Raises:
        TrustError: the master key is not its own.
    """
    found = list(_secrets(connection, master))
    (generation,) = connection.execute("SELECT generation FROM master").fetchone()
    epochs = connection.execute(
        "SELECT key_id, tenant, purpose, retention, epoch, start, end, public"
        " FROM epochs"
    ).fetchall()
    pseudonyms = connection.execute("SELECT * FROM pseudonyms").fetchall()
    destroyed = connection.execute("SELECT key_id FROM destroyed").fetchall()
    for name in ("master", "secrets", "epochs", "pseudonyms", "destroyed"):
        connection.execute(f"DROP TABLE {name}")
    make_tables(connection, generation, 0)
    connection.executemany(
        "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, x'')",
        [(*row, row[6] + longest(Purpose(row[2]))) for row in epochs],
    )
    connection.executemany("INSERT INTO pseudonyms VALUES (?, ?, ?, ?)", pseudonyms)
    for (number,) in destroyed:
        lay(connection, Tombstone(number, 0, UNKNOWN, generation, 0))
    return found


def bring_up_second(connection: sqlite3.Connection) -> None:
    """Let the tables of the second version know of tickets; in a transaction."""
    connection.execute("ALTER TABLE epochs RENAME TO former")
    connection.execute(EPOCHS)
    connection.execute("INSERT INTO epochs SELECT *, x'' FROM former")
    connection.execute("DROP TABLE former")
    connection.execute("ALTER TABLE tombstones ADD COLUMN ticket BLOB")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def longest(purpose: Purpose) -> int:
    """Return the seconds for which any policy may keep data of a purpose."""
    return RULES[purpose].maximum_days * DAY


def _secrets(connection: sqlite3.Connection, master: bytes) -> Iterator[Secret]:
    scopes = {STORE_ROLE: ROLES, FOLD_JOB: ROLES}
    for number, tenant, purpose in connection.execute(
        "SELECT key_id, tenant, purpose FROM epochs"
    ):
        scopes[EPOCH + number] = scope_of(tenant, purpose)
    for spot in connection.execute(
        "SELECT tenant, purpose, start, end FROM pseudonyms"
    ):
        scopes[pseudonym_context(Spot(*spot))] = scope_of(*spot[:2])
    for context, nonce, wrapped in connection.execute("SELECT * FROM secrets"):
        try:
            secret = unwrap(master, nonce, wrapped, context)
        except OpenError:
            msg = (
                "the keyring does not open with its master key: restore both from the "
                "same backup"
            )
            raise TrustError(msg) from None
        yield scopes[context], context, secret
