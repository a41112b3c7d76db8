# SPDX-License-Identifier: Apache-2.0
"""Brings the tables of a PostgreSQL store to a version, forwards or backwards.

Rules: one at a time, by a lock that its connection's end frees; each version in one
transaction, so that a kill leaves the one before or the one after; a way back that
would lose rows is not gone; a store of another version is never opened, and neither
brought up in passing, for other processes may still be of the former release.
Not here: the tables (`schema.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection

from server.errors import StateError
from server.store.device_rows import BEFORE, SINCE, since_of
from server.store.postgres.schema import (
    FLEET_SINCE,
    MIGRATIONS,
    SCHEMA,
    VERSION,
)
from server.store.postgres.where import Where

LOCK = 0x0064_6973_6372_6565
"""Of migrations, as an advisory lock."""
_ABSENT = "3F000", "42P01"
_VERSION = f"SELECT version FROM {SCHEMA}.version"  # noqa: S608 - a constant name


def version(connection: Connection[Any]) -> int:
    """Return the version of the tables that are there; 0: none.

    Raises:
        psycopg.Error: the database cannot be read.
    """
    try:
        with connection.transaction():
            row = connection.execute(_VERSION).fetchone()
    except psycopg.Error as error:
        if error.sqlstate in _ABSENT:
            return 0
        raise
    return int(row[0]) if row else 0


def check_version(connection: Connection[Any]) -> None:
    """Look whether this release can use the tables that are there.

    Raises:
        StateError: it cannot; the sentence says what to do.
        psycopg.Error: the database cannot be read.
    """
    found = version(connection)
    if found < VERSION:
        msg = (
            f"the store has version {found} and this release needs {VERSION}: run "
            "`discreet-server store migrate` as its owner"
        )
        raise StateError(msg)
    if found > VERSION:
        msg = (
            f"a newer release made the store (version {found}, this one knows "
            f"{VERSION}): install that release again, or have it migrate back"
        )
        raise StateError(msg)


def migrate(where: Where, target: int = VERSION) -> tuple[int, int]:
    """Bring a store to a version.

    Args:
        where: the database; its user owns the tables.
        target: the version.

    Returns:
        The version that it had, and the one that it has.

    Raises:
        StateError: another migration runs, it would lose rows, or a newer release made
            it.
    """
    try:
        with (
            psycopg.connect(where.conninfo, autocommit=True) as connection,
            _alone(connection),
        ):
            begun = version(connection)
            if begun > VERSION:
                check_version(connection)
            if not begun and target:
                _begin(connection)
            for following in range(begun, target):
                to = following + 1
                forwards, tells = MIGRATIONS[following].forwards, to == FLEET_SINCE
                _step(connection, forwards, to, tells=tells)
            for former in range(begun, target, -1):
                _back(connection, former)
    except psycopg.Error as error:
        name = type(error).__name__
        msg = f"the store {where.shown} was not migrated ({name}): it is as it was"
        raise StateError(msg) from None
    return begun, target


@contextmanager
def _alone(connection: Connection[Any]) -> Iterator[None]:
    """Let nobody else migrate meanwhile; a connection that is lost frees it as well."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    if not row or not row[0]:
        msg = "another migration of this store is running: wait until it has ended"
        raise StateError(msg)
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _begin(connection: Connection[Any]) -> None:
    with connection.transaction():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {SCHEMA}.version (version integer NOT NULL)"
        )
        connection.execute(
            f"INSERT INTO {SCHEMA}.version SELECT 0"  # noqa: S608 - a constant name
            f" WHERE NOT EXISTS (SELECT 1 FROM {SCHEMA}.version)"
        )


def _step(
    connection: Connection[Any],
    statements: tuple[str, ...],
    to: int,
    *,
    tells: bool = False,
) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL search_path = {SCHEMA}")
        for statement in statements:
            connection.execute(statement)
        if tells:
            _told_before(connection)
        connection.execute("UPDATE version SET version = %s", (to,))


def _told_before(connection: Connection[Any]) -> None:
    """Keep of each device what an older release did not keep to look for."""
    rows = connection.execute(BEFORE, binary=True)
    values = [since_of(*row) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(SINCE, values)


def _back(connection: Connection[Any], former: int) -> None:
    migration = MIGRATIONS[former - 1]
    for table in migration.unless:
        full = connection.execute(
            f"SELECT EXISTS (SELECT 1 FROM {SCHEMA}.{table}"  # noqa: S608 - constant names
            f" WHERE {migration.where})"
        ).fetchone()
        if full and full[0]:
            msg = (
                f"version {former - 1} of the store has no room for what is in it "
                f"({table}): it stays at version {former}"
            )
            raise StateError(msg)
    _step(connection, migration.backwards, former - 1)
