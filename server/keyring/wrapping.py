# SPDX-License-Identifier: Apache-2.0
"""The three layers: a generation's secret wraps scope keys, and these wrap secrets.

Rules: a secret opens with the key of its own scope and name only; renewing draws a
new generation, and new keys for the scopes that lost something, so that no older copy
of the database opens what was taken away; nothing here shows a secret in its repr.
Not here: what the secrets are (`keyring.py`), the tables (`schema.py`).
"""

import os
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.errors import StateError, TrustError, unusable
from server.keyring.master import MasterFiles
from wire.crypto.opening import NONCE_BYTES, WRAP_KEY_BYTES, unwrap, wrap
from wire.errors import OpenError

_WAIT_SECONDS = 10.0
"""A writer waits this long for another; each needs milliseconds."""
_SCOPE = b"discreet/1/keyring/scope\x00"
_SECRET = b"discreet/1/keyring/secret\x00"


class Wrapping:
    """The keyring's database and what opens it; any thread may use it."""

    def __init__(self, path: Path, master: MasterFiles) -> None:
        """Open a database that exists.

        Raises:
            StateError: it cannot be used.
        """
        self.path = path
        self.master = master
        self._held = (0, b"")
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                path,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error:
            raise self.unusable() from None

    def close(self) -> None:
        """Release the file and forget the generation's secret."""
        self._connection.close()
        self._held = (0, b"")

    @contextmanager
    def transaction(self, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """Hold one transaction: all of it or nothing.

        Raises:
            StateError: the database cannot be used.
        """
        with self._lock:
            try:
                self._connection.execute("PRAGMA secure_delete = ON")
                self._connection.execute("PRAGMA synchronous = FULL")
                with self._connection:
                    self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                    yield self._connection
            except sqlite3.Error:
                self._held = (0, b"")  # of a generation that may not have come to be
                raise self.unusable() from None
            except BaseException:
                self._held = (0, b"")
                raise

    def generation(self) -> int:
        """Return the generation that the database names; in a transaction.

        Raises:
            StateError: it names none.
        """
        row = self._connection.execute("SELECT generation FROM master").fetchone()
        if row is None or not isinstance(row[0], int):
            raise self._damaged()
        return row[0]

    def renewing(self) -> bool:
        """Tell whether no key is given out to read with; in a transaction."""
        row = self._connection.execute("SELECT renewing FROM master").fetchone()
        return row is None or row[0] != 0

    def scope_key(self, scope: str) -> bytes:
        """Return the key of a scope; in a transaction.

        Raises:
            StateError: there is none.
            TrustError: the generation's secret is not the one that belongs here.
        """
        row = self._connection.execute(
            "SELECT nonce, wrapped FROM scopes WHERE scope = ?", (scope,)
        ).fetchone()
        if row is None:
            raise self._damaged()
        try:
            return unwrap(self._master_key(), row[0], row[1], _SCOPE + scope.encode())
        except OpenError:
            msg = (
                f"{self.path.parent} does not open with its master key in "
                f"{self.master.directory}: restore it with discreet-server keyring "
                "restore"
            )
            raise TrustError(msg) from None

    def keep(self, scope: str, context: bytes, secret: bytes) -> None:
        """Wrap a secret in its scope; in a transaction that writes."""
        if not self.has_scope(scope):
            self._put_scope(scope, secrets.token_bytes(WRAP_KEY_BYTES))
        self._put(scope, self.scope_key(scope), context, secret)

    def has_scope(self, scope: str) -> bool:
        """Tell whether anything was ever kept in a scope; in a transaction."""
        return (
            self._connection.execute(
                "SELECT 1 FROM scopes WHERE scope = ?", (scope,)
            ).fetchone()
            is not None
        )

    def has(self, scope: str, context: bytes) -> bool:
        """Tell whether a scope has a secret; in a transaction."""
        return self._row(scope, context) is not None

    def forget(self, scope: str, context: bytes) -> None:
        """Delete a secret's row; what it was can be unwrapped until `renew`."""
        self._connection.execute(
            "DELETE FROM secrets WHERE scope = ? AND context = ?", (scope, context)
        )

    def drop(self, scope: str) -> None:
        """Delete a scope with all its secrets; what they were opens until `renew`."""
        self._connection.execute("DELETE FROM secrets WHERE scope = ?", (scope,))
        self._connection.execute("DELETE FROM scopes WHERE scope = ?", (scope,))

    def secret(self, scope: str, context: bytes) -> bytes:
        """Return a secret of a scope; in a transaction.

        Raises:
            StateError: there is none.
            TrustError: it was damaged or put in another's place.
        """
        try:
            return self.unwrapped(self.scope_key(scope), scope, scope, context)
        except OpenError:
            raise self.altered() from None

    def unwrapped(self, key: bytes, mine: str, scope: str, context: bytes) -> bytes:
        """Return a secret of any scope with the key of one; in a transaction.

        Args:
            key: of the scope `mine`.
            mine: whose key that is.
            scope: where the secret lies.
            context: what names it.

        Raises:
            StateError: there is none.
            OpenError: it belongs to another scope, or was altered.
        """
        row = self._row(scope, context)
        if row is None:
            raise self._damaged()
        return unwrap(key, row[0], row[1], _context(mine, context))

    def renew(self, scopes: Collection[str]) -> None:
        """Draw a new generation, and new keys for some scopes; in a transaction.

        Raises:
            StateError: it cannot be written.
            TrustError: what is there does not open.
        """
        generation = max(self.generation(), self.master.newest()) + 1
        every = [
            name for (name,) in self._connection.execute("SELECT scope FROM scopes")
        ]
        keys = {scope: self.scope_key(scope) for scope in every}
        fresh = {
            scope: secrets.token_bytes(WRAP_KEY_BYTES) if scope in scopes else key
            for scope, key in keys.items()
        }
        for scope in scopes:
            self._rewrap(scope, keys[scope], fresh[scope])
        self._held = (generation, self.master.renew(generation))
        self._connection.execute("UPDATE master SET generation = ?", (generation,))
        for scope, key in fresh.items():
            self._put_scope(scope, key)

    def begin(self, generation: int, secret: bytes) -> None:
        """Know the secret of a generation that another place holds."""
        self._held = (generation, secret)

    def _rewrap(self, scope: str, before: bytes, after: bytes) -> None:
        rows = self._connection.execute(
            "SELECT context FROM secrets WHERE scope = ?", (scope,)
        ).fetchall()
        for (context,) in rows:
            try:
                secret = self.unwrapped(before, scope, scope, context)
            except OpenError:
                raise self.altered() from None
            self._put(scope, after, context, secret)

    def _put(self, scope: str, key: bytes, context: bytes, secret: bytes) -> None:
        nonce = os.urandom(NONCE_BYTES)
        self._connection.execute(
            "REPLACE INTO secrets VALUES (?, ?, ?, ?)",
            (scope, context, nonce, wrap(key, nonce, secret, _context(scope, context))),
        )

    def _put_scope(self, scope: str, key: bytes) -> None:
        nonce = os.urandom(NONCE_BYTES)
        wrapped = wrap(self._master_key(), nonce, key, _SCOPE + scope.encode())
        self._connection.execute(
            "REPLACE INTO scopes VALUES (?, ?, ?)", (scope, nonce, wrapped)
        )

    def _row(self, scope: str, context: bytes) -> tuple[bytes, bytes] | None:
        row: tuple[bytes, bytes] | None = self._connection.execute(
            "SELECT nonce, wrapped FROM secrets WHERE scope = ? AND context = ?",
            (scope, context),
        ).fetchone()
        return row

    def _master_key(self) -> bytes:
        """Return the secret of the generation that the database names now."""
        generation = self.generation()
        if self._held[0] != generation:
            self._held = (generation, self.master.secret(generation))
        return self._held[1]

    def unusable(self) -> StateError:
        """Return what is raised when the database cannot be used."""
        return unusable(self.path, "the keyring")

    def altered(self) -> TrustError:
        """Return what is raised when a secret is not what its place says."""
        return TrustError(
            f"{self.path} was altered: restore the keyring from its backup"
        )

    def _damaged(self) -> StateError:
        return StateError(
            f"{self.path} is damaged: restore the keyring from its backup"
        )


def _context(scope: str, context: bytes) -> bytes:
    return _SECRET + scope.encode() + b"\x00" + context
