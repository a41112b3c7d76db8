# SPDX-License-Identifier: Apache-2.0
"""The keeper's register: one SQLite database, written by the keeper alone.

Rules: what a transaction says is durable when it ends, or nothing of it is; what is
deleted is overwritten; a table is declared beside the functions that use it.
Not here: the tables (one file each, listed below).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.errors import StateError, unusable
from server.key_files import make_directory, write_new
from server.register import (
    aggregates,
    cases,
    certificates,
    clock,
    contract,
    erasures,
    holds,
    jobs,
    notices,
    purges,
    recipients,
    releases,
    rights,
    siem,
    tickets,
)

TABLES = (
    clock.TABLE,
    jobs.TABLE,
    certificates.TABLE,
    contract.TABLE,
    *cases.TABLES,
    holds.TABLE,
    *erasures.TABLES,
    notices.TABLE,
    *purges.TABLES,
    *recipients.TABLES,
    *releases.TABLES,
    *rights.TABLES,
    *aggregates.TABLES,
    tickets.TABLE,
    siem.TABLE,
)
"""Each is `CREATE TABLE IF NOT EXISTS`: a register gets what a release adds."""
_WAIT_SECONDS = 10.0
"""A writer waits this long for another; each needs milliseconds."""


class Register:
    """The register of one installation; any thread may use it."""

    def __init__(self, path: Path) -> None:
        """Open the register that `create` made, and add the tables that it lacks.

        Raises:
            StateError: it is absent or cannot be used.
        """
        if not path.exists():
            msg = f"{path} is missing: restore it from its backup"
            raise StateError(msg)
        self._path = path
        self._lock = threading.RLock()  # a transaction in another is an error, no wait
        with self._guarded():
            self._connection = sqlite3.connect(
                path,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            with self._guarded():
                self._prepare()
        except StateError:
            self._connection.close()
            raise

    @classmethod
    def create(cls, path: Path) -> "Register":
        """Make an empty register, and its directory where there is none.

        Raises:
            StateError: there is one already, or the disk refuses.
        """
        if not path.parent.exists():
            make_directory(path.parent)
        write_new(path, b"")
        return cls(path)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction that writes: all of it or nothing.

        Raises:
            StateError: the register cannot be written.
        """
        with self._guarded(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    @contextmanager
    def view(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction that reads: all of it as at one moment.

        Raises:
            StateError: the register cannot be read.
        """
        with self._guarded(), self._connection:
            self._connection.execute("BEGIN")
            yield self._connection

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                self._connection.execute(table)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error:
                raise unusable(self._path) from None


def open_register(path: Path) -> tuple[Register, bool]:
    """Return the register of an installation, and whether it was made just now.

    Raises:
        StateError: it cannot be used.
    """
    if path.exists():
        return Register(path), False
    return Register.create(path), True
