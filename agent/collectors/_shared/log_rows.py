# SPDX-License-Identifier: Apache-2.0
"""The rows of one pass over event logs: a flood of one kind ends in its number.

Rules: of one kind only so many events carry text; the further ones are one row that
says how many there were; where nobody wants that number, they are counted as lost.
Not here: reading the logs (`_linux/logs.py`, `_windows/logs.py`).
"""

from collections import Counter
from collections.abc import Mapping

from agent.budget import LOG_ALIKE_ROWS
from agent.collectors._shared.gather import pick
from agent.collectors._shared.listed import Listed
from agent.rows import Names, Row, Want
from wire.values import Value

KIND = ("log.source", "service.name", "event.id")
"""What events of one kind have in common."""


class LogRows:
    """Rows, as events are handed on.

    Attributes:
        uncounted: events that are in no row.
    """

    def __init__(self, want: Want) -> None:
        """Begin with none."""
        self._want = want
        self._listed = Listed(want.events)
        self._rows: list[Row] = []
        self._seen: Counter[tuple[Value, ...]] = Counter()
        self._folded: dict[tuple[Value, ...], Mapping[str, Value]] = {}
        self.uncounted = 0

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._rows) + len(self._folded)

    def take(self, values: Mapping[str, Value], names: Names = ()) -> None:
        """Keep an event, or count it where many of its kind were kept already.

        One that is not listed is none of ours: it is neither kept nor counted.

        Args:
            values: what the event tells.
            names: what it names in fields that are no columns.
        """
        if not self._listed.match(values):
            return
        kind = tuple(values.get(column) for column in KIND)
        self._seen[kind] += 1
        if self._seen[kind] <= LOG_ALIKE_ROWS:
            self._rows.append(pick(self._want, values, names))
        elif "count" not in self._want:
            self.uncounted += 1
        elif kind not in self._folded:
            first = {column: values.get(column) for column in ("timestamp", *KIND)}
            self._folded[kind] = first

    def rows(self) -> list[Row]:
        """Return the rows; those that stand for many come last."""
        folded = [
            pick(self._want, {**first, "count": self._seen[kind] - LOG_ALIKE_ROWS})
            for kind, first in self._folded.items()
        ]
        return [*self._rows, *folded]
