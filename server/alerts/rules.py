# SPDX-License-Identifier: Apache-2.0
"""What a rule of alerts is: which rows, which condition, for how long.

Rules: a condition is one of the kinds below, with typed thresholds; there is no
expression and no text that is run; where it begins and where it ends may differ, and
between the two nothing changes.
Not here: reading the file (`rule_source.py`), judging rows (`judging.py`).
"""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is, for who is told."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class ShareBelow:
    """A part of a whole is small: in percent.

    Attributes:
        part: column.
        whole: column; rows without it, or with nothing in it, are not judged.
        below: it begins where the share is below.
        clear: it ends where the share of each row is at least this.
    """

    part: str
    whole: str
    below: int
    clear: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column of some row has one of the values.

    Attributes:
        column: a text or a flag.
        values: any of them.
    """

    column: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class EndsWithin:
    """A time of some row is near.

    Attributes:
        column: a time.
        within: seconds before it.
        clear: it ends where each time is at least so many seconds away.
        past: a time that passed longer ago than this is not judged any more.
    """

    column: str
    within: int
    clear: int
    past: int


@dataclass(frozen=True, slots=True)
class OlderThan:
    """A time of some row is long ago.

    Attributes:
        column: a time.
        age: seconds after it.
        clear: it ends where each time is at most so many seconds ago.
    """

    column: str
    age: int
    clear: int


@dataclass(frozen=True, slots=True)
class Silent:
    """A device is heard no more.

    Attributes:
        after: seconds in which the collector listened and heard nothing.
    """

    after: int


@dataclass(frozen=True, slots=True)
class Announced:
    """A device announced that records are lost: a gap record, or a void."""


Condition = ShareBelow | OneOf | EndsWithin | OlderThan | Silent | Announced


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: for people, as a slug.
        severity: how bad it is.
        condition: when it begins and ends.
        dataset: whose rows are judged; empty where none are.
        where: columns and values that a row must have to be judged.
        hold: seconds for which the condition must hold before anybody is told.
        clear_for: seconds for which it must be over before it is.
    """

    name: str
    severity: Severity
    condition: Condition
    dataset: str = ""
    where: tuple[tuple[str, tuple[str | bool, ...]], ...] = ()
    hold: int = 0
    clear_for: int = 0

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that it compares."""
        match self.condition:
            case ShareBelow(part=part, whole=whole):
                named = {part, whole}
            case OneOf(column=column):
                named = {column}
            case EndsWithin(column=column) | OlderThan(column=column):
                named = {column}
            case _:
                named = set()
        return frozenset(named | {column for column, _ in self.where})
