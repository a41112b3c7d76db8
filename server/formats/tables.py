# SPDX-License-Identifier: Apache-2.0
"""What a writer gets: tables of rows that somebody may see, and what they are.

Rules: a writer sees nothing else: no key, no envelope, no grant; who may see the rows
was decided and written down before. Values are as `server/query/cells.py` makes them:
null, booleans, numbers, texts, lists and objects; times are ISO 8601 in UTC.
Not here: the formats (one file each), choosing one (`choosing.py`).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from wire.catalogue import Dataset

DEVICE = "device"
"""Column of each table that was exported whole: the device's id in hexadecimal."""
LABEL = "device_label"
"""Column with the device's name for people; may be empty."""
OBSERVED = "observed"
"""Column that says when the device sealed the row."""
TIMESTAMP = "timestamp"
"""Column of those datasets whose rows happened at a moment of their own."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and DuckDB's word for its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one shape; they can be gone through once.

    Attributes:
        name: the dataset's, or another word for the result of a query.
        columns: in the order of a row's values.
        rows: the rows.
        dataset: its declaration; None for the result of a query.
    """

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    dataset: Dataset | None = None

    def records(self) -> Iterator[dict[str, object]]:
        """Yield each row as a dictionary without what is null."""
        names = [column.name for column in self.columns]
        for row in self.rows:
            yield {
                name: value
                for name, value in zip(names, row, strict=True)
                if value is not None
            }


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself.

    Attributes:
        purpose: for which the rows were opened.
        made: when, in seconds since the epoch.
        release: of the collector.
    """

    purpose: str
    made: int
    release: str


class Format(Protocol):
    """One format; a module of this folder is one.

    Attributes:
        NAME: how a person names it.
        SINGLE: a file of it holds one table.
        BINARY: it is not for a terminal.
    """

    NAME: str
    SINGLE: bool
    BINARY: bool

    def unfit(self, dataset: Dataset) -> str:
        """Return why a dataset has no form in this format; empty where it has."""

    def write(self, tables: Iterable[Table], about: About, out: BinaryIO) -> None:
        """Write tables.

        Args:
            tables: that have a form in it, in turn; each is gone through before the
                next is asked for.
            about: what they are.
            out: takes the bytes.
        """


def every(dataset: Dataset) -> str:
    """Be the `unfit` of a format that takes any table."""
    del dataset
    return ""


def instant(value: object) -> dt.datetime | None:
    """Return a time of a row; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def moment(record: dict[str, object], made: int) -> int:
    """Return when a row's matter was, in seconds since the epoch.

    Args:
        record: a row.
        made: taken where the row has no time.
    """
    for name in (TIMESTAMP, OBSERVED):
        found = instant(record.get(name))
        if found is not None:
            return int(found.timestamp())
    return made
