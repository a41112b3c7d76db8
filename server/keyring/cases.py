# SPDX-License-Identifier: Apache-2.0
"""The keys of cases, holds, tickets and laws, and the notes that a case's key locks.

Rules: each has a scope of its own, so nothing else opens it and its end takes nothing
else along; a note opens as long as the key of its case lives, and no longer.
Not here: what a case, hold or ticket is and when it ends (`server/keeper`), the keys of
what tickets bring (`ticketed.py`).
"""

import os
import secrets

from server.errors import StateError, TrustError
from server.keyring.schema import CASE, NOTES, case_scope
from server.keyring.scoped import ScopedKeys
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

_NOTE = b"discreet/1/note\x00"


class CaseKeys:
    """What one keyring has for cases; any thread may use it."""

    def __init__(self, wrapping: Wrapping) -> None:
        """Know of which keyring."""
        self._wrapping = wrapping

    def add(self, tenant: bytes, kind: KeyKind, name: bytes, now: int) -> bytes:
        """Return the public key of a case, hold, ticket or law, made now if need be.

        Args:
            tenant: 16 bytes.
            kind: which of them.
            name: names it among its kind, for all tenants; in no tombstone.
            now: seconds since the epoch.
        """
        with self._wrapping.transaction(writing=True) as connection:
            found: tuple[bytes] | None = connection.execute(
                "SELECT public FROM cases WHERE kind = ? AND name = ?",
                (kind.value, name),
            ).fetchone()
            if found is not None:
                return found[0]
            key, scope = OpeningKey.generate(), case_scope(kind, name)
            number = key_id(key.public)
            connection.execute(
                "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)",
                (number, tenant, kind.value, name, key.public, now),
            )
            self._wrapping.keep(scope, CASE + number, key.seed())
            self._wrapping.keep(scope, NOTES, secrets.token_bytes(WRAP_KEY_BYTES))
            return key.public

    def scoped(self, kind: KeyKind, name: bytes, now: int) -> ScopedKeys:
        """Return the opening keys of one case, hold or ticket."""
        return ScopedKeys(self._wrapping, case_scope(kind, name), now)

    def opening(self, tenant: bytes, kind: KeyKind, name: bytes) -> OpeningKey | None:
        """Return the private key of a case, hold or ticket; None where it is gone.

        Raises:
            TrustError: the keyring was damaged or altered.
        """
        with self._wrapping.transaction() as connection:
            row: tuple[bytes] | None = connection.execute(
                "SELECT key_id FROM cases WHERE tenant = ? AND kind = ? AND name = ?",
                (tenant, kind.value, name),
            ).fetchone()
            if row is None:
                return None
            scope = case_scope(kind, name)
            return OpeningKey(self._wrapping.secret(scope, CASE + row[0]))

    def names(self, tenant: bytes, kind: KeyKind) -> dict[bytes, bytes]:
        """Return the names of all keys of a kind, by key id."""
        with self._wrapping.transaction() as connection:
            rows = connection.execute(
                "SELECT key_id, name FROM cases WHERE tenant = ? AND kind = ?",
                (tenant, kind.value),
            )
            return dict(rows.fetchall())

    def seal_note(self, scope: str, name: bytes, octets: bytes) -> bytes:
        """Lock a note of a case: it opens for as long as the case's key lives.

        Args:
            scope: from `case_scope`; `add` made it.
            name: what the note is; another name does not open it.
            octets: what it says.

        Raises:
            StateError: the case has no key.
        """
        with self._wrapping.transaction():
            if not self._wrapping.has_scope(scope):
                msg = (
                    "the key of this case was destroyed, or never made: nothing is "
                    "added"
                )
                raise StateError(msg)
            nonce = os.urandom(NONCE_BYTES)
            key = self._wrapping.secret(scope, NOTES)
        return nonce + wrap(key, nonce, octets, _context(scope, name))

    def open_note(self, scope: str, name: bytes, octets: bytes) -> bytes | None:
        """Return what a note says; None once the key of its case is destroyed.

        Raises:
            TrustError: the note was altered, or is another one.
        """
        with self._wrapping.transaction():
            if not self._wrapping.has_scope(scope):
                return None
            key = self._wrapping.secret(scope, NOTES)
        nonce, wrapped = octets[:NONCE_BYTES], octets[NONCE_BYTES:]
        try:
            return unwrap(key, nonce, wrapped, _context(scope, name))
        except OpenError:
            msg = (
                "a note was altered, or put in another note's place: restore its "
                "register"
            )
            raise TrustError(msg) from None


def _context(scope: str, name: bytes) -> bytes:
    return _NOTE + scope.encode() + b"\x00" + name
