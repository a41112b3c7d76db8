# SPDX-License-Identifier: Apache-2.0
"""A query gets the columns that it reads, and gives the rows that it would with all."""

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pytest

from server.query.kinds import words
from server.query.tables import reads, show_bare, show_rows

TEXT, WHOLE = pa.string(), pa.int64()
ROWS = {
    "processes": pa.table(
        {
            "device": ["a", "a", "b"],
            "pid": [1, 2, 3],
            "name": ["x", "y", "x"],
            "parent": pa.array([None, 1, 1], WHOLE),
            "at": pa.array([1, 2, 3], pa.timestamp("s")),
        }
    ),
    "packages": pa.table(
        {"device": ["a", "b"], "name": ["x", "z"], "size": pa.array([1.5, 2.5])}
    ),
    "users": pa.table({"device": ["a", "c"], "uid": [5, 6], "ok": [True, False]}),
}
WORDS = words({name: table.schema for name, table in ROWS.items()})
SAME = (
    "SELECT count(*) FROM processes",
    "SELECT 1 FROM processes",
    "FROM users",
    "SELECT * EXCLUDE (name) FROM processes",
    "SELECT * REPLACE (pid + 1 AS pid) FROM processes",
    "SELECT COLUMNS('p.*') FROM processes",
    "SUMMARIZE processes",
    "DESCRIBE processes",
    "SHOW TABLES",
    "SELECT pid FROM PROCESSES",
    "SELECT PID FROM main.Processes",
    "WITH c AS (SELECT * FROM processes) SELECT pid FROM c",
    "WITH c AS MATERIALIZED (FROM processes) SELECT a.pid, b.name FROM c a, c b",
    """WITH RECURSIVE t AS (SELECT pid FROM processes WHERE parent IS NULL UNION
    SELECT p.pid FROM processes p JOIN t ON p.parent = t.pid) FROM t""",
    "WITH users AS (SELECT pid AS uid FROM processes) SELECT * FROM users",
    """SELECT p.pid, l.v FROM processes p,
    LATERAL (SELECT size v FROM packages k WHERE k.device = p.device) l""",
    """SELECT name, (SELECT max(size) FROM packages k WHERE k.name = p.name)
    FROM processes p""",
    "SELECT p FROM processes p",
    "SELECT unnest(p) FROM (SELECT p FROM processes p)",
    "FROM (PIVOT processes ON name IN ('x', 'y') USING sum(pid) GROUP BY device)",
    "FROM (UNPIVOT packages ON name INTO NAME k VALUE v)",
    "FROM query_table('proc' || 'esses')",
    "FROM query('SELECT pid FROM proc' || 'esses')",
    "FROM histogram_values('proc' || 'esses', pid)",
    "FROM processes NATURAL JOIN packages",
    "FROM processes p ASOF JOIN users u ON p.device = u.device AND p.pid >= u.uid - 5",
    "FROM processes ANTI JOIN packages USING (name)",
    "SELECT device FROM processes EXCEPT SELECT device FROM packages",
    "FROM users LIMIT 0",
    "SELECT name FROM processes WHERE pid = 1 AND pid = 2",
    'SELECT count(name) FROM processes WHERE "at" > make_timestamp(1500000)',
    "SELECT uid, rank() OVER (PARTITION BY device ORDER BY uid) FROM users WHERE ok",
    "SELECT to_json(p) FROM processes p",
    "SELECT COALESCE(TRY(uid), 0), device FROM users",
    "SELECT any_value(COLUMNS(*)) FROM processes",
    "SELECT column_name, data_type FROM duckdb_columns() WHERE NOT internal",
    "SELECT count(*) FROM duckdb_views() v, users WHERE NOT internal",
)


def _empty(database: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, list[str]]:
    show_bare(database, WORDS)
    return reads(database, sql, WORDS)


def _given(read: Mapping[str, list[str]]) -> dict[str, pa.Table]:
    return {name: ROWS[name].select(columns) for name, columns in read.items()}


def _shown(
    sql: str, rows: Mapping[str, pa.Table], database: duckdb.DuckDBPyConnection
) -> list[str]:
    show_rows(database, WORDS, rows)
    return sorted(map(repr, database.sql(sql).fetchall()))


@pytest.mark.parametrize("sql", SAME)
def test_a_query_answers_as_if_it_had_every_column(sql: str) -> None:
    """Whatever SQL reads is given to it, under whichever name it asks."""
    with duckdb.connect() as narrow, duckdb.connect() as whole:
        found = _shown(sql, _given(_empty(narrow, sql)), narrow)
        _empty(whole, sql)
        assert found == _shown(sql, ROWS, whole)


def test_only_what_is_read_is_given() -> None:
    """Filters, joins and results count as reading; other columns and tables do not."""
    sql = "SELECT name FROM processes JOIN users USING (device) WHERE pid > 1"
    with duckdb.connect() as database:
        assert _empty(database, sql) == {
            "processes": ["device", "pid", "name"],
            "users": ["device"],
        }


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT parent FROM processes",
        "SELECT count(parent) FROM processes",
        "SELECT name FROM processes WHERE parent IS NULL",
        "SELECT count(*) FROM users",
        "SELECT count(*) FROM query_table('us' || 'ers')",
        "SELECT name FROM processes WHERE EXISTS (FROM users)",
    ],
)
def test_what_was_not_given_fails_where_it_is_read(sql: str) -> None:
    """A column or table that was left out is an error, not a null and not nothing."""
    given = _given({"processes": ["name"]})
    with duckdb.connect() as database:
        show_bare(database, WORDS)
        with pytest.raises(duckdb.InvalidInputException):
            _shown(sql, given, database)
