# SPDX-License-Identifier: Apache-2.0
"""Events counted by the hour and by what they have in common.

Rules: one that is not listed is none of ours; where there is no room for another kind,
its events are counted as lost.
Not here: reading the logs (`_linux/logs.py`, `_windows/logs.py`).
"""

from collections.abc import Mapping

from agent.collectors._shared.folds import Folds
from agent.collectors._shared.listed import Listed
from agent.rows import Names, Reading, Want
from wire.values import Value

_HOUR = 3_600


class Hours:
    """The counts of one pass."""

    def __init__(self, want: Want, alike: tuple[str, ...]) -> None:
        """Begin with none.

        Args:
            want: the columns, the most rows, and the events that count.
            alike: columns that events counted together have in common.
        """
        self._found = Folds(want, alike, "count", always=True)
        self._listed = Listed(want.events)
        self.lost = 0

    def take(self, values: Mapping[str, Value], names: Names = ()) -> None:
        """Count an event; where there is no room for its kind, count it as lost."""
        del names  # hidden in texts, and here is none
        if not self._listed.match(values):
            return
        at = values.get("timestamp")
        hour = at - at % _HOUR if isinstance(at, int) else None
        if not self._found.add({**values, "timestamp": hour}):
            self.lost += 1

    def reading(self, cursor: bytes, skipped: int, *, truncated: bool) -> Reading:
        """Return the counts.

        Args:
            cursor: where the next pass starts.
            skipped: events that are gone or were of another form.
            truncated: whether a bound stopped the pass.
        """
        return Reading(self._found.rows(), cursor, skipped + self.lost, truncated)
