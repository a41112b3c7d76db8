# SPDX-License-Identifier: Apache-2.0
"""Raw rows and what passes between the pipeline and a reader.

Rules: a Row lives in memory only: no value in its repr, no pickle, no JSON; a reader
is handed the wanted columns and reads no others.
Not here: redacted rows (`wire/record.py`).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from agent.errors import BudgetError, OverBudgetError
from agent.host.interface import Host
from wire.catalogue import System
from wire.values import Value

Names = tuple[tuple[str, str], ...]
"""Class and value of what a source names in fields of their own."""
START_HERE = b""
"""A cursor for what comes from now on: the spool that knew where to go on is gone, and
its gap record covers all that was before."""


class Row:
    """Raw values of one row, by column name.

    Attributes:
        names: what the source names beside the columns; it never becomes a value, it is
            only hidden in the texts of its row.
    """

    __slots__ = ("_values", "names")

    def __init__(self, values: Mapping[str, Value], names: Names = ()) -> None:
        """Hold the values; they are reachable by name only."""
        self._values = values
        self.names = names

    def __repr__(self) -> str:
        """Show nothing of the values."""
        return "<Row>"

    def __reduce__(self) -> str:
        """Refuse pickling: raw rows never leave memory."""
        msg = "a Row cannot be pickled"
        raise TypeError(msg)

    def value(self, column: str) -> Value:
        """Return the raw value of a column; None where the source has none."""
        return self._values.get(column)

    def columns(self) -> Iterable[str]:
        """Return the names of the columns that were read."""
        return self._values.keys()


@dataclass(frozen=True, slots=True)
class Want:
    """What a reader is asked for.

    Attributes:
        columns: the only columns it may read.
        now: current time, seconds since the epoch, corrected by the collector's.
        cursor: where an event reader stopped last time; None at the first run.
        rows: most rows it may return.
        deadline: `time.monotonic()` value after which it must stop.
        networks: where it is read only on named networks, these; else none.
        events: the only events that become rows, as `wire/events.py` writes them; None
            for all.
        dear: `time.process_time()` value after which it must stop.
        pause: waits so many seconds, for what is looked at twice.
        own: returns how the agent itself fares, for its self-check; nothing elsewhere.
        looked: `time.monotonic()` value before which that cannot be: it is not looked
            at until then, for it costs ten times as much.
    """

    columns: frozenset[str]
    now: float = 0.0
    cursor: bytes | None = None
    rows: int = 65_536
    deadline: float = float("inf")
    networks: tuple[str, ...] = ()
    events: tuple[str, ...] | None = None
    dear: float = float("inf")
    looked: float = float("inf")
    own: Callable[[], Iterable[Mapping[str, Value]]] = tuple
    pause: Callable[[float], None] = time.sleep

    def __contains__(self, column: str) -> bool:
        """Tell whether a column is wanted."""
        return column in self.columns

    def any(self, *columns: str) -> bool:
        """Tell whether at least one of the columns is wanted."""
        return not self.columns.isdisjoint(columns)

    def check(self) -> None:
        """Raise when the reader's time is over.

        Raises:
            BudgetError: past the deadline.
            OverBudgetError: past its processor time.
        """
        now = time.monotonic()
        if now > self.deadline:
            reason = "time-budget"
            raise BudgetError(reason)
        if now > self.looked and time.process_time() > self.dear:
            reason = "processor-budget"
            raise OverBudgetError(reason)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader returns.

    Attributes:
        rows: the rows read.
        cursor: where to go on next time (event datasets only).
        skipped: rows the source held but that could not be parsed.
        refused: sources beside those read that were not ours to read; of an event
            dataset nothing is lost there, for it was never promised.
        truncated: true where the row limit stopped the reader.
    """

    rows: list[Row]
    cursor: bytes | None = None
    skipped: int = 0
    truncated: bool = False
    refused: int = 0


Reader = Callable[[Host, Want], Reading]


@dataclass(frozen=True, slots=True)
class Example:
    """Raw input of a reader and the rows it must give, in the collector's own file.

    Attributes:
        system: whose reader it is for.
        title: what it shows, and where the input is from.
        rows: expected raw values, one mapping a row, in order.
        files: path -> content of a recorded tree (bytes, so junk can be shown).
        links: path -> target of a symbolic link.
        programs: "program arg arg" -> standard output.
        facts: Host primitive name -> what it returns (interfaces, gateways ...).
        columns: columns to ask for; empty means all declared.
        cursor: cursor handed in, for event datasets.
    """

    system: System
    title: str
    rows: tuple[Mapping[str, Value], ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    cursor: bytes | None = None
