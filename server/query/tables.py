# SPDX-License-Identifier: Apache-2.0
"""The tables that a person's SQL sees: bare while it is planned, then rows of Arrow.

Rules: what a query does not read is not given to it, and reading it all the same is an
error, never a null and never an empty table; rows are scanned where they lie, nothing
is copied into DuckDB.
Not here: the query (`answer.py`), its bounds (`lockdown.py`).
"""

import json
from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa

from server.query.kinds import Words, empty

Connection = duckdb.DuckDBPyConnection

_SCAN = "ARROW_SCAN"
_PROJECTIONS = "Projections"
_BY_OTHER_NAMES = ("query", "histogram")
"""In the names of DuckDB's functions that look a table up by a text they compute."""
_REASON = "it was not given"
_ERROR = f"error('{_REASON}')"


class _NotGiven:
    """Batches of a table that nobody gave: who asks for one fails."""

    def __iter__(self) -> "_NotGiven":
        return self

    def __next__(self) -> pa.RecordBatch:
        raise ValueError(_REASON)


def show_bare(database: Connection, tables: Words) -> None:
    """Show tables that have columns, and cannot be read: a query is planned over them.

    Args:
        database: without tables.
        tables: all that are shown.
    """
    for name, columns in tables.items():
        schema = empty(columns).schema
        bare = pa.RecordBatchReader.from_batches(schema, _NotGiven())
        database.from_arrow(bare).create_view(name)


def reads(database: Connection, sql: str, tables: Words) -> dict[str, list[str]]:
    """Return which columns of which tables a query reads; never too few.

    DuckDB tells the columns of each scan, and not of which table it is: a table that
    the SQL may name is given every column that some scan has, and one at least.

    Args:
        database: where the tables are bare.
        sql: one SELECT that was planned already.
        tables: all that are shown.
    """
    every = {column for columns in tables.values() for column in columns}
    try:
        (row,) = database.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
        scanned = {*_scanned(json.loads(row[1]))} or every
    except (duckdb.Error, ValueError, KeyError, TypeError):
        scanned = every
    said = sql.casefold()
    named = {
        name: columns
        for name, columns in tables.items()
        if name.casefold() in said or any(word in said for word in _BY_OTHER_NAMES)
    }
    return {
        name: [column for column in columns if column in scanned] or [*columns][:1]
        for name, columns in named.items()
    }


def _scanned(nodes: list[dict[str, object]]) -> Iterator[str]:
    """Yield the columns of all scans of a plan.

    Raises:
        KeyError: a scan does not tell its columns.
        TypeError: the plan is not one as DuckDB writes it.
    """
    for node in nodes:
        children, told = node["children"], node["extra_info"]
        if not isinstance(children, list) or not isinstance(told, dict):
            raise TypeError
        yield from _scanned(children)
        if _SCAN in str(node["name"]):
            columns = told[_PROJECTIONS]
            yield from [columns] if isinstance(columns, str) else columns


def show_rows(
    database: Connection, tables: Words, rows: Mapping[str, pa.Table]
) -> None:
    """Show rows in the place of bare tables; the query that reads more fails.

    Args:
        database: where the tables are bare.
        tables: all that are shown.
        rows: of some of them some columns; to be kept as long as the database is.
    """
    for name, given in rows.items():
        held = {*given.column_names}
        relation = database.from_arrow(given).project(
            ", ".join(
                _quoted(column) if column in held else _missing(column, word)
                for column, word in tables[name].items()
            )
        )
        relation.create_view(name, replace=True)


def _quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _missing(column: str, word: str) -> str:
    return f"CAST({_ERROR} AS {word}) AS {_quoted(column)}"
