# SPDX-License-Identifier: Apache-2.0
"""A small SQLite file of the collector: opened, guarded and read or written whole.

Rules: a file that is not there is not made; one connection, which any thread may use,
one at a time; what SQLite refuses is one sentence that says what to do; a file of
several users has a journal that stays, for they may make nothing beside it.
Not here: what stands in it (`ledger.py`, `register/database.py`), the store, whose
readers are many (`server/store`).
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server import acl
from server.errors import StateError, unusable

WAIT_SECONDS = 10.0
"""A writer waits this long for another; each needs milliseconds."""
_AGAIN_SECONDS = 0.01
_PRIMARY = 0xFF
"""Of a code of SQLite's, what it has in common with its kinds."""


def make_tables(connection: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Make a register fit for use: durable, nothing left of what is deleted, whole.

    Args:
        connection: in no transaction.
        tables: each a `CREATE TABLE IF NOT EXISTS`: a file gets what a release adds.
    """
    _keep_journal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in tables:
            connection.execute(table)


def _keep_journal(connection: sqlite3.Connection) -> None:
    """Have the journal that a register is to have.

    SQLite does not wait for who is at the same change: two that have read the file
    would wait for each other.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {_journal(connection)}")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_SECONDS)
        else:
            return


def _journal(connection: sqlite3.Connection) -> str:
    """Return how a register keeps what is under way.

    Who may only read a file cannot open one with a WAL once its writers are gone.
    """
    (_, _, path) = connection.execute("PRAGMA database_list").fetchone()
    return "TRUNCATE" if acl.is_shared(Path(path)) else "WAL"


class SqliteFile:
    """A file and the connection to it."""

    def __init__(
        self, path: Path, what: str, prepare: Callable[[sqlite3.Connection], None]
    ) -> None:
        """Open a file that is there.

        Args:
            path: the file.
            what: is to be restored where it cannot be used.
            prepare: makes the connection, and the file, fit for use.

        Raises:
            StateError: it is absent, or this user may not use it.
        """
        if not path.exists():
            msg = f"{path} is missing: restore {what} from its backup"
            raise StateError(msg)
        self._path, self._what = path, what
        self._lock = threading.RLock()  # a transaction in another is an error, no wait
        try:
            self.connection = sqlite3.connect(
                path,
                timeout=WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error:
            raise unusable(path, what) from None
        try:
            with self.guarded():
                if acl.is_shared(path):
                    self.connection.execute("PRAGMA journal_mode = TRUNCATE")
                prepare(self.connection)
        except StateError:
            self.connection.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self.connection.close()

    @contextmanager
    def guarded(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection, in no transaction.

        Raises:
            StateError: SQLite refuses.
        """
        with self._lock:
            try:
                yield self.connection
            except sqlite3.Error:
                raise unusable(self._path, self._what) from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that writes: all of it, durable, or nothing of it.

        Raises:
            StateError: the file cannot be written.
        """
        with self.guarded() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that reads: all of it as at one moment.

        Raises:
            StateError: the file cannot be read.
        """
        with self.guarded() as connection, connection:
            connection.execute("BEGIN")
            yield connection
