# SPDX-License-Identifier: Apache-2.0
"""Runs a person's SQL in a child and counts what comes out.

Rules: the child gets an empty environment, two pipes and nothing else; it is killed
when planning or running takes too long (it only waits while envelopes are opened), when
the caller stops listening, and in any case at the end.
Not here: what the child gives up (`server/query/lockdown.py`).
"""

import dataclasses
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from server.desk import frames
from server.desk.shut import kill
from server.errors import LimitError, QueryError, ServerError, UnreachableError
from server.query.kinds import words
from server.query.limits import QueryLimits
from server.query.spare import Spare

_SLACK_SECONDS = 5.0
"""To start Python, DuckDB and Arrow: half a second here, more on a loaded machine."""
_OUT_OF_TIME = (-int(getattr(signal, "SIGXCPU", 0)), -int(signal.SIGTERM))
_GRACE_SECONDS = 2.0
"""A child that closed its end is gone in milliseconds."""
_ERRORS: dict[str, type[QueryError | LimitError | UnreachableError]] = {
    QueryError.slug: QueryError,
    LimitError.slug: LimitError,
    UnreachableError.slug: UnreachableError,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its name and DuckDB's word for its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class End:
    """How a result ended; `capped` is empty, "rows" or "bytes"."""

    rows: int
    capped: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query will do.

    Attributes:
        columns: of its result.
        reads: columns by table: what it has to be given.
    """

    columns: tuple[Column, ...]
    reads: Mapping[str, Sequence[str]]


class Query:
    """One query in its child: to be planned, then fed and read once."""

    def __init__(self, process: subprocess.Popen[bytes], limits: QueryLimits) -> None:
        """Use `started`."""
        self._process = process
        self._limits = limits
        self._overdue = threading.Event()
        self._reads: Mapping[str, Sequence[str]] = {}
        self.planned = False
        """Whether the SQL was taken: nobody who is refused gets so far."""

    @contextmanager
    def _clock(self) -> Iterator[None]:
        """Have the child killed where the block takes too long."""
        timer = threading.Timer(self._limits.seconds + _SLACK_SECONDS, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._overdue.set()
        self._process.kill()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        kill(self._process)

    def plan(self, sql: str, schemas: Mapping[str, pa.Schema]) -> Plan:
        """Have the SQL checked over bare tables; returns what it will do.

        Args:
            sql: as the person wrote it.
            schemas: of all tables that there are.

        Raises:
            QueryError: not one SELECT, or not over these tables.
            LimitError: even that took too long.
        """
        bounds = dataclasses.asdict(self._limits)
        with self._clock():
            self._write({"sql": sql, "limits": bounds, "tables": words(schemas)})
            told = self._read()
        columns, reads = told.get("columns"), told.get("reads")
        if not isinstance(columns, list) or not isinstance(reads, dict):
            raise _strange()
        named = tuple(Column(str(name), str(kind)) for name, kind in columns)
        self.planned = True
        self._reads = {str(name): [*map(str, wanted)] for name, wanted in reads.items()}
        return Plan(named, self._reads)

    def batches(self, tables: Mapping[str, pa.Table]) -> Iterator[list[object] | End]:
        """Feed the tables and yield the result's rows in batches, then its End.

        Args:
            tables: by name, with the columns that the plan reads and maybe more; those
                that are missing stay empty.

        Yields:
            Lists of rows, in order and no larger than a frame; then one End.

        Raises:
            QueryError: it failed while it ran.
            LimitError: it took too long or too much memory.
        """
        with self._clock():
            yield from self._batches(tables)

    def _batches(self, tables: Mapping[str, pa.Table]) -> Iterator[list[object] | End]:
        for name, wanted in self._reads.items():
            if name in tables:
                self._write({"table": name})
                self._send(tables[name].select(wanted))
        self._write({"run": True})
        count = 0
        while True:
            message = self._read()
            end, batch = message.get("end"), message.get("rows")
            if isinstance(end, dict):
                yield End(count, str(end.get("capped")))
                return
            if not isinstance(batch, list):
                raise _strange()
            count += len(batch)
            if count > self._limits.rows:
                raise _strange()
            yield batch

    def _send(self, table: pa.Table) -> None:
        try:
            with pa.ipc.new_stream(self._stream(into=True), table.schema) as stream:
                stream.write_table(table)
        except OSError:
            self._read()
            raise _strange() from None

    def _write(self, message: Mapping[str, object]) -> None:
        try:
            frames.write(self._stream(into=True), message)
        except OSError:
            self._read()
            raise _strange() from None

    def _stream(self, *, into: bool) -> IO[bytes]:
        stream = self._process.stdin if into else self._process.stdout
        if stream is None:
            raise _strange()
        return stream

    def _read(self) -> dict[str, object]:
        """Return the child's next message; its error is raised here."""
        try:
            message = frames.read(self._stream(into=False))
        except UnreachableError:
            message = None
        if message is None:
            raise self._ended()
        error = message.get("error")
        if isinstance(error, dict):
            kind = _ERRORS.get(str(error.get("slug")), QueryError)
            raise kind(str(error.get("sentence")))
        return message

    def _ended(self) -> ServerError:
        """Say why the child is gone: our clock, its CPU time, or its memory."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        if self._overdue.is_set() or self._process.returncode in _OUT_OF_TIME:
            return LimitError(
                f"the query ran longer than {self._limits.seconds} seconds and was "
                "stopped: narrow it with --device, --since or WHERE"
            )
        return LimitError(
            "the query's process ended by itself, most likely for want of memory: "
            "narrow it with --device, --since or WHERE"
        )


def _strange() -> UnreachableError:
    return UnreachableError("the query's process answered strangely: restart `serve`")


@contextmanager
def started(limits: QueryLimits, spare: Spare | None = None) -> Iterator[Query]:
    """Have a query in a child, which ends with the block.

    Args:
        limits: what the query may use.
        spare: has children that wait; one is to wait for the query after one that was
            planned, too.

    Yields:
        The query, not planned yet.
    """
    query = Query((spare or Spare()).take(), limits)
    try:
        yield query
    finally:
        query.close()
        if spare is not None and query.planned:
            spare.want()
