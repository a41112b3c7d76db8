# SPDX-License-Identifier: Apache-2.0
"""Runs a diagnostic on a recorded machine, or on this one.

Rules: a machine that is looked at twice changes between the looks, without waiting.
Not here: any expectation.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from agent.diagnostics import Case, Source, checked
from agent.rows import Example, Reading, Row, Want
from tests.host_fixture import RecordingHost, recorded_host, write_tree
from wire.values import Value

NOW = 1_763_950_000.0
LATER = "later"
"""Fact of an Example: the files that have changed at the second look."""


def values(row: Row) -> Mapping[str, Value]:
    """Return a row's values by column."""
    return {name: row.value(name) for name in row.columns()}


def columns_of(case: Case, found: Source) -> frozenset[str]:
    """Return the columns that a case asks for, without the order's own."""
    asked = case.example.columns
    return asked or frozenset(c.name for c in found.dataset.columns) - {"request"}


def pausing(example: Example, folder: Path) -> Callable[[float], None]:
    """Return a pause that takes no time, in which the machine changes."""
    later = example.facts.get(LATER)

    def pause(_: float) -> None:
        if isinstance(later, Mapping):
            write_tree(folder, later)

    return pause


def wanting(columns: frozenset[str], case: Case, folder: Path, **bounds: float) -> Want:
    """Return what a reader is asked for, on a recorded machine."""
    want = Want(columns, now=NOW, pause=pausing(case.example, folder))
    return replace(want, **bounds)  # type: ignore[arg-type]  # names of its fields


def read(
    found: Source,
    case: Case,
    columns: frozenset[str],
    folder: Path,
    **bounds: float,
) -> tuple[Reading, RecordingHost]:
    """Read a case on a recorded machine; return the host with what it was asked."""
    host = recorded_host(case.example, folder)
    want = wanting(columns, case, folder, **bounds)
    given = checked(found, case.given)
    return found.readers[case.example.system](host, want, given), host
