# SPDX-License-Identifier: Apache-2.0
"""Copies a store in SQLite's file into an empty PostgreSQL store, and compares both.

Rules: nobody writes the file meanwhile, so it is one moment, and it is only read; each
slice is a transaction, and a copy that was interrupted goes on behind its last; nothing
is told as copied before every row of both was compared; what differs is told by its
table, never by a value.
Not here: which tables become which (`copied_tables.py`), which store the collector uses
afterwards (`server/configuration_store.py`).
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from server.errors import StateError
from server.store import sqlite_schema
from server.store.postgres.copied_tables import TABLES, Copied, Row
from server.store.postgres.migrating import check_version
from server.store.postgres.schema import SCHEMA, UNPLANNED
from server.store.postgres.where import Where

SLICE_ROWS = 1_000
"""Of a table in one transaction: a few MiB of envelopes."""
Told = Callable[[str, int, int], None]
"""Hears of a table how many of its rows are done, of how many."""


def copy(path: Path, place: Where, told: Told) -> int:
    """Copy what is not there yet, and compare all.

    Args:
        path: the store's file.
        place: the database; its user owns the tables.
        told: hears how far it is.

    Returns:
        How many rows are the same in both.

    Raises:
        StateError: either cannot be used, or they are not the same.
    """
    with _still(path) as here:
        try:
            options = f"-c search_path={SCHEMA}"
            with psycopg.connect(
                place.conninfo, autocommit=True, options=options
            ) as there:
                check_version(there)
                for table in TABLES:
                    _copy(here, there, table, told)
                _go_on_counting(here, there)
                return sum(_same(here, there, table, told) for table in TABLES)
        except psycopg.Error as error:
            msg = (
                f"the copy into {place.shown} was interrupted ({type(error).__name__}):"
                " run it again, and it goes on where it was"
            )
            raise StateError(msg) from None
        except sqlite3.Error as error:
            msg = f"{path} cannot be read to its end ({type(error).__name__})"
            raise StateError(msg) from None


@contextmanager
def _still(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that nobody writes for as long as this lasts.

    Raises:
        StateError: it is no store, or somebody uses it.
    """
    with closing(sqlite_schema.connect(path)) as here:
        try:
            here.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            msg = f"{path} is in use: stop the collector first"
            raise StateError(msg) from None
        yield here
        here.execute("ROLLBACK")


def _copy(
    here: sqlite3.Connection, there: Connection[Any], table: Copied, told: Told
) -> None:
    """Copy the rows of a table behind those that are there."""
    (every,) = here.execute(table.counted).fetchone()
    done = _count(there, table)
    if done > every:
        raise _differs(table)
    periods = _periods(there) if table.sealed else {}
    rows = here.execute(f"{table.read} LIMIT -1 OFFSET ?", (done,))
    told(table.name, done, every)
    while piece := list(islice(rows, SLICE_ROWS)):
        with there.transaction(), there.cursor() as cursor:
            if table.sealed:
                _file(cursor, table, piece, periods)
            else:
                _write(cursor, table.target, table.columns, piece)
        done += len(piece)
        told(table.name, done, every)


def _file(
    cursor: psycopg.Cursor[Any],
    table: Copied,
    rows: Sequence[Row],
    periods: dict[tuple[bytes, bytes], int],
) -> None:
    """Write envelopes: what is known of them, and apart from it their octets."""
    at = table.columns.index("key_id")
    filed = [(row, periods.get((row[0], row[at]), UNPLANNED)) for row in rows]
    known = (*table.columns, "period", "spent")
    _write(cursor, "places", known, [(*row[:-1], day, "f") for row, day in filed])
    octets = (*table.columns[:4], "period", "octets")
    _write(
        cursor, "envelopes", octets, [(*row[:4], day, row[-1]) for row, day in filed]
    )


def _write(
    cursor: psycopg.Cursor[Any], name: str, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as into:
        for row in rows:
            into.write_row(row)


def _periods(there: Connection[Any]) -> dict[tuple[bytes, bytes], int]:
    """Return in which partition what is sealed to a key lies, by tenant and key."""
    rows = there.execute("SELECT tenant, key_id, period FROM epochs", binary=True)
    return {(tenant, key): period for tenant, key, period in rows}


def _count(there: Connection[Any], table: Copied) -> int:
    row = there.execute(sql.SQL(table.counted_there)).fetchone()
    return int(row[0]) if row else 0


def _go_on_counting(here: sqlite3.Connection, there: Connection[Any]) -> None:
    """Have later calls of devices get greater numbers than those that were."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'calls'"
    last = max((seq for (seq,) in here.execute(query)), default=0)
    there.execute("SELECT setval('call_numbers', %s, %s)", (max(last, 1), last > 0))


def _same(
    here: sqlite3.Connection, there: Connection[Any], table: Copied, told: Told
) -> int:
    """Compare a table's rows, one by one; returns how many there are.

    Raises:
        StateError: one differs, is missing, or is one too many.
    """
    rows = here.execute(table.read)
    count = 0
    total = _count(there, table)
    with there.transaction(), there.cursor(name="compared", binary=True) as cursor:
        cursor.itersize = SLICE_ROWS
        cursor.execute(sql.SQL(table.shown))
        for one, other in zip_longest(rows, cursor):
            if one != other:
                raise _differs(table)
            count += 1
            if count % SLICE_ROWS == 0:
                told(f"{table.name}, compared", count, total)
    told(f"{table.name}, compared", count, total)
    return count


def _differs(table: Copied) -> StateError:
    return StateError(
        f"what the database has of {table.name} is not what the file has: it is another"
        " store's, or the file changed since an interrupted copy; begin anew with an"
        " empty database"
    )
