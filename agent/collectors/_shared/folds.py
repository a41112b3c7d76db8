# SPDX-License-Identifier: Apache-2.0
"""Events alike in one row with their number, so that a flood is no burst of rows.

Rules: rows come in the order of their first event; where the number is not wanted,
nothing is folded; what has no room is refused, so that the caller can count it.
Not here: what is alike (each collector's own columns).
"""

from collections.abc import Mapping

from agent.collectors._shared.gather import pick
from agent.rows import Row, Want
from wire.values import Value


class Folds:
    """Rows of one pass, each with the number of events that it stands for."""

    def __init__(
        self, want: Want, alike: tuple[str, ...], count: str, *, always: bool = False
    ) -> None:
        """Fold by the wanted ones of some columns.

        Args:
            want: the columns and the most rows.
            alike: columns that folded events have in common.
            count: the column that takes their number.
            always: whether to fold also where the number is not wanted.
        """
        self._want = want
        self._alike = [column for column in alike if column in want]
        self._count = count if always or count in want else ""
        self._found: dict[tuple[Value, ...], dict[str, Value]] = {}
        self._numbers: dict[tuple[Value, ...], int] = {}

    def keep(self, values: Mapping[str, Value]) -> bool:
        """Add an event that stands for itself, without a number."""
        return self._put((len(self._found),), values, 0)

    def add(self, values: Mapping[str, Value], also: Value = None) -> bool:
        """Add an event; false where there is no room for another row.

        Args:
            values: by column; of events alike the first ones are kept.
            also: something else that they must have in common.
        """
        apart = None if self._count else len(self._found)
        alike = (values.get(column) for column in self._alike)
        return self._put((apart, also, *alike), values, 1)

    def _put(
        self, key: tuple[Value, ...], values: Mapping[str, Value], count: int
    ) -> bool:
        if key not in self._found:
            if len(self._found) >= self._want.rows:
                return False
            self._found[key] = dict(values)
            self._numbers[key] = 0
        self._numbers[key] += count
        return True

    def rows(self) -> list[Row]:
        """Return what was added."""
        return [
            pick(self._want, {**values, self._count: self._numbers[key] or None})
            for key, values in self._found.items()
        ]
