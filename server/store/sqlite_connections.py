# SPDX-License-Identifier: Apache-2.0
"""The two connections of an SQLite store, and what runs over them.

Rules: what changes is one transaction, committed or not there; what is read together is
of one moment; a failure names its class, for SQLite's own words may quote a value.
Not here: what is asked (`sqlite.py`), how a connection is set up (`sqlite_schema.py`).
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from server.errors import StateError
from server.store import sqlite_schema

T = TypeVar("T")


class Connections:
    """A connection to write and one to read; any thread may use them.

    So a commit that waits for the disk does not hold up a look at a device.

    Attributes:
        path: of the file.
        writer: what changes the store.
        reader: what looks at it.
    """

    def __init__(self, path: Path) -> None:
        """Open a file that is there.

        Raises:
            StateError: absent, damaged, or made by a newer release.
        """
        self.path = path
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._stale = False  # opened when its disk could only be read
        self.writer = sqlite_schema.connect(path)
        try:
            self.reader = sqlite_schema.connect(path)
        except StateError:
            self.writer.close()
            raise

    def close(self) -> None:
        """Close both."""
        with self._write_lock, self._read_lock:
            self.reader.close()
            self.writer.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block does, or nothing of it."""
        with self._write_lock:
            try:
                if self._stale:
                    self._open_anew()
                self.writer.execute("BEGIN IMMEDIATE")
                yield self.writer
                self.writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._stale = self._stale or _is_read_only(error)
                raise self.failed(error) from None
            finally:
                if not self._stale and self.writer.in_transaction:
                    self.writer.execute("ROLLBACK")

    def _open_anew(self) -> None:
        """Open both connections anew: one that was opened on a read-only disk stays so.

        Where that fails the next change tries again.
        """
        with self._read_lock:
            self.reader.close()  # both share what maps the log, so neither may stay
            self.writer.close()
            self.reader = sqlite_schema.reopened(self.path)
            self.writer = sqlite_schema.reopened(self.path)
        self._stale = False

    @contextmanager
    def view(self) -> Iterator[sqlite3.Connection]:
        """Read several things as they are at one moment."""
        with self._read_lock:
            try:
                self.reader.execute("BEGIN")
                yield self.reader
            except sqlite3.Error as error:
                raise self.failed(error) from None
            finally:
                if self.reader.in_transaction:
                    self.reader.execute("ROLLBACK")

    def change(self, statement: str, values: Sequence[bytes | str | int]) -> bool:
        """Run one statement in a transaction; returns whether it changed a row."""
        with self.transaction() as database:
            return database.execute(statement, values).rowcount > 0

    def change_rows(
        self, statement: str, rows: Sequence[Sequence[bytes | str | int]]
    ) -> None:
        """Run one statement for each of several rows, in one transaction."""
        with self.transaction() as database:
            database.executemany(statement, rows)

    def change_once(
        self, changes: Sequence[tuple[str, Sequence[Sequence[bytes | str | int]]]]
    ) -> None:
        """Run statements, each for its rows, in one transaction."""
        with self.transaction() as database:
            for statement, rows in changes:
                database.executemany(statement, rows)

    def rows(
        self, query: str, values: Sequence[bytes | str | int], build: Callable[..., T]
    ) -> list[T]:
        """Return what is built of each row of a query.

        Raises:
            StateError: the store cannot be read, or a row is damaged.
        """
        with self._read_lock:
            try:
                return [build(*row) for row in self.reader.execute(query, values)]
            except sqlite3.Error as error:
                raise self.failed(error) from None
            except (TypeError, ValueError):
                msg = f"a row of the store {self.path} is damaged: restore its backup"
                raise StateError(msg) from None

    def octets(self, query: str, values: Sequence[bytes]) -> bytes | None:
        """Return the one column of a query's first row; None where there is none."""
        rows: list[bytes | None] = self.rows(query, values, _first)
        return rows[0] if rows else None

    @contextmanager
    def apart(self) -> Iterator[sqlite3.Connection]:
        """Read over a connection of its own, however long that takes."""
        database = sqlite_schema.connect(self.path)
        try:
            yield database
        except sqlite3.Error as error:
            raise self.failed(error) from None
        finally:
            database.close()

    def outside(self, act: Callable[[Path], T]) -> T:
        """Return what comes of an act on the file that opens it for itself."""
        try:
            return act(self.path)
        except sqlite3.Error as error:
            raise self.failed(error) from None

    def failed(self, error: sqlite3.Error) -> StateError:
        """Name the class of a failure; SQLite's own words may quote a value."""
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        msg = (
            f"the store {self.path} cannot be used ({name}): free its disk, "
            "or let this user write it"
        )
        return StateError(msg)


def _is_read_only(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return bool(code & 0xFF == sqlite3.SQLITE_READONLY)


def _first(octets: bytes | None) -> bytes | None:
    return octets
