# SPDX-License-Identifier: Apache-2.0
"""Chosen rows of opened tables as a body again: for blocks, extracts and remainders.

Rules: what was opened is written, and nothing else can be: values come from decoded
tables, never from outside; the tables of one state have the same columns; the agent
may not import this.
Not here: the layout (`wire/body.py`), which rows (`server/reader`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wire import body_changes, limits
from wire.body import OpenTable, assembled, encode_column, values_of
from wire.body_head import BodyHead, Mode, Note, Op, TableHead
from wire.errors import BodyError, LimitError


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of the tables of one snapshot: its state.

    Attributes:
        tables: of one dataset, with the same columns.
        rows: of each table, which rows, in order.
    """

    tables: Sequence[OpenTable]
    rows: Sequence[Sequence[int]]


def encode_rows(states: Sequence[Chosen]) -> bytes:
    """Return a body with one full table for each state, and the last table's digest.

    Raises:
        BodyError: the tables of a state have not the same columns.
        LimitError: too many rows, tables or bytes.
    """
    if len(states) > limits.BODY_TABLES:
        msg = "too many tables for one body"
        raise LimitError(msg)
    buffers: list[bytes] = []
    heads = tuple(_table(state, buffers) for state in states)
    return assembled(BodyHead(heads, ()), buffers)


def _table(state: Chosen, buffers: list[bytes]) -> TableHead:
    last = state.tables[-1]
    count = sum(map(len, state.rows))
    if count > limits.BODY_ROWS:
        msg = f"{last.dataset}: too many rows for one body"
        raise LimitError(msg)
    kinds = [(column.name, column.type) for column in last.columns]
    for table in state.tables:
        if [(column.name, column.type) for column in table.columns] != kinds:
            msg = f"{last.dataset}: the tables of a state have not the same columns"
            raise BodyError(msg)
    columns = []
    for at, (name, value_type) in enumerate(kinds):
        values = []
        for table, rows in zip(state.tables, state.rows, strict=True):
            if rows:
                held = values_of(table.columns[at], table.rows)
                values += [held[row] for row in rows]
        columns.append(encode_column(name, value_type, values, buffers))
    return TableHead(last.dataset, Mode.FULL, count, tuple(columns), last.state)


@dataclass(frozen=True, slots=True)
class Projected:
    """Rows and columns of one table.

    Attributes:
        table: where they are from.
        columns: names of columns that it has, in its order.
        rows: which rows, in order.
    """

    table: OpenTable
    columns: tuple[str, ...]
    rows: tuple[int, ...]


def encode_projected(tables: Sequence[Projected]) -> bytes:
    """Return a body with one appended table for each, of its rows and columns alone.

    Raises:
        BodyError: two are of one dataset.
        LimitError: too many rows, tables or bytes.
    """
    if len({item.table.dataset for item in tables}) != len(tables):
        msg = "two tables of one dataset in one body"
        raise BodyError(msg)
    buffers: list[bytes] = []
    heads = tuple(_projected(item, buffers) for item in tables)
    return assembled(BodyHead(heads, ()), buffers)


def _projected(item: Projected, buffers: list[bytes]) -> TableHead:
    columns = []
    for column in item.table.columns:
        if column.name in item.columns:
            held = values_of(column, item.table.rows)
            values = [held[row] for row in item.rows]
            columns.append(encode_column(column.name, column.type, values, buffers))
    return TableHead(
        item.table.dataset, Mode.APPEND, len(item.rows), tuple(columns), None
    )


@dataclass(frozen=True, slots=True)
class Lessened:
    """A table from which rows are taken.

    Attributes:
        table: as it was opened.
        rows: those to take, and those that were blank before; of changes that remove
            something none is taken, for such a row has no values.
    """

    table: OpenTable
    rows: frozenset[int]

    @property
    def blank(self) -> frozenset[int]:
        """Return the rows that stay without values; of events and metrics none does."""
        if self.table.mode is Mode.APPEND:
            return frozenset()
        ops = self.table.ops
        return frozenset(
            row for row in self.rows if not ops or ops[row] is not Op.REMOVE
        )

    @property
    def left(self) -> int:
        """Return how many rows it still has."""
        taken = self.rows if self.table.mode is Mode.APPEND else self.blank
        return self.table.rows - len(taken)


def encode_lessened(tables: Sequence[Lessened], notes: Sequence[Note]) -> bytes:
    """Return a body without the values of some rows, else as it was.

    Raises:
        LimitError: too many bytes.
    """
    buffers: list[bytes] = []
    heads = tuple(_lessened(item, buffers) for item in tables)
    return assembled(BodyHead(heads, tuple(notes)), buffers)


def _lessened(item: Lessened, buffers: list[bytes]) -> TableHead:
    table, blank = item.table, item.blank
    appended = table.mode is Mode.APPEND
    kept = [row for row in range(table.rows) if not appended or row not in item.rows]
    if table.mode is Mode.DELTA:
        buffers += body_changes.pack(table.ops, table.numbers)
    columns = []
    for column in table.columns:
        held = values_of(column, table.rows)
        values = [None if row in blank else held[row] for row in kept]
        columns.append(encode_column(column.name, column.type, values, buffers))
    state = None if blank else table.state
    return TableHead(table.dataset, table.mode, len(kept), tuple(columns), state)
