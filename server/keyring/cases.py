# SPDX-License-Identifier: Apache-2.0
"""The keys of cases, holds, tickets and laws, and the notes that a case's key locks.

Rules: each has a scope of its own, so nothing else opens it and its end takes nothing
else along; a note opens as long as the key of its case lives, and no longer.
Not here: what a case, hold or ticket is and when it ends (`server/keeper`).
"""

import os
import secrets
import sqlite3

from server.errors import StateError, TrustError
from server.keyring.tombstones import KeyKind
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import (
    NONCE_BYTES,
    WRAP_KEY_BYTES,
    OpeningKey,
    unwrap,
    wrap,
)
from wire.crypto.sealing import key_id
from wire.errors import OpenError

CASE = b"discreet/1/keyring/case\x00"
NOTES = b"discreet/1/keyring/notes\x00"
_NOTE = b"discreet/1/note\x00"


def case_scope(kind: KeyKind, name: bytes) -> str:
    """Return the scope of a case's, hold's, ticket's or law's keys."""
    return f"{kind.value}/{name.hex()}"


def add(
    wrapping: Wrapping,
    connection: sqlite3.Connection,
    tenant: bytes,
    kind: KeyKind,
    name: bytes,
    now: int,
) -> bytes:
    """Return a public key; arguments are those of `Keyring.case_key`."""
    found: tuple[bytes] | None = connection.execute(
        "SELECT public FROM cases WHERE kind = ? AND name = ?", (kind.value, name)
    ).fetchone()
    if found is not None:
        return found[0]
    key, scope = OpeningKey.generate(), case_scope(kind, name)
    number = key_id(key.public)
    connection.execute(
        "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)",
        (number, tenant, kind.value, name, key.public, now),
    )
    wrapping.keep(scope, CASE + number, key.seed())
    wrapping.keep(scope, NOTES, secrets.token_bytes(WRAP_KEY_BYTES))
    return key.public


def number_of(
    connection: sqlite3.Connection, tenant: bytes, kind: KeyKind, name: bytes
) -> bytes | None:
    """Return the id of a case's key; None where it was destroyed, or never was."""
    row: tuple[bytes] | None = connection.execute(
        "SELECT key_id FROM cases WHERE tenant = ? AND kind = ? AND name = ?",
        (tenant, kind.value, name),
    ).fetchone()
    return None if row is None else row[0]


def names(
    connection: sqlite3.Connection, tenant: bytes, kind: KeyKind
) -> dict[bytes, bytes]:
    """Return the names of all keys of a kind, by key id."""
    rows = connection.execute(
        "SELECT key_id, name FROM cases WHERE tenant = ? AND kind = ?",
        (tenant, kind.value),
    )
    return dict(rows.fetchall())


def seal_note(wrapping: Wrapping, scope: str, name: bytes, octets: bytes) -> bytes:
    """Return a locked note; arguments are those of `Keyring.seal_note`."""
    if not wrapping.has_scope(scope):
        msg = "the key of this case was destroyed, or never made: nothing is added"
        raise StateError(msg)
    nonce = os.urandom(NONCE_BYTES)
    key = wrapping.secret(scope, NOTES)
    return nonce + wrap(key, nonce, octets, _context(scope, name))


def open_note(
    wrapping: Wrapping, scope: str, name: bytes, octets: bytes
) -> bytes | None:
    """Return what a note says; arguments are those of `Keyring.open_note`."""
    if not wrapping.has_scope(scope):
        return None
    key = wrapping.secret(scope, NOTES)
    nonce, wrapped = octets[:NONCE_BYTES], octets[NONCE_BYTES:]
    try:
        return unwrap(key, nonce, wrapped, _context(scope, name))
    except OpenError:
        msg = "a note was altered, or put in another note's place: restore its register"
        raise TrustError(msg) from None


def _context(scope: str, name: bytes) -> bytes:
    return _NOTE + scope.encode() + b"\x00" + name
