# SPDX-License-Identifier: Apache-2.0
"""Every root, policy and key statement that this collector has signed, for ever.

Rules: a version is signed once (the primary key), two publishers at a time cannot
make two of it; nothing is replaced, so the policy of any old envelope can be shown.
Not here: signing (`server/authority.py`), what devices are given (the store's bundle).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path

from server.errors import StateError, unusable
from server.key_files import write_new
from server.targets import Binding
from wire import signed
from wire.keys import KEY_STATEMENT, PurposeKey
from wire.placement import is_published
from wire.policy import POLICY_STATEMENT, PolicyStatement
from wire.signed import SignedKind

_WAIT_SECONDS = 30.0
"""A publisher waits this long for another; each needs milliseconds, and seconds where
ten thousand devices are placed anew."""
POLICIES = 64
"""What is said by so many signed policies is remembered, 150 kB each: who asks until
when data is kept asks all that were ever signed, and reading one takes milliseconds."""
_SCHEMA = """
CREATE TABLE statements (
    tenant BLOB NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (tenant, kind, version)
) STRICT, WITHOUT ROWID
"""

_BINDING_TABLE = """
CREATE TABLE IF NOT EXISTS bindings (
    tenant BLOB NOT NULL,
    target TEXT NOT NULL,
    version INTEGER NOT NULL,
    before INTEGER NOT NULL,
    following INTEGER NOT NULL,
    share INTEGER NOT NULL,
    first TEXT NOT NULL,
    PRIMARY KEY (tenant, target)
) STRICT, WITHOUT ROWID
"""
"""Made with the first binding: a file of an earlier release has none."""
_HAS_BINDINGS = "SELECT 1 FROM sqlite_master WHERE name = 'bindings'"
_BINDINGS = (
    "SELECT target, version, before, following, share, first FROM bindings"
    " WHERE tenant = ? ORDER BY target"
)


@lru_cache(POLICIES)
def policy_of(octets: bytes) -> PolicyStatement:
    """Return what a signed policy says; whose signature it is nobody looked at.

    The same octets say the same for ever, so they are read once.

    Raises:
        WireError: it is damaged.
    """
    return POLICY_STATEMENT.decode(signed.read(octets, SignedKind.POLICY).payload)


@dataclass(frozen=True, slots=True)
class SignedPolicy:
    """A policy as it was signed, and what it says."""

    octets: bytes
    statement: PolicyStatement


class Statements:
    """The signed statements of one installation."""

    def __init__(self, path: Path) -> None:
        """Open the file, which `create` made.

        Raises:
            StateError: it is absent or damaged.
        """
        if not path.exists():
            msg = f"{path} is missing: restore it from its backup"
            raise StateError(msg)
        self._path = path
        try:
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None
            )
        except sqlite3.Error:
            raise unusable(self._path) from None
        try:
            self._connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error:
            self._connection.close()
            raise unusable(self._path) from None

    @classmethod
    def create(cls, path: Path) -> "Statements":
        """Make the file, empty."""
        write_new(path, b"")
        statements = cls(path)
        try:
            statements._connection.execute(_SCHEMA)
        except sqlite3.Error:
            raise unusable(path) from None
        return statements

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Hold the right to publish: one transaction, all of it or nothing.

        Raises:
            StateError: the file cannot be written.
        """
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.Error:
            raise unusable(self._path) from None

    def add(self, tenant: bytes, kind: SignedKind, version: int, octets: bytes) -> None:
        """Add a signed statement; a version that exists is an error."""
        self._connection.execute(
            "INSERT INTO statements VALUES (?, ?, ?, ?)",
            (tenant, kind.value, version, octets),
        )

    def newest(self, tenant: bytes, kind: SignedKind) -> bytes | None:
        """Return the newest signed statement of a kind."""
        every = self.every(tenant, kind)
        return every[-1] if every else None

    def every(self, tenant: bytes, kind: SignedKind) -> list[bytes]:
        """Return all signed statements of a kind, oldest first.

        Raises:
            StateError: the file cannot be read.
        """
        try:
            rows: list[tuple[bytes]] = self._connection.execute(
                "SELECT octets FROM statements WHERE tenant = ? AND kind = ?"
                " ORDER BY version",
                (tenant, kind.value),
            ).fetchall()
        except sqlite3.Error:
            raise unusable(self._path) from None
        return [octets for (octets,) in rows]

    def published(self, tenant: bytes) -> SignedPolicy | None:
        """Return the newest signed policy that is bound to no tenant, site or tag.

        Raises:
            WireError: one that was looked at is damaged.
        """
        for octets in reversed(self.every(tenant, SignedKind.POLICY)):
            statement = policy_of(octets)
            if is_published(statement.target):
                return SignedPolicy(octets, statement)
        return None

    def bindings(self, tenant: bytes) -> dict[str, Binding]:
        """Return which policies are bound, by target.

        Raises:
            StateError: the file cannot be read.
        """
        try:
            there = self._connection.execute(_HAS_BINDINGS).fetchone()
            rows = self._connection.execute(_BINDINGS, (tenant,)) if there else ()
            return {row[0]: Binding(*row) for row in rows}
        except sqlite3.Error:
            raise unusable(self._path) from None

    def bind(self, tenant: bytes, binding: Binding) -> None:
        """Keep a binding in place of the target's last one; while publishing."""
        self._connection.execute(_BINDING_TABLE)
        self._connection.execute(
            "INSERT OR REPLACE INTO bindings VALUES (?, ?, ?, ?, ?, ?, ?)",
            (tenant, *astuple(binding)),
        )

    def unbind(self, tenant: bytes, target: str) -> None:
        """Take a binding away; while publishing."""
        self._connection.execute(
            "DELETE FROM bindings WHERE tenant = ? AND target = ?", (tenant, target)
        )

    def policies(self, tenant: bytes) -> list[PolicyStatement]:
        """Return all policies that were published, oldest first.

        Raises:
            WireError: one of them is damaged.
        """
        return [policy_of(one) for one in self.every(tenant, SignedKind.POLICY)]

    def purpose_keys(self, tenant: bytes) -> dict[bytes, PurposeKey]:
        """Return all purpose keys that were published, by id."""
        return {
            key.id: key
            for octets in self.every(tenant, SignedKind.KEYS)
            for key in KEY_STATEMENT.decode(
                signed.read(octets, SignedKind.KEYS).payload
            ).keys
        }
