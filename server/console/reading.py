# SPDX-License-Identifier: Apache-2.0
"""What the reader answers, held for a page: tables cut to what is shown, and notes.

Rules: a table says how many rows it had and how many are shown; of what happened the
newest are kept; what was not opened or is missing is told beside, never left out.
Not here: who may read and the ledger (`server/reader`), markup (`templates/read.html`).
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from server.commands import printing
from server.console.bounds import CELL_CHARS, SHOWN_ROWS
from server.console.charts import short
from server.console.desks import Message
from server.errors import UnreachableError

OWN = ("device", "device_label", "observed")
"""Columns that the reader puts in front of each table."""
_TIMES = ("timestamp", "observed")
_UNITS = {
    "bytes": "B",
    "celsius": "°C",
    "double-seconds": "ms",
    "percent": "%",
    "ratio": "%",
}
_FACTORS = {"double-seconds": 1_000, "ratio": 100}
_PLAIN_UNITS = {"megabits-per-second": "Mbit/s", "milliseconds": "ms", "seconds": "s"}
Text = Callable[..., str]
Row = list[object]


@dataclass(slots=True)
class Table:
    """A table as it comes; of many rows the newest are kept.

    Attributes:
        name: of the table; empty for the result of SQL.
        columns: names.
        limit: rows that are kept.
        rows: what is kept.
        count: rows that came.
    """

    name: str
    columns: list[str]
    limit: int = SHOWN_ROWS
    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def take(self, rows: list[Row]) -> None:
        """Take rows that came."""
        self.count += len(rows)
        self.rows += rows
        if len(self.rows) > 2 * self.limit:
            self.trim()

    def trim(self) -> None:
        """Leave what is shown: of a table with times the newest, else the first."""
        place = next((self.columns.index(n) for n in _TIMES if n in self.columns), -1)
        if self.name and place >= 0:
            self.rows.sort(key=lambda row: str(row[place] or ""), reverse=True)
        del self.rows[self.limit :]

    def of_one(self) -> "Table":
        """Return the table of one device: without its name, and what is bare."""
        bare = set(self.bare())
        kept = [n for n, name in enumerate(self.columns) if name not in {*OWN, *bare}]
        kept += [n for n, name in enumerate(self.columns) if name == "observed"]
        rows = [[row[n] for n in kept] for row in self.rows]
        columns = [self.columns[n] for n in kept]
        return Table(self.name, columns, self.limit, rows, self.count)

    def bare(self) -> list[str]:
        """Return the columns that say nothing in any row."""
        return [
            name
            for n, name in enumerate(self.columns)
            if name not in OWN
            and all(row[n] is None or row[n] == "" for row in self.rows)
        ]

    def series(self) -> list[dict[str, object]]:
        """Return the rows by column, the oldest first, each with its time as "at"."""
        dicts = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        for one in dicts:
            one["at"] = seconds(one.get("timestamp") or one.get("observed"))
        found = [one for one in dicts if one["at"]]
        return sorted(found, key=lambda one: str(one["at"]).zfill(12))


@dataclass(slots=True)
class Read:
    """A reading.

    Attributes:
        tables: in the order in which they came.
        end: what the reader tells at the end.
    """

    tables: list[Table] = field(default_factory=list)
    end: dict[str, object] = field(default_factory=dict)


def held(messages: Iterator[Message], limits: Mapping[str, int] | None = None) -> Read:
    """Return a reading, once it has ended.

    Args:
        messages: of the reader.
        limits: rows to keep, by table; as many as a page shows where not named.

    Raises:
        ServerError: what the reader says is wrong, as its own class.
    """
    read = Read()
    for message in messages:
        columns, rows, end = (message.get(n) for n in ("columns", "rows", "end"))
        if isinstance(columns, list):
            name = str(message.get("table", ""))
            limit = (limits or {}).get(name, SHOWN_ROWS)
            read.tables.append(Table(name, [str(one[0]) for one in columns], limit))
        if isinstance(rows, list):
            if not read.tables:
                msg = "the reader is of another release: restart `serve`"
                raise UnreachableError(msg)
            read.tables[-1].take(rows)
        if isinstance(end, dict):
            read.end = {str(name): value for name, value in end.items()}
    for table in read.tables:
        table.trim()
    return read


def cell(value: object, unit: str = "") -> str:
    """Return a value for people: short, in one unit, with nothing that hides.

    Args:
        value: as the reader gives it.
        unit: the type of its column, as the catalogue has it; empty for none.

    Returns:
        the text; empty for nothing.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if unit in _UNITS and isinstance(value, (int, float)):
        return short(float(value) * _FACTORS.get(unit, 1), _UNITS[unit])
    if isinstance(value, float):
        value = f"{value:.6g}"
    if unit in _PLAIN_UNITS:
        value = f"{value} {_PLAIN_UNITS[unit]}"
    if unit == "timestamp" and isinstance(value, str) and (at := seconds(value)):
        return printing.moment(at).replace("T", " ").removesuffix("Z")
    text = printing.safe(str(value))
    return text if len(text) <= CELL_CHARS else text[: CELL_CHARS - 1] + "…"


Types = Mapping[str, Sequence[str]]
"""Of each column its type, as the catalogue has it, and more that is told of it."""


def cells(table: Table, types: Types) -> Iterator[list[tuple[str, bool]]]:
    """Yield the rows of a table as they are shown.

    Args:
        table: that was read.
        types: of its columns; those it does not name have none.

    Yields:
        of each cell its text, and whether it stays on one line.
    """
    shown = [_texts(_type(name, types)) for name in table.columns]
    tight = [_type(name, types) == "timestamp" for name in table.columns]
    for row in table.rows:
        texts = [text(value) for text, value in zip(shown, row, strict=True)]
        yield [*zip(texts, tight, strict=True)]


def _type(name: str, types: Types) -> str:
    return types.get(name, ("",))[0] or ("timestamp" if name == "observed" else "")


def _texts(unit: str) -> Callable[[object], str]:
    """Return what makes the cells of a column; a text that comes again is made once."""
    known = cache(partial(cell, unit=unit))

    def text(value: object) -> str:
        return known(value) if isinstance(value, str) else cell(value, unit)

    return text


def seconds(value: object) -> int:
    """Return a time of the reader as seconds since the epoch; 0 for none."""
    if not isinstance(value, str):
        return 0
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return 0
    return int(found.replace(tzinfo=found.tzinfo or dt.UTC).timestamp())


def notes(end: Mapping[str, object], text: Text) -> list[str]:
    """Return what is to be said beside a reading.

    Args:
        end: what the reader told at the end.
        text: returns a text by name, with what is put into it.
    """
    found = [text("read.from", **{n: end.get(n, 0) for n in ("rows", *_FROM)})]
    if end.get("capped"):
        found.append(text("read.capped"))
    for name in ("unheard", "aside", "skipped", "missing", "uncounted"):
        counted = end.get(name)
        for reason, count in counted.items() if isinstance(counted, dict) else ():
            known = name == "skipped" and reason in SKIPS
            why = text(f"read.why.{reason}") if known else printing.safe(str(reason))
            found.append(text(f"read.{name}", count=count, why=why))
    if end.get("asked"):
        found.append(text("read.asked", count=end["asked"]))
    noted = end.get("notes")
    listed = noted if isinstance(noted, list) else ()
    found += [text("read.noted", note=printing.safe(str(one))) for one in listed]
    return found


_FROM = ("envelopes", "blocks", "devices")
SKIPS = frozenset(
    {
        *("change-of-an-unknown-row", "change-without-its-state"),
        *("column-not-in-policy", "column-of-another-type", "dataset-not-in-policy"),
        "state-differs-from-its-digest",
        *("key-destroyed", "key-overdue", "not-of-this-purpose", "other-purpose"),
        *("other-ticket", "time-out-of-range", "unknown-column", "unknown-dataset"),
        *("unknown-device", "unknown-key"),
    }
)
"""Why something is not shown, as far as it is said in words; else by its slug."""
