# SPDX-License-Identifier: Apache-2.0
"""The private halves of all purpose keys, pseudonym keys and the store role's key.

Rules: every secret is wrapped under a master key that lies in a file of its own;
destroying a key wraps the survivors under a fresh master and removes the old one, so
no older copy of this database opens any more; nothing here shows a secret in its repr.
Not here: which epochs there must be (`server/epochs.py`), opening (`server/reader`).
"""

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import (
    make_directory,
    read_hexadecimal,
    scrub,
    sync_directory,
    write_hexadecimal,
    write_new,
)
from server.layout import Layout
from wire.crypto.opening import NONCE_BYTES, WRAP_KEY_BYTES, OpeningKey, unwrap, wrap
from wire.crypto.sealing import key_id
from wire.crypto.signing import SigningKey
from wire.errors import OpenError
from wire.keys import PseudonymKey, PurposeKey
from wire.pseudonyms import KEY_BYTES
from wire.purposes import Purpose

_WAIT_SECONDS = 10.0
"""A writer waits this long for another; each needs milliseconds."""
_EPOCH = b"discreet/1/keyring/epoch\x00"
_PSEUDONYM = b"discreet/1/keyring/pseudonym\x00"
_STORE_ROLE = b"discreet/1/keyring/store-role\x00"
_FOLD_JOB = b"discreet/1/keyring/fold-job\x00"
_SCHEMA = """
CREATE TABLE master (generation INTEGER NOT NULL) STRICT;
CREATE TABLE secrets (
    context BLOB PRIMARY KEY,
    nonce BLOB NOT NULL,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
    key_id BLOB PRIMARY KEY,
    tenant BLOB NOT NULL,
    purpose TEXT NOT NULL,
    retention TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    public BLOB NOT NULL,
    UNIQUE (tenant, purpose, retention, start, end)
) STRICT, WITHOUT ROWID;
CREATE TABLE pseudonyms (
    tenant BLOB NOT NULL,
    purpose TEXT NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    PRIMARY KEY (tenant, purpose, start, end)
) STRICT, WITHOUT ROWID;
CREATE TABLE destroyed (key_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO master VALUES (1);
"""


class Keyring:
    """The opening keys of one installation; any thread may use it."""

    def __init__(self, directory: Path) -> None:
        """Open the keyring in a directory that `create` made.

        Raises:
            StateError: it is absent or cannot be used.
            TrustError: its master key is not the one that belongs to it.
        """
        self._directory = directory
        self._path = directory / "keyring.sqlite"
        if not self._path.exists():
            msg = f"{self._path} is missing: restore the keyring from its backup"
            raise StateError(msg)
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(
                self._path,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error:
            raise self._unusable() from None
        self._master = (0, b"")
        try:
            with self._transaction():
                self._secret(_STORE_ROLE)
                self._remove_masters_before(self._generation())
        except (StateError, TrustError):
            self._connection.close()
            raise

    @classmethod
    def create(cls, layout: Layout) -> "Keyring":
        """Make an installation's keyring: a master key and the store role's key.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        make_directory(layout.keyring)
        path = layout.keyring / "keyring.sqlite"
        master = secrets.token_bytes(WRAP_KEY_BYTES)
        write_hexadecimal(_master_path(layout.keyring, 1), master)
        write_new(path, b"")
        try:
            connection = sqlite3.connect(path)
            connection.executescript(_SCHEMA)
            connection.execute(
                "INSERT INTO secrets VALUES (?, ?, ?)",
                _wrapped(master, _STORE_ROLE, SigningKey.generate().seed()),
            )
            connection.commit()
            connection.close()
        except sqlite3.Error:
            msg = f"cannot write {path}: is the disk full?"
            raise StateError(msg) from None
        return cls(layout.keyring)

    def close(self) -> None:
        """Release the file and forget the master key."""
        self._connection.close()
        self._master = (0, b"")

    def add_epoch(
        self,
        tenant: bytes,
        purpose: Purpose,
        retention: str,
        epoch: int,
        start: int,
        end: int,
    ) -> bytes:
        """Return the public key of an epoch, made now where there is none.

        The pseudonym key of the same purpose and time is made with it.

        Args:
            tenant: 16 bytes.
            purpose: for which purpose.
            retention: retention class within the purpose.
            epoch: number of the epoch, from `wire.keys.epoch_at`.
            start: its first second.
            end: first second after it.

        Raises:
            StateError: the keyring cannot be written.
        """
        spot = (tenant, purpose.value, start, end)
        with self._transaction(writing=True) as connection:
            found: tuple[bytes] | None = connection.execute(
                "SELECT public FROM epochs WHERE tenant = ? AND purpose = ?"
                " AND start = ? AND end = ? AND retention = ?",
                (*spot, retention),
            ).fetchone()
            if found is not None:
                return found[0]
            key = OpeningKey.generate()
            number = key_id(key.public)
            connection.execute(
                "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (number, *spot[:2], retention, epoch, start, end, key.public),
            )
            self._keep(_EPOCH + number, key.seed())
            if connection.execute(
                "INSERT OR IGNORE INTO pseudonyms VALUES (?, ?, ?, ?)", spot
            ).rowcount:
                self._keep(_pseudonym_context(*spot), secrets.token_bytes(KEY_BYTES))
            return key.public

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return the private key of a key id; None once it is destroyed or unknown.

        Raises:
            TrustError: the keyring was damaged or altered.
        """
        with self._transaction() as connection:
            if not _exists(connection, "epochs", number):
                return None
            return OpeningKey(self._secret(_EPOCH + number))

    def is_destroyed(self, number: bytes) -> bool:
        """Tell whether a key was here once and was destroyed on purpose."""
        with self._transaction() as connection:
            return _exists(connection, "destroyed", number)

    def public_keys(self, tenant: bytes) -> list[PurposeKey]:
        """Return the public keys of a tenant, by purpose, retention class and start."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT purpose, retention, epoch, start, end, public FROM epochs"
                " WHERE tenant = ? ORDER BY purpose, retention, start, end",
                (tenant,),
            ).fetchall()
        return [PurposeKey(Purpose(purpose), *rest) for purpose, *rest in rows]

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return the pseudonym keys of purposes whose epoch has not ended.

        Each epoch length of a purpose has its own key: take the one whose `start` and
        `end` are those of the purpose key that is sealed to.

        Args:
            tenant: 16 bytes.
            purposes: those that the device emits.
            now: seconds since the epoch.
        """
        wanted = {purpose.value for purpose in purposes}
        with self._transaction() as connection:
            rows: list[tuple[str, int, int]] = connection.execute(
                "SELECT purpose, start, end FROM pseudonyms"
                " WHERE tenant = ? AND end > ? ORDER BY purpose, start, end",
                (tenant, now),
            ).fetchall()
            return [
                PseudonymKey(
                    Purpose(purpose),
                    start,
                    end,
                    self._secret(_pseudonym_context(tenant, purpose, start, end)),
                )
                for purpose, start, end in rows
                if purpose in wanted
            ]

    def store_role_key(self) -> SigningKey:
        """Return the key that signs marks and pseudonym statements."""
        with self._transaction():
            return SigningKey(self._secret(_STORE_ROLE))

    def fold_job_key(self) -> SigningKey:
        """Return the key that signs blocks, made now where there is none.

        Raises:
            StateError: the keyring cannot be written.
        """
        with self._transaction(writing=True) as connection:
            if not connection.execute(
                "SELECT 1 FROM secrets WHERE context = ?", (_FOLD_JOB,)
            ).fetchone():
                self._keep(_FOLD_JOB, SigningKey.generate().seed())
            return SigningKey(self._secret(_FOLD_JOB))

    def destroy(self, number: bytes) -> bool:
        """Destroy an opening key, for ever; false where there is none of this id.

        The pseudonym key of its purpose and time goes with the last key that shares it.

        Raises:
            StateError: the keyring cannot be written; the key is still there.
        """
        with self._transaction(writing=True) as connection:
            row = connection.execute(
                "DELETE FROM epochs WHERE key_id = ?"
                " RETURNING tenant, purpose, start, end",
                (number,),
            ).fetchone()
            if row is None:
                return False
            self._forget(_EPOCH + number)
            connection.execute("INSERT INTO destroyed VALUES (?)", (number,))
            spot = "tenant = ? AND purpose = ? AND start = ? AND end = ?"
            if not connection.execute(
                f"SELECT 1 FROM epochs WHERE {spot}",  # noqa: S608 - a literal of ours
                row,
            ).fetchone():
                connection.execute(
                    f"DELETE FROM pseudonyms WHERE {spot}",  # noqa: S608 - likewise
                    row,
                )
                self._forget(_pseudonym_context(*row))
            generation = self._renew_master()
        self._remove_masters_before(generation)
        return True

    def _renew_master(self) -> int:
        """Wrap every secret under a fresh master key; returns its generation."""
        generation = self._generation() + 1
        contexts = self._connection.execute("SELECT context FROM secrets").fetchall()
        opened = [(context, self._secret(context)) for (context,) in contexts]
        path = _master_path(self._directory, generation)
        path.unlink(missing_ok=True)  # left by a crash: no committed state names it
        fresh = secrets.token_bytes(WRAP_KEY_BYTES)
        write_hexadecimal(path, fresh)
        sync_directory(self._directory)
        self._connection.executemany(
            "REPLACE INTO secrets VALUES (?, ?, ?)",
            [_wrapped(fresh, context, secret) for context, secret in opened],
        )
        self._connection.execute("UPDATE master SET generation = ?", (generation,))
        return generation

    def _remove_masters_before(self, generation: int) -> None:
        for path in self._directory.glob("master-*.key"):
            if path.name < _master_path(self._directory, generation).name:
                scrub(path)
        sync_directory(self._directory)

    def _generation(self) -> int:
        row = self._connection.execute("SELECT generation FROM master").fetchone()
        if row is None or not isinstance(row[0], int):
            msg = f"{self._path} is damaged: restore the keyring from its backup"
            raise StateError(msg)
        return row[0]

    def _master_key(self) -> bytes:
        """Return the master key that the database names at this moment."""
        generation = self._generation()
        if self._master[0] != generation:
            path = _master_path(self._directory, generation)
            self._master = (generation, read_hexadecimal(path, WRAP_KEY_BYTES))
        return self._master[1]

    def _keep(self, context: bytes, secret: bytes) -> None:
        self._connection.execute(
            "INSERT INTO secrets VALUES (?, ?, ?)",
            _wrapped(self._master_key(), context, secret),
        )

    def _forget(self, context: bytes) -> None:
        self._connection.execute("DELETE FROM secrets WHERE context = ?", (context,))

    def _secret(self, context: bytes) -> bytes:
        row = self._connection.execute(
            "SELECT nonce, wrapped FROM secrets WHERE context = ?", (context,)
        ).fetchone()
        if row is None:
            msg = f"{self._path} is damaged: restore the keyring from its backup"
            raise StateError(msg)
        try:
            return unwrap(self._master_key(), row[0], row[1], context)
        except OpenError:
            msg = (
                f"{self._directory} does not open with its master key: "
                "restore both from the same backup"
            )
            raise TrustError(msg) from None

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
        """Hold one transaction: all of it or nothing."""
        with self._lock:
            try:
                self._connection.execute("PRAGMA secure_delete = ON")
                self._connection.execute("PRAGMA synchronous = FULL")
                with self._connection:
                    self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
                    yield self._connection
            except sqlite3.Error:
                raise self._unusable() from None

    def _unusable(self) -> StateError:
        return StateError(
            f"{self._path} cannot be used: let this user write it, free the disk, or "
            "restore the keyring from its backup"
        )


def open_keyring(layout: Layout) -> Keyring:
    """Return an installation's keyring.

    Raises:
        StateError: it is absent or damaged.
        TrustError: its master key is not the one that belongs to it.
    """
    return Keyring(layout.keyring)


def _master_path(directory: Path, generation: int) -> Path:
    return directory / f"master-{generation:08d}.key"


def _wrapped(master: bytes, context: bytes, secret: bytes) -> tuple[bytes, ...]:
    nonce = os.urandom(NONCE_BYTES)
    return context, nonce, wrap(master, nonce, secret, context)


def _pseudonym_context(tenant: bytes, purpose: str, start: int, end: int) -> bytes:
    return _PSEUDONYM + tenant + f"{purpose}/{start}/{end}".encode()


def _exists(connection: sqlite3.Connection, table: str, number: bytes) -> bool:
    query = f"SELECT 1 FROM {table} WHERE key_id = ?"  # noqa: S608 - one of two names
    return connection.execute(query, (number,)).fetchone() is not None
