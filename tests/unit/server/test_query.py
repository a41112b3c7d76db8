# SPDX-License-Identifier: Apache-2.0
"""A person's SQL runs in a locked child: what it may do, and all that it may not."""

import subprocess
import sys
from collections.abc import Sequence

import pyarrow as pa
import pytest

from server.errors import LimitError, QueryError, ServerError
from server.query.limits import QueryLimits
from server.query.run import Column, End, started

pytestmark = pytest.mark.slow

SCHEMA = pa.schema(
    [
        ("device", pa.string()),
        ("software.name", pa.string()),
        ("size", pa.int64()),
        ("share", pa.float64()),
        ("signed", pa.bool_()),
        ("observed", pa.timestamp("s")),
    ]
)
CANARY = "Canary-7719"
TABLE = pa.table(
    [
        ["a", "b"],
        [CANARY, None],
        [1, None],
        [0.5, None],
        [True, None],
        pa.array([1_700_000_000, None], pa.timestamp("s")),
    ],
    schema=SCHEMA,
)
FAST = QueryLimits(seconds=20)


def run(sql: str, limits: QueryLimits = FAST) -> tuple[list[object], End]:
    """Run a query over the table `software`."""
    with started(limits) as query:
        query.plan(sql, {"software": SCHEMA, "users": SCHEMA})
        *batches, end = query.batches({"software": TABLE})
    if not isinstance(end, End):
        raise TypeError
    return [row for rows in batches if isinstance(rows, list) for row in rows], end


def test_a_select_sees_the_rows_that_were_given() -> None:
    """Every type arrives as the JSON value a person expects, nulls too."""
    rows, end = run("FROM software ORDER BY device")
    assert rows == [
        ["a", CANARY, 1, 0.5, True, "2023-11-14T22:13:20Z"],
        ["b", None, None, None, None, None],
    ]
    assert end == End(2, "")


def test_a_plan_names_the_columns_before_any_row_is_given() -> None:
    """Names and types of the result are known while the tables are still empty."""
    with started(FAST) as query:
        columns = query.plan('SELECT "software.name", size FROM software', _tables())
    assert columns.columns == (
        Column("software.name", "VARCHAR"),
        Column("size", "BIGINT"),
    )


def _tables() -> dict[str, pa.Schema]:
    return {"software": SCHEMA}


def test_a_table_without_rows_is_empty_and_not_missing() -> None:
    """A dataset of which nothing came can be named all the same."""
    assert run("SELECT count(*) FROM users")[0] == [[0]]


def test_values_beyond_json_become_text() -> None:
    """Decimals, times with a zone, blobs, lists and infinities never fail a result."""
    rows, _ = run(
        "SELECT sum(size), 1.25::DECIMAL(9,2), TIMESTAMPTZ '2024-01-02 03:04:05+00',"
        " 'ab'::BLOB, [1, NULL], {'x': DATE '2024-01-02'}, 'inf'::DOUBLE,"
        " INTERVAL 1 DAY IS NULL, '0101'::BIT IS NULL FROM software"
    )
    assert rows == [
        [
            1,
            1.25,
            "2024-01-02T03:04:05Z",
            "6162",
            [1, None],
            {"x": "2024-01-02"},
            "inf",
            False,
            False,
        ]
    ]


def test_a_time_beyond_the_calendar_does_not_fail_a_result() -> None:
    """A device that sends the year 200,000 spoils its own cell only."""
    assert run("SELECT make_timestamp(9000000000000000000)")[0] == [
        ["(not shown: out of the calendar's range)"]
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '/etc/passwd.csv'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('https://localhost/x.csv')",
        "SELECT * FROM read_parquet('s3://bucket/x')",
        "SELECT getenv('PATH')",
        "SELECT * FROM TABLE",
        "SELECT * FROM query('COPY software TO ''/tmp/x''')",
        "COPY software TO '/tmp/discreet-test.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
        "ATTACH '/tmp/discreet-test.db'",
        "ATTACH ':memory:' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "PRAGMA enable_profiling",
        "SET enable_external_access = true",
        "SET memory_limit = '10GB'",
        "RESET lock_configuration",
        "CALL pragma_version()",
        "EXPLAIN ANALYZE COPY software TO '/tmp/discreet-test.csv'",
        "EXPORT DATABASE '/tmp/discreet-test'",
        "IMPORT DATABASE '/tmp/discreet-test'",
        "CREATE TABLE other AS SELECT 1",
        "CREATE SECRET (TYPE s3)",
        "DROP TABLE software",
        "INSERT INTO software VALUES (1)",
        "UPDATE software SET size = 1",
        "DELETE FROM software",
        "WITH x AS (DELETE FROM software RETURNING *) SELECT * FROM x",
        "BEGIN TRANSACTION",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY software TO '/tmp/discreet-test.csv'",
        "PREPARE x AS SELECT 1",
        "CHECKPOINT",
        "VACUUM",
        "",
        ";",
        "not sql",
        "SELECT '\x00'",
    ],
)
def test_nothing_but_one_select_over_the_tables_is_run(sql: str) -> None:
    """Files, network, extensions, settings, writing and second statements: refused."""
    with pytest.raises(QueryError):
        run(sql)


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "software.name"::TIMESTAMP FROM software',
        'SELECT "software.name"::INTEGER FROM software',
        'SELECT CAST("software.name" AS DATE) FROM software',
        'SELECT error("software.name") FROM software',
        "SELECT strptime(\"software.name\", '%Y') FROM software",
        "SELECT (SELECT 9223372036854775807 + size FROM software WHERE size = 1)",
    ],
)
def test_an_error_never_quotes_a_value(sql: str) -> None:
    """Once data is inside, a failure names its class, whatever DuckDB would say."""
    with pytest.raises(QueryError) as caught:
        run(sql)
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_in_the_sql_says_what_is_wrong() -> None:
    """Names that do not exist are named, for no data is there yet to be quoted."""
    with pytest.raises(QueryError, match="softwear"):
        run("SELECT * FROM softwear")


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 2 FROM x) SELECT sum(1) FROM x",
        "SELECT count(*) FROM range(100000000) a, range(100000000) b",
        "SELECT count(*) FROM range(1000000000) t(n) WHERE md5(n::TEXT) = ''",
    ],
)
def test_a_query_without_end_is_stopped(sql: str) -> None:
    """After its seconds a query is over, and the person is told to narrow it."""
    with pytest.raises(LimitError, match="longer than 1 seconds"):
        run(sql, QueryLimits(seconds=1))


def test_a_query_that_wants_all_memory_is_refused() -> None:
    """Memory is bounded and nothing is spilled to a disk."""
    with pytest.raises(LimitError, match="memory"):
        run(
            "SELECT list(r || repeat('x', 1000)) FROM range(100000000) t(r)",
            QueryLimits(memory=64 * 1024 * 1024),
        )


def test_a_result_with_too_many_rows_is_capped_and_says_so() -> None:
    """The first rows are shown, and the end names the cap."""
    rows, end = run("SELECT range FROM range(100000)", QueryLimits(rows=7))
    assert [row[0] for row in rows if isinstance(row, list)] == list(range(7))
    assert end == End(7, "rows")


def test_a_result_with_too_many_bytes_is_capped_and_says_so() -> None:
    """Wide rows are stopped by their bytes."""
    rows, end = run(
        "SELECT repeat('x', 1000) FROM range(100000)", QueryLimits(octets=10_500)
    )
    assert len(rows) == 10
    assert end == End(10, "bytes")


def test_a_row_larger_than_a_frame_is_refused() -> None:
    """A single huge cell ends the query with one sentence."""
    with pytest.raises(LimitError, match="one row"):
        run("SELECT repeat('x', 5000000)")


def test_the_child_is_gone_when_its_caller_stops_listening() -> None:
    """Leaving the block ends the child, however far it was."""
    with started(FAST) as query:
        query.plan("SELECT range FROM range(100000000)", _tables())
        rows = query.batches({"software": TABLE})
        next(rows)
        process = query._process
    assert process.returncode is not None


_PROBE = """
import os, sys
from server.query import child
child.leave()
from server.query import lockdown
from server.query.limits import QueryLimits
import socket
limits = QueryLimits()
lockdown.bound(limits)
lockdown.connect(limits)
lockdown.close_doors()
def tells(what):
    try:
        what()
    except OSError:
        return "refused"
    return "done"
print(tells(lambda: open("/etc/passwd")))
print(tells(lambda: socket.socket()))
print(tells(lambda: os.pipe()))
print(len(os.environ), os.getcwd())
import resource
print(resource.getrlimit(resource.RLIMIT_FSIZE))
"""


def test_a_locked_process_opens_no_file_and_no_socket() -> None:
    """Below DuckDB's own lock the kernel refuses as well."""
    assert _probe(_PROBE) == [
        "refused",
        "refused",
        "refused",
        "0 /",
        "(0, 0)",
    ]


def _probe(source: str) -> Sequence[str]:
    done = subprocess.run(
        (sys.executable, "-c", source), capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_every_error_has_a_stable_code() -> None:
    """What the child tells is one of the errors of docs/exit-codes.md."""
    with pytest.raises(ServerError) as caught:
        run("SELECT * FROM read_csv('/etc/passwd')")
    assert caught.value.exit_code == 9
