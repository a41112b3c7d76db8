# SPDX-License-Identifier: Apache-2.0
"""The collector's list of acts: who did what, in an order that cannot be changed.

Rules: an entry is added in one transaction together with the chain's new end, one
process at a time; entries never change; a body names ids and counts, never a value.
Not here: the chain itself (`wire/ledger.py`), showing it (`server/commands/ledger.py`).
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.errors import StateError, TrustError
from server.key_files import write_new
from wire import cbor, ledger
from wire.cbor import Plain
from wire.errors import ChainError, DecodeError
from wire.ledger import ENTRY, SALT_BYTES, Head

_WAIT_SECONDS = 10.0
"""A writer waits this long for another; each needs milliseconds."""
_PAGE = 500
"""Entries read at a time, so that a slow printer holds up no writer."""
_SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    entry BLOB NOT NULL,
    body BLOB,
    salt BLOB
) STRICT;
CREATE TABLE head (number INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
"""

_Row = tuple[bytes, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Act:
    """One entry, as people read it.

    Attributes:
        index: 1, 2, 3 ...
        time: seconds since the epoch.
        act: kebab-case slug.
        body: what happened; None once it was erased.
        digest: the entry's own digest, which the next entry names.
    """

    index: int
    time: int
    act: str
    body: dict[int | str, Plain] | None
    digest: bytes


class SqliteLedger:
    """A ledger in a file; any process and thread may add to it."""

    def __init__(self, path: Path) -> None:
        """Open the ledger that `create` made.

        Raises:
            StateError: it is absent, or this user may not use it.
        """
        if not path.exists():
            msg = f"{path} is missing: restore the ledger from its backup"
            raise StateError(msg)
        self._path = path
        self._lock = threading.Lock()
        with self._guarded():
            self._connection = sqlite3.connect(
                path,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )

    @classmethod
    def create(cls, path: Path) -> "SqliteLedger":
        """Make an empty ledger.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        write_new(path, b"")
        opened = cls(path)
        with opened._guarded():
            opened._connection.executescript(_SCHEMA)
            opened._connection.execute(
                "INSERT INTO head VALUES (?, ?)",
                (ledger.EMPTY.index, ledger.EMPTY.digest),
            )
        return opened

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def add(self, act: str, body: Mapping[str, Plain], now: int) -> Head:
        """Add an entry durably and return the chain's new end.

        Args:
            act: kebab-case slug, such as "opened".
            body: ids, names and counts; never a value from data.
            now: seconds since the epoch.

        Raises:
            StateError: the ledger cannot be written; then the act must not happen.
        """
        salt = secrets.token_bytes(SALT_BYTES)
        with self._guarded(), self._connection:
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("BEGIN IMMEDIATE")
            head, entry, octets = ledger.append(
                self._head(), act, dict(body.items()), salt, now
            )
            self._connection.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?)",
                (head.index, entry, octets, salt),
            )
            self._connection.execute(
                "UPDATE head SET number = ?, digest = ?", (head.index, head.digest)
            )
        return head

    def head(self) -> Head:
        """Return the end of the chain: what a witness outside writes down."""
        with self._guarded():
            return self._head()

    def entries(self, after: int = 0) -> Iterator[Act]:
        """Yield the entries behind a number, in order; checks no chain.

        Raises:
            StateError: the file cannot be read.
            TrustError: an entry is no entry any more.
        """
        for number, (octets, body, _) in self._rows(after):
            try:
                entry = ENTRY.decode(octets)
                yield Act(
                    number,
                    entry.time,
                    entry.act,
                    None if body is None else _body(body),
                    ledger.entry_digest(octets),
                )
            except DecodeError:
                raise _broken(number) from None

    def verify(self) -> int:
        """Check the whole chain and return the number of entries.

        Raises:
            StateError: the file cannot be read.
            TrustError: an entry is missing or altered; the message names its number.
        """
        with self._guarded():
            head = self._head()
        reached = 0

        def rows() -> Iterator[_Row]:
            nonlocal reached
            for number, row in self._rows(0):
                if number > head.index:
                    return  # added since: the next verification covers it
                reached = number
                yield row

        try:
            return ledger.verify(rows(), head).index
        except DecodeError:
            raise _broken(reached) from None
        except ChainError as error:
            msg = f"{error}: compare it with a backup, and find out who could write it"
            raise TrustError(msg) from None

    def _rows(self, after: int) -> Iterator[tuple[int, _Row]]:
        page = [after]
        while page:
            with self._guarded():
                found = self._connection.execute(
                    "SELECT number, entry, body, salt FROM entries WHERE number > ?"
                    " ORDER BY number LIMIT ?",
                    (page[-1], _PAGE),
                ).fetchall()
            page = [row[0] for row in found]
            for number, *row in found:
                yield number, (row[0], row[1], row[2])

    def _head(self) -> Head:
        row = self._connection.execute("SELECT number, digest FROM head").fetchone()
        if row is None:
            msg = f"{self._path} is damaged: restore the ledger from its backup"
            raise StateError(msg)
        return Head(*row)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error:
                msg = (
                    f"{self._path} cannot be used: let this user write it, free the "
                    "disk, or restore the ledger from its backup"
                )
                raise StateError(msg) from None


def _body(octets: bytes) -> dict[int | str, Plain]:
    """Return a decoded body; a body is always a map."""
    body = cbor.decode(octets)
    return body if isinstance(body, dict) else {}


def _broken(number: int) -> TrustError:
    return TrustError(
        f"ledger entry {number} is damaged: compare the ledger with a backup"
    )
