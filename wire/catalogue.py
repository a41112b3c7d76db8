# SPDX-License-Identifier: Apache-2.0
"""Declared tables: what exists to be collected, and nothing else does.

Rules: a column that is not declared here cannot be collected or serialised; units
are in the type; names follow OpenTelemetry, else osquery or OCSF.
Not here: how a row is read (`agent/collectors`), what a purpose gets (`wire.policy`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from wire import limits
from wire.diagnostics import Diagnostic, check_diagnostic
from wire.errors import CatalogueError

_DATASET = re.compile(r"[a-z][a-z0-9_]*\Z")
_COLUMN = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")


class Sensitivity(Enum):
    """How much a column says about a person; the value is CATALOGUE's letter."""

    DIRECT = "D"
    """Names a person, account, device or address uniquely."""
    QUASI = "Q"
    """Identifies in combination, or reveals behaviour."""
    FREE_TEXT = "F"
    """May contain anything, also secrets."""
    HARMLESS = "H"
    """Says nothing about a person."""


class Kind(Enum):
    """How rows of a dataset relate over time."""

    SNAPSHOT = "snapshot"
    METRIC = "metric"
    EVENT = "event"
    DIAGNOSTIC = "diagnostic"
    """Read on request only, each time a signed one asks."""


class System(Enum):
    """Operating systems that a reader can exist for."""

    LINUX = "linux"
    WINDOWS = "windows"


class ValueType(Enum):
    """Type of a column's values, unit included; the value is its wire name."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    TIMESTAMP = "timestamp"
    """Seconds since 1970-01-01T00:00:00Z."""
    MEGABITS_PER_SECOND = "megabits-per-second"
    HERTZ = "hertz"
    RATIO = "ratio"
    """0.0 to 1.0."""
    CELSIUS = "celsius"
    REAL = "real"
    DOUBLE_SECONDS = "double-seconds"
    """Seconds with a fraction."""


class Storage(Enum):
    """Arrow layout that carries a value type."""

    UTF8 = 1
    BOOL = 2
    INT64 = 3
    FLOAT64 = 4


_FLOATS = frozenset(
    {ValueType.RATIO, ValueType.CELSIUS, ValueType.REAL, ValueType.DOUBLE_SECONDS}
)


def storage(value_type: ValueType) -> Storage:
    """Return the Arrow layout of a value type."""
    if value_type is ValueType.TEXT:
        return Storage.UTF8
    if value_type is ValueType.BOOLEAN:
        return Storage.BOOL
    return Storage.FLOAT64 if value_type in _FLOATS else Storage.INT64


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column.

    Attributes:
        name: OpenTelemetry attribute name where one exists, else osquery/OCSF.
        type: value type with its unit.
        sensitivity: D, Q, F or H.
        reason: why it exists, one line a client understands.
        transform: default transform of a policy that only names the column.
        systems: operating systems whose reader can fill it.
        identity: class of identity the value is (user, host, ip, mac, serial ...),
            used as the pseudonym's class; empty for none.
    """

    name: str
    type: ValueType
    sensitivity: Sensitivity
    reason: str
    transform: str
    systems: tuple[System, ...] = (System.LINUX, System.WINDOWS)
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One declared table.

    Attributes:
        name: plural or mass noun, e.g. "software".
        kind: snapshot, metric, event or diagnostic.
        title: what it is, one line a client understands.
        key: names of the columns that identify a row of a snapshot.
        columns: the declared columns, in wire order.
        resident: true where the 60-second metrics path may read it in the
            resident process; all others run in the short-lived child.
        diagnostic: how it is asked for; None unless its kind is diagnostic.
    """

    name: str
    kind: Kind
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    resident: bool = False
    diagnostic: Diagnostic | None = None

    def column(self, name: str) -> Column | None:
        """Return the declared column of that name, or None."""
        for column in self.columns:
            if column.name == name:
                return column
        return None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All declared datasets, by name."""

    datasets: Mapping[str, Dataset]


def check_dataset(dataset: Dataset) -> None:
    """Refuse a declaration that breaks a rule.

    Raises:
        CatalogueError: with the dataset, the column and what to change.
    """
    if not _DATASET.match(dataset.name) or len(dataset.name) > limits.NAME_CHARS:
        msg = f"dataset {dataset.name!r}: use lower-case words joined by _"
        raise CatalogueError(msg)
    names = [column.name for column in dataset.columns]
    if len(set(names)) != len(names):
        msg = f"dataset {dataset.name}: a column is declared twice"
        raise CatalogueError(msg)
    if not names or len(names) > limits.BODY_COLUMNS:
        msg = f"dataset {dataset.name}: declare 1 to {limits.BODY_COLUMNS} columns"
        raise CatalogueError(msg)
    for column in dataset.columns:
        _check_column(dataset.name, column)
    missing = set(dataset.key) - set(names)
    if missing or (dataset.kind is Kind.SNAPSHOT and not dataset.key):
        msg = f"dataset {dataset.name}: name declared columns as its key"
        raise CatalogueError(msg)
    if (dataset.kind is Kind.DIAGNOSTIC) is (dataset.diagnostic is None):
        msg = (
            f"dataset {dataset.name}: a diagnostic, and no other, says how it is asked"
        )
        raise CatalogueError(msg)
    if dataset.diagnostic is not None:
        check_diagnostic(f"dataset {dataset.name}", dataset.diagnostic)


def _check_column(dataset: str, column: Column) -> None:
    where = f"dataset {dataset}, column {column.name}"
    if not _COLUMN.match(column.name) or len(column.name) > limits.NAME_CHARS:
        msg = f"{where}: use lower-case words joined by _ and ."
        raise CatalogueError(msg)
    if not column.reason:
        msg = f"{where}: say in one line why it exists"
        raise CatalogueError(msg)
    if column.sensitivity is Sensitivity.FREE_TEXT and column.transform == "keep":
        msg = f"{where}: free text cannot default to keep; use scrub or drop"
        raise CatalogueError(msg)


def build(datasets: Sequence[Dataset]) -> Catalogue:
    """Check the declarations and return them as one catalogue, sorted by name.

    Raises:
        CatalogueError: for a broken declaration or a name used twice.
    """
    found: dict[str, Dataset] = {}
    for dataset in sorted(datasets, key=lambda item: item.name):
        check_dataset(dataset)
        if dataset.name in found:
            msg = f"dataset {dataset.name}: declared twice; rename one"
            raise CatalogueError(msg)
        found[dataset.name] = dataset
    return Catalogue(found)
