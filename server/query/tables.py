# SPDX-License-Identifier: Apache-2.0
"""The tables that a person's SQL sees: empty while it is planned, then rows of Arrow.

Rules: what a query does not read is not given to it, and reading it all the same is an
error, never a null; rows are scanned where they lie, nothing is copied into DuckDB.
Not here: the query (`answer.py`), its bounds (`lockdown.py`).
"""

import json
from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa

KINDS = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.timestamp("s"): "TIMESTAMP_S",
}
"""DuckDB's words for the types of opened tables."""
_TYPES = {word: kind for kind, word in KINDS.items()}
_SCAN = "ARROW_SCAN"
_PROJECTIONS = "Projections"
_BY_OTHER_NAMES = "query"
"""Of DuckDB's functions that look a table up by a text which they compute."""
_GIVEN = " (as given)"
Words = Mapping[str, Mapping[str, str]]
"""Of each table its columns, and DuckDB's word for the type of each."""


def words(schemas: Mapping[str, pa.Schema]) -> Words:
    """Return schemas in words that a message carries."""
    return {
        name: {field.name: KINDS[field.type] for field in schema}
        for name, schema in schemas.items()
    }


def show_empty(database: duckdb.DuckDBPyConnection, tables: Words) -> None:
    """Show tables without rows: a query is planned over them."""
    for name, columns in tables.items():
        fields = [(column, _TYPES[word]) for column, word in columns.items()]
        database.register(name, pa.schema(fields).empty_table())


def reads(
    database: duckdb.DuckDBPyConnection, sql: str, tables: Words
) -> dict[str, list[str]]:
    """Return which columns of which tables a query reads; never too few.

    DuckDB tells the columns of each scan, and not of which table it is: a table that
    the SQL may name is given every column that some scan has, and one at least.

    Args:
        database: where the tables are empty.
        sql: one SELECT that was planned already.
        tables: all that are shown.
    """
    try:
        (row,) = database.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
        scanned = {*_scanned(json.loads(row[1]))}
    except (duckdb.Error, ValueError, KeyError, TypeError):
        scanned = {column for columns in tables.values() for column in columns}
    said = sql.casefold()
    named = {
        name: columns
        for name, columns in tables.items()
        if name.casefold() in said or _BY_OTHER_NAMES in said
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


def show(
    database: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: pa.Table,
) -> None:
    """Show a table's rows; a column that was not given raises where it is read.

    Args:
        database: where the table was empty.
        name: of the table.
        columns: its own, and the words for their types.
        rows: some of its columns.
    """
    given = {*rows.column_names}
    shown = [
        quoted(column) if column in given else _missing(column, word)
        for column, word in columns.items()
    ]
    database.unregister(name)
    database.register(name + _GIVEN, rows)
    relation = database.table(quoted(name + _GIVEN)).project(", ".join(shown))
    relation.create_view(name)


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _missing(column: str, word: str) -> str:
    return f"CAST(error('a column was not given') AS {word}) AS {quoted(column)}"
