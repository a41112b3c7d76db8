# SPDX-License-Identifier: Apache-2.0
"""Which records a matter is about: purposes, devices, datasets, columns, rows, times.

Rules: a column that is not named is not in the scope; a row is in it when every rule
of its dataset holds; there is no SQL and no expression language.
Not here: taking rows and columns out of envelopes (`server/keeper/extracting.py`).
Source: docs/spec/keeper.md, "Scope".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.errors import SchemaError
from wire.purposes import Purpose
from wire.values import Value


class Comparison(Enum):
    """How a rule compares a cell with its values."""

    EQUAL = "equal"
    AMONG = "among"
    AT_LEAST = "at-least"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on a row.

    Attributes:
        column: name of a column of the dataset; it need not be in the scope itself.
        test: how its cell is compared.
        values: with what, as text; one but for `AMONG`.
    """

    column: str
    test: Comparison
    values: tuple[str, ...]

    def holds(self, cell: Value) -> bool:
        """Tell whether a cell passes; one without a value never does."""
        return cell is not None and _TESTS[self.test](cell, self.values)


@dataclass(frozen=True, slots=True)
class DatasetScope:
    """One dataset of a scope.

    Attributes:
        name: of the dataset.
        columns: those in the scope.
        filter: rules that all must hold; none takes every row.
    """

    name: str
    columns: tuple[str, ...]
    filter: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records.

    Attributes:
        purposes: under whose keys they are.
        devices: ids of 16 bytes; none names every device.
        datasets: of which datasets.
        since: first second at which an envelope of the scope was made.
        until: last such second.
    """

    purposes: tuple[Purpose, ...]
    devices: tuple[bytes, ...]
    datasets: tuple[DatasetScope, ...]
    since: int
    until: int


def _equal(cell: Value, values: tuple[str, ...]) -> bool:
    return _text(cell) in values


def _text(cell: Value) -> str:
    """Return a cell as rules write it: true and false in lower case."""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _number(cell: Value) -> float | None:
    """Return a cell that is a number; true and false are none."""
    return None if isinstance(cell, bool | str) else cell


def _at_least(cell: Value, values: tuple[str, ...]) -> bool:
    number = _number(cell)
    return number is not None and number >= float(values[0])


def _below(cell: Value, values: tuple[str, ...]) -> bool:
    number = _number(cell)
    return number is not None and number < float(values[0])


_TESTS: Mapping[Comparison, Callable[[Value, tuple[str, ...]], bool]] = {
    Comparison.EQUAL: _equal,
    Comparison.AMONG: _equal,
    Comparison.AT_LEAST: _at_least,
    Comparison.BELOW: _below,
}
_NAME = Text(limits.NAME_CHARS, 1)
RULE = Message(
    "rule",
    Rule,
    (
        Field(1, "column", _NAME),
        Field(2, "test", Choice(Comparison)),
        Field(3, "values", ListOf(Text(limits.TEXT_CHARS), limits.RULE_VALUES, 1)),
    ),
)
DATASET_SCOPE = Message(
    "dataset-scope",
    DatasetScope,
    (
        Field(1, "name", _NAME),
        Field(2, "columns", ListOf(_NAME, limits.BODY_COLUMNS, 1)),
        Field(3, "filter", ListOf(RULE, limits.RULES)),
    ),
)
SCOPE = Message(
    "scope",
    Scope,
    (
        Field(1, "purposes", ListOf(Choice(Purpose), limits.PURPOSES, 1)),
        Field(2, "devices", ListOf(fixed(16), limits.SCOPE_DEVICES)),
        Field(3, "datasets", ListOf(DATASET_SCOPE, limits.BODY_TABLES, 1)),
        Field(4, "since", Uint()),
        Field(5, "until", Uint()),
    ),
)


def check_scope(scope: Scope) -> None:
    """Refuse a scope that can hold nothing, or that says one thing twice.

    Raises:
        SchemaError: it begins after its end, names something twice, or a rule has
            values that its test cannot use.
    """
    if scope.since > scope.until:
        msg = "a scope begins after its end: give since before until"
        raise SchemaError(msg)
    names = [item.name for item in scope.datasets]
    lists = [names, scope.devices, scope.purposes, *(d.columns for d in scope.datasets)]
    if any(len(set(one)) != len(one) for one in lists):
        msg = "a scope names a purpose, device, dataset or column twice"
        raise SchemaError(msg)
    for dataset in scope.datasets:
        for rule in dataset.filter:
            _check_rule(rule)


def _check_rule(rule: Rule) -> None:
    if rule.test is not Comparison.AMONG and len(rule.values) != 1:
        msg = f"a rule with {rule.test.value} compares with one value"
        raise SchemaError(msg)
    if rule.test in {Comparison.AT_LEAST, Comparison.BELOW} and not _is_number(
        rule.values[0]
    ):
        msg = f"a rule with {rule.test.value} compares with a number"
        raise SchemaError(msg)


def _is_number(text: str) -> bool:
    """Tell whether a text is digits, with a sign or a point at most."""
    whole, _, part = text.removeprefix("-").partition(".")
    return all(c in "0123456789" for c in whole + part) and bool(whole)
