# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What the query child does: takes one query, checks, loads, runs and answers it.

Rules: it is locked before it sees the SQL; it plans the SQL over bare tables first,
so what DuckDB says about it cannot quote data; once data is inside, errors name their
class only; one statement, and that a SELECT.
Not here: which rows come in (`server/reader`), who may ask (`server/reader/grants.py`).
"""

import json
import sys
from collections.abc import Mapping
from typing import IO

import duckdb
import pyarrow as pa

from server.desk import frames
from server.errors import LimitError, QueryError, ServerError, UnreachableError
from server.query import lockdown
from server.query.cells import rows_of
from server.query.kinds import Words, empty
from server.query.limits import BATCH_BYTES, BATCH_ROWS, SQL_BYTES, QueryLimits
from server.query.tables import reads, show_bare, show_rows

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

_ONE_SELECT = "give one SELECT statement: data is read here, nothing is changed"

_OUT_OF_MEMORY = (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError)
_MEMORY = (
    "the query needs more memory than it may use: name fewer columns, or narrow it "
    "with --device, --since or WHERE"
)


def answer(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer one query; what goes wrong is the answer.

    Args:
        incoming: the query, then the tables.
        outgoing: for the plan, then the result.
    """
    try:
        _serve(incoming, outgoing)
    except ServerError as error:
        _tell(outgoing, error)
    except MemoryError:
        _tell(outgoing, LimitError(_MEMORY))
    except Exception as error:  # noqa: BLE001 - boundary: told by class, never by text
        _tell(outgoing, _failed(error))


def _tell(outgoing: IO[bytes], error: ServerError) -> None:
    frames.write(outgoing, {"error": {"slug": error.slug, "sentence": str(error)}})


def _serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    request = frames.read(incoming)
    if request is None:
        msg = "no query came"
        raise UnreachableError(msg)
    limits, sql, tables = _checked(request)
    lockdown.bound(limits)
    database = lockdown.connect(limits)
    lockdown.close_doors()
    show_bare(database, tables)
    names = _plan(database, sql)
    wanted = reads(database, sql, tables)
    frames.write(outgoing, {"ready": True, "columns": names, "reads": wanted})
    given = {
        name: empty({column: tables[name][column] for column in columns})
        for name, columns in wanted.items()
    } | _given(incoming)
    try:
        show_rows(database, tables, given)
    except duckdb.Error as error:
        raise _failed(error) from None
    _run(database, sql, limits, outgoing)


def _checked(
    request: Mapping[str, object],
) -> tuple[QueryLimits, str, Words]:
    """Return limits, SQL and tables of a request; the parent made it."""
    bounds, sql, tables = request["limits"], request["sql"], request["tables"]
    if (
        not isinstance(sql, str)
        or not isinstance(tables, dict)
        or not isinstance(bounds, dict)
    ):
        raise QueryError(_ONE_SELECT)
    if len(sql.encode()) > SQL_BYTES or "\x00" in sql:
        msg = f"the SQL has at most {SQL_BYTES} bytes and no NUL"
        raise QueryError(msg)
    return QueryLimits(**bounds), sql, tables


def _plan(database: duckdb.DuckDBPyConnection, sql: str) -> list[list[str]]:
    """Check the SQL over tables that are still bare; returns names and types.

    Raises:
        QueryError: not one SELECT, or DuckDB does not take it; no data is in yet, so
            the sentence may be DuckDB's own.
    """
    try:
        statements = database.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(_first_line(error)) from None
    if [item.type for item in statements] != [duckdb.StatementType.SELECT]:
        raise QueryError(_ONE_SELECT)
    try:
        planned = database.sql(sql)
        kinds = [str(kind) for kind in planned.types]
        return [list(pair) for pair in zip(planned.columns, kinds, strict=True)]
    except duckdb.PermissionException:
        msg = "a query reads the tables it is given, no files and no network"
        raise QueryError(msg) from None
    except duckdb.Error as error:
        raise QueryError(_first_line(error)) from None
    except AttributeError:  # DuckDB returns no relation for what yields no rows
        raise QueryError(_ONE_SELECT) from None


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0][:400]


def _given(incoming: IO[bytes]) -> dict[str, pa.Table]:
    """Return rows: a frame names a table, its Arrow stream follows; then "run"."""
    found: dict[str, pa.Table] = {}
    while True:
        message = frames.read(incoming)
        if message is None:
            msg = "the reader went away"
            raise UnreachableError(msg)
        name = message.get("table")
        if not isinstance(name, str):
            return found
        try:
            with pa.ipc.open_stream(incoming) as stream:
                found[name] = stream.read_all()
        except pa.ArrowException as error:
            raise _failed(error) from None


def _run(
    database: duckdb.DuckDBPyConnection,
    sql: str,
    limits: QueryLimits,
    outgoing: IO[bytes],
) -> None:
    """Run the SQL and write rows until it ends or a cap is reached."""
    result = _Result(outgoing, limits)
    try:
        database.execute("BEGIN TRANSACTION READ ONLY")
        for found in database.sql(sql).to_arrow_reader(BATCH_ROWS):
            if not all(map(result.take, rows_of(found))):
                break
    except (duckdb.Error, pa.ArrowException) as error:
        raise _failed(error) from None
    result.finish()


class _Result:
    """Counts rows and bytes, and writes them in batches."""

    def __init__(self, outgoing: IO[bytes], limits: QueryLimits) -> None:
        self._outgoing = outgoing
        self._limits = limits
        self._rows = self._octets = self._waiting = 0
        self._batch: list[list[object]] = []
        self._capped = ""

    def take(self, row: list[object]) -> bool:
        """Take a row; false once a cap is reached."""
        length = len(json.dumps(row))
        if self._rows == self._limits.rows:
            self._capped = "rows"
        elif self._octets + length > self._limits.octets:
            self._capped = "bytes"
        if self._capped:
            return False
        if self._waiting + length > BATCH_BYTES:
            self._flush()
        if length > frames.FRAME_BYTES // 2:
            msg = "one row of the result is too large: select less of it"
            raise LimitError(msg)
        self._batch.append(row)
        self._rows += 1
        self._octets += length
        self._waiting += length
        return True

    def finish(self) -> None:
        """Write what waits, and how it ended."""
        self._flush()
        end = {"rows": self._rows, "capped": self._capped}
        frames.write(self._outgoing, {"end": end})

    def _flush(self) -> None:
        if self._batch:
            frames.write(self._outgoing, {"rows": self._batch})
        self._batch, self._waiting = [], 0


def _failed(error: Exception) -> ServerError:
    """Name the class of a failure; DuckDB's own words may quote data now."""
    if isinstance(error, _OUT_OF_MEMORY):
        return LimitError(_MEMORY)
    if isinstance(error, duckdb.ConversionException):
        return QueryError("a value does not convert to that type: use TRY_CAST")
    if isinstance(error, duckdb.OutOfRangeException):
        return QueryError("a number leaves its type's range: cast it to a wider one")
    if isinstance(error, duckdb.TransactionException):
        return QueryError(_ONE_SELECT)
    if isinstance(error, duckdb.PermissionException):
        return QueryError("a query reads the tables it is given, nothing else")
    return QueryError(
        f"the query failed while it ran ({type(error).__name__}); "
        "what DuckDB says is not shown, for it may quote data"
    )
