# SPDX-License-Identifier: Apache-2.0
"""What stands at the front of a body: its tables, columns and withholdings.

Rules: the head names every buffer that follows it, in order; a name stands once.
Not here: the buffers themselves (`wire/body.py`).
"""

from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.catalogue import ValueType
from wire.codec import Choice, Field, ListOf, Message, Octets, Text, Uint
from wire.values import Withheld


class Mode(Enum):
    """What the rows of a table are."""

    APPEND = 0
    """Rows of a metric or event dataset."""
    FULL = 1
    """The whole state of a snapshot; its rows are numbered from 0."""
    DELTA = 2
    """Changes of a snapshot; an operation and a row number tell of each which."""


class Op(Enum):
    """What a row of a delta does."""

    ADD = 1
    """It is a new row and takes the next number."""
    CHANGE = 2
    """It takes the place of the row of its number."""
    REMOVE = 3
    """The row of its number is there no more; it has no values."""


@dataclass(frozen=True, slots=True)
class Note:
    """A withholding: how often a column's value did not leave, and why."""

    dataset: str
    column: str
    reason: Withheld
    count: int


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """Describes one column: `octets` is the length of its data buffer."""

    name: str
    type: ValueType
    nulls: int
    octets: int


@dataclass(frozen=True, slots=True)
class TableHead:
    """Describes one table; `state` is the digest of a snapshot's whole state."""

    dataset: str
    mode: Mode
    rows: int
    columns: tuple[ColumnHead, ...]
    state: bytes | None


@dataclass(frozen=True, slots=True)
class BodyHead:
    """Describes a body."""

    tables: tuple[TableHead, ...]
    notes: tuple[Note, ...]


_NAME = Text(limits.NAME_CHARS, 1)
NOTE = Message(
    "note",
    Note,
    (
        Field(1, "dataset", _NAME),
        Field(2, "column", _NAME),
        Field(3, "reason", Choice(Withheld)),
        Field(4, "count", Uint(minimum=1)),
    ),
)
COLUMN_HEAD = Message(
    "column-head",
    ColumnHead,
    (
        Field(1, "name", _NAME),
        Field(2, "type", Choice(ValueType)),
        Field(3, "nulls", Uint(limits.BODY_ROWS)),
        Field(4, "octets", Uint(limits.BODY_BYTES)),
    ),
)
TABLE_HEAD = Message(
    "table-head",
    TableHead,
    (
        Field(1, "dataset", _NAME),
        Field(2, "mode", Choice(Mode)),
        Field(3, "rows", Uint(limits.BODY_ROWS)),
        Field(4, "columns", ListOf(COLUMN_HEAD, limits.BODY_COLUMNS)),
        Field(5, "state", Octets(32, 32), optional=True),
    ),
)
BODY_HEAD = Message(
    "body-head",
    BodyHead,
    (
        Field(1, "tables", ListOf(TABLE_HEAD, limits.BODY_TABLES)),
        Field(2, "notes", ListOf(NOTE, limits.NOTE_COUNT)),
    ),
)
