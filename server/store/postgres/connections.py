# SPDX-License-Identifier: Apache-2.0
"""The pooled connections of a PostgreSQL store, and what is tried again over them.

Rules: what changes is one transaction, committed or not there; what a server that goes
away leaves open is done again, and whoever is called here stands that, for it may have
been committed; a failure tells its class and what to do, for a server's own words may
quote a value; after one that lasted, nobody waits as long again until it is over.
Not here: what is asked (`store.py`), the address (`where.py`).
"""

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from server.errors import StateError
from server.store.postgres.migrating import check_version
from server.store.postgres.schema import SCHEMA
from server.store.postgres.where import Where

T = TypeVar("T")
Value = bytes | str | int | bool | None | Sequence[bytes | str | int | bool | None]
MOST = 8
"""Connections of one process: a committer, and readers that wait for the disk."""
PATIENCE_SECONDS = 15.0
"""A standby takes over in about ten seconds; an agent waits for thirty."""
PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
RECONNECT_SECONDS = 2.0
"""The pool tries behind its users' backs, ever more rarely: then it asks anew."""
LOCK_MILLISECONDS = 10_000
"""That one waits for another: longer is a transaction that hangs."""
_UNIQUE, _IN_USE = "23505", "55P03"
_PASSING = {
    *("40001", "40P01", _IN_USE, _UNIQUE),  # somebody else was first: look again
    *("57P01", "57P02", "57P03", "53300", "25006"),
}
"""What is over in a moment: a race, a restart, a failover, too many connections."""
_ADVICE = {
    "25006": "it can only be read: name its primary, or let it become one",
    "28": "let this role sign in (pg_hba.conf), or mend its password or certificate",
    "3D": "create that database, or mend the address",
    "3F": "run `discreet-server store migrate` as its owner",
    "42": "run `discreet-server store roles` as its owner",
    _IN_USE: "look who holds its tables (pg_stat_activity), or try again",
    "53300": "let it take more connections (max_connections), or run fewer gates",
    "53100": "free its disk",
    "TLS": "mend the server's certificate, or sslrootcert in the address",
    "53": "give it more memory or disk",
    "57": "wait until it has started, or start it",
}
_AWAY = "start PostgreSQL there, or mend the address"
_QUOTED = re.compile(r'"[^"]*"')
_REFUSALS = (
    ("starting up", "57"),
    ("shutting down", "57"),
    ("recovery", "57"),
    ("too many connections", "53300"),
    ("connection slots", "53300"),
    ("read-only", "25006"),
    ("database  does not exist", "3D"),
    ("role", "28"),
    ("password", "28"),
    ("pg_hba.conf", "28"),
    ("certificate", "TLS"),
    ("ssl", "TLS"),
)
"""Of who is not let in libpq tells words alone; in another language it is `_AWAY`."""


class InUseError(StateError):
    """Somebody else uses what was to be changed: to be tried again."""


class Connections:
    """A pool of connections to one database; any thread may use it."""

    def __init__(self, where: Where, most: int = MOST) -> None:
        """Connect, and look whether this release can use what is there.

        Args:
            where: the database.
            most: connections at a time.

        Raises:
            StateError: it cannot be reached, is not durable, or has another version.
        """
        self.where = where
        self._patience = 0.0  # whoever starts is told at once
        self._stopped = threading.Event()
        logging.getLogger("psycopg.pool").disabled = True  # its words name users
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            where.conninfo,
            min_size=1,
            max_size=most,
            open=False,
            configure=_configured,
            reconnect_timeout=RECONNECT_SECONDS,
            kwargs={"options": f"-c search_path={SCHEMA}"},
        )
        try:
            with psycopg.connect(where.conninfo) as first:
                check_version(first)
                _check_durable(first)
        except psycopg.Error as error:
            raise self.failed(error) from None
        self._pool.open()
        self._patience = PATIENCE_SECONDS

    def close(self) -> None:
        """Close all."""
        self._stopped.set()
        self._pool.close()

    def run(self, act: Callable[[Connection[Any]], T], *, again: bool = True) -> T:
        """Return what an act returns, once its transaction is committed.

        Args:
            act: what is done; it may be done again after it was committed.
            again: whether it may; else a failure is told at once.

        Raises:
            StateError: the store cannot be used.
        """
        if not again:
            self.run(_alive)
        until = time.monotonic() + (self._patience if again else 0)
        pause = PAUSE_SECONDS
        while True:
            try:
                wait = max(1.0, until - time.monotonic())
                with self._pool.connection(timeout=wait) as connection:
                    done = act(connection)
            except psycopg.Error as error:
                left = until - time.monotonic()
                if not _is_passing(error) or left < pause or self._stopped.is_set():
                    self._patience = 0.0 if _is_away(error) else self._patience
                    raise self.failed(error) from None
                if _is_away(error):
                    self._pool.check()  # all connections are of the same server
                self._stopped.wait(pause * (1 + secrets.randbelow(100) / 100))
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                self._patience = PATIENCE_SECONDS
                return done

    def look(self, act: Callable[[Connection[Any]], T]) -> T:
        """Return what an act reads as it is at one moment."""

        def looked(connection: Connection[Any]) -> T:
            connection.execute(_VIEW)
            return act(connection)

        return self.run(looked)

    @contextmanager
    def apart(self) -> Iterator[Connection[Any]]:
        """Read as it is at one moment, however long that takes.

        Raises:
            StateError: the store cannot be used, or went away meanwhile.
        """
        self.run(_alive)
        try:
            with self._pool.connection() as connection:
                connection.execute(_VIEW)
                yield connection
        except psycopg.Error as error:
            raise self.failed(error) from None

    def change(self, statement: str, values: Sequence[Value]) -> bool:
        """Run one statement in a transaction; returns whether it changed a row."""
        return self.run(lambda one: one.execute(statement, values).rowcount > 0)

    def change_rows(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for each of several rows, in one transaction."""

        def changed(connection: Connection[Any]) -> None:
            with connection.cursor() as cursor:
                cursor.executemany(statement, rows)

        self.run(changed)

    def change_once(
        self, changes: Sequence[tuple[str, Sequence[Sequence[Value]]]]
    ) -> None:
        """Run statements, each for its rows, in one transaction and not again.

        Args:
            changes: statements with their rows, in order; what must not be done twice.
        """

        def changed(connection: Connection[Any]) -> None:
            with connection.cursor() as cursor:
                for statement, rows in changes:
                    cursor.executemany(statement, rows)

        self.run(changed, again=False)

    def rows(
        self, query: str, values: Sequence[Value], build: Callable[..., T]
    ) -> list[T]:
        """Return what is built of each row of a query."""
        return self.run(
            lambda one: [build(*row) for row in one.execute(query, values, binary=True)]
        )

    def octets(self, query: str, values: Sequence[Value]) -> bytes | None:
        """Return the one column of a query's first row; None where there is none."""
        rows: list[bytes | None] = self.rows(query, values, lambda octets: octets)
        return rows[0] if rows else None

    def failed(self, error: psycopg.Error) -> StateError:
        """Name the class of a failure, and what to do about it."""
        state = error.sqlstate or _refusal(error)
        advice = _ADVICE.get(state) or _ADVICE.get(state[:2]) or _AWAY
        name = type(error).__name__ if state else "it does not answer"
        name = "it lets nobody in" if state and not error.sqlstate else name
        told = f"the store {self.where.shown} cannot be used ({name}): {advice}"
        return InUseError(told) if state == _IN_USE else StateError(told)


_VIEW = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def _refusal(error: psycopg.Error) -> str:
    """Return the class of a refused connection; empty where it is not known."""
    last = _QUOTED.sub("", str(error)).lower().rpartition("failed:")[2]
    return next((state for words, state in _REFUSALS if words in last), "")


def _alive(connection: Connection[Any]) -> None:
    connection.execute("SELECT 1")


def _configured(connection: Connection[Any]) -> None:
    connection.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
    commit = _shown(connection, "synchronous_commit")
    if commit in {"off", "local"}:  # a receipt means that it is on disk
        connection.execute("SET synchronous_commit = on")
    connection.commit()


def _check_durable(connection: Connection[Any]) -> None:
    wrong = [
        name
        for name in ("fsync", "full_page_writes")
        if _shown(connection, name) != "on"
    ]
    if wrong:
        msg = (
            f"the store's server would lose what it told as stored: set {wrong[0]} = on"
        )
        raise StateError(msg)


def _shown(connection: Connection[Any], name: str) -> str:
    row = connection.execute(f"SHOW {name}").fetchone()
    return str(row[0]) if row else ""


def _is_away(error: psycopg.Error) -> bool:
    """Tell whether it is the server that is not there, and not one transaction."""
    state = error.sqlstate or ""
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return isinstance(error, PoolTimeout) or (lost and state[:2] in {"", "08", "57"})


def _is_passing(error: psycopg.Error) -> bool:
    return error.sqlstate in _PASSING or _is_away(error)
