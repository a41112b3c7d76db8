# SPDX-License-Identifier: Apache-2.0
"""Which dataset was read where: this machine, Windows under Wine, recorded trees.

Rules: datasets and trees are found, not listed; each cell says outcome, rows, columns
filled of columns declared and what it rests on; a reader that no real system answered
shows as `not run`, whatever recordings it was shown.
Not here: whether what is read is right (`tests/contract`), what it costs
(`inventory.py`).

usage: python -m bench.coverage
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.collectors import Collector, collectors
from agent.host import this_host
from agent.outcome import FAILED, NONE_FOUND, OK
from agent.reading import run_reader
from agent.rows import Reading
from bench.measure import print_table, save_as
from tests.host_fixture import EVERY_ROOT_COLUMN
from tests.tree_fixture import COMPOSED, NOW, RECORDED, Tree, machine, origins, trees
from tests.tree_fixture import sources as sources_of
from tests.wine_fixture import WINE, prepared
from wire.catalogue import System

REAL, MIXED, NOTHING = "real", "recorded, composed", "nothing"
NOT_RUN = "not run"
_LETTERS = {REAL: "!", RECORDED: "r", COMPOSED: "c", MIXED: "rc", NOTHING: "-"}
_TABLES = {"gateways": "/proc/net/route", "neighbours": "/proc/net/arp"}
"""Tables of the kernel that a Host reads for its primitives, where no fact is told."""
_ANSWERED = {OK, NONE_FOUND}
_LEGEND = (
    "rows, columns filled/declared, and what it rests on: ! a real system, r recorded, "
    "c composed, rc both, - none of its sources is there"
)
_ON_WINDOWS = """
import json, time
from agent.collectors import collectors
from agent.host import this_host
from agent.reading import run_reader
from wire.catalogue import System
host, found = this_host(), {}
for name, item in collectors().items():
    if System.WINDOWS not in item.readers:
        continue
    columns = frozenset(column.name for column in item.dataset.columns)
    reading, outcome = run_reader(item, host, columns, now=time.time())
    filled = {
        column for row in reading.rows for column in row.columns()
        if row.value(column) is not None
    }
    told = outcome.outcome, outcome.reason, len(reading.rows), len(filled)
    found[name] = told
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Cell:
    """One dataset at one place.

    Attributes:
        outcome: of its reader; empty where there is no reader for that system.
        reason: why, where it did not answer.
        rows: how many it gave.
        filled: columns that at least one row has a value of.
        declared: columns that it could have there.
        basis: what its sources are: real, recorded, composed, both or nothing.
    """

    outcome: str
    reason: str = ""
    rows: int = 0
    filled: int = 0
    declared: int = 0
    basis: str = NOTHING

    def __str__(self) -> str:
        """Return it as a person reads it in the table."""
        if not self.outcome:
            return "."
        mark = _LETTERS[self.basis]
        if self.outcome == OK:
            return f"{self.rows} {self.filled}/{self.declared}{mark}"
        return f"{self.outcome}{mark}"


@dataclass(frozen=True)
class Column:
    """One place with its cells by dataset.

    Attributes:
        name: of the place.
        system: what runs there.
        cells: by dataset.
        skipped: why it is empty, where it is.
    """

    name: str
    system: System
    cells: Mapping[str, Cell]
    skipped: str = ""


def table() -> list[Column]:
    """Read everything everywhere."""
    return [this_machine(), wine(), *map(of_tree, trees())]


def failed(columns: Sequence[Column]) -> list[str]:
    """Return the cells whose reader failed."""
    return [
        f"{name} at {column.name}: {cell.reason}"
        for column in columns
        for name, cell in column.cells.items()
        if cell.outcome == FAILED
    ]


def this_machine() -> Column:
    """Read this machine."""
    host = this_host(EVERY_ROOT_COLUMN)
    cells = {}
    for name, item in collectors().items():
        if host.system not in item.readers:
            cells[name] = Cell("")
            continue
        columns = frozenset(column.name for column in item.dataset.columns)
        reading, outcome = run_reader(item, host, columns, now=time.time())
        cells[name] = Cell(
            outcome.outcome,
            outcome.reason,
            len(reading.rows),
            filled(reading),
            declared(item, host.system),
            REAL,
        )
    return Column("this machine", host.system, cells)


def wine() -> Column:
    """Read Windows under Wine, where Wine is."""
    if not WINE.exists():
        return Column("Wine", System.WINDOWS, {}, "Wine is not installed")
    try:
        found = prepared().told(_ON_WINDOWS)
    except pytest.skip.Exception as why:
        return Column("Wine", System.WINDOWS, {}, str(why))
    if not isinstance(found, Mapping):
        return Column("Wine", System.WINDOWS, {}, "Wine answered nothing")
    cells = {}
    for name, item in collectors().items():
        if name not in found:
            cells[name] = Cell("")
            continue
        outcome, reason, rows, columns = found[name]
        most = declared(item, System.WINDOWS)
        cells[name] = Cell(outcome, reason, rows, columns, most, REAL)
    return Column("Wine", System.WINDOWS, cells)


def of_tree(tree: Tree) -> Column:
    """Read a recorded tree, each dataset by itself so that its sources are known."""
    kinds = sources_of(tree)
    cells = {name: Cell("") for name in collectors()}
    with TemporaryDirectory(prefix="discreet-bench-") as folder:
        host = machine(tree, Path(folder))
        for name, item in collectors().items():
            if tree.system not in item.readers:
                continue
            host.asked.clear()
            columns = frozenset(column.name for column in item.dataset.columns)
            reading, outcome = run_reader(item, host, columns, now=NOW)
            cells[name] = Cell(
                outcome.outcome,
                outcome.reason,
                len(reading.rows),
                filled(reading),
                declared(item, tree.system),
                basis(host.asked, kinds),
            )
    return Column(tree.name, tree.system, cells)


def filled(reading: Reading) -> int:
    """Return how many columns have a value in at least one row."""
    return len(
        {
            column
            for row in reading.rows
            for column in row.columns()
            if row.value(column) is not None
        }
    )


def declared(item: Collector, system: System) -> int:
    """Return how many columns a dataset can have on a system."""
    return sum(system in column.systems for column in item.dataset.columns)


def basis(asked: Sequence[str], kinds: Mapping[str, str]) -> str:
    """Return what the sources that were asked for, and are there, rest on."""
    direct = {form for item in asked for form in _forms(item)}
    found = {kind for source, kind in kinds.items() if source in direct}
    if not found:  # only folders and keys were listed
        below = tuple(f"{item}{mark}" for item in asked for mark in "/\\")
        found = {kind for source, kind in kinds.items() if source.startswith(below)}
    if not found:
        return NOTHING
    return MIXED if len(found) > 1 else found.pop()


def not_run(columns: Sequence[Column]) -> list[str]:
    """Return the readers that no real system ever answered, with the system."""
    found = []
    for system in System:
        real = [
            column
            for column in columns
            if column.system is system
            and any(cell.basis == REAL for cell in column.cells.values())
        ]
        for name, item in collectors().items():
            if system in item.readers and not any(
                column.cells[name].outcome in _ANSWERED for column in real
            ):
                found.append(f"{name} on {system.value}")
    return found


def main() -> int:
    """Print the table and write it as JSON."""
    columns = table()
    heads = ("dataset", *(column.name for column in columns))
    rows: list[Sequence[str]] = [heads]
    for name in sorted(collectors()):
        cells = (str(column.cells.get(name, Cell(""))) for column in columns)
        rows.append((name, *cells))
    print_table("Datasets by place", rows)
    print(f"  {_LEGEND}")
    for column in columns:
        if column.skipped:
            print(f"  {column.name} is left out: {column.skipped}")
    _print_counts(columns)
    missing = not_run(columns)
    print(f"  {NOT_RUN} on a real system ({len(missing)}): {', '.join(missing)}")
    told = {
        "places": [
            {
                "name": column.name,
                "system": column.system.value,
                "skipped": column.skipped,
                "cells": {name: asdict(cell) for name, cell in column.cells.items()},
            }
            for column in columns
        ],
        NOT_RUN: missing,
    }
    print(f"  written to {save_as('coverage', 'coverage', told)}")
    for line in failed(columns):
        print(f"  FAILED {line}")
    return 1 if failed(columns) else 0


def _forms(asked: str) -> Sequence[str]:
    """Return how a tree may call what was asked for: a path, a source, a program."""
    first = asked.partition(" ")[0]
    program = f"program {first.rpartition('/')[2]}"
    return asked, first, program, _TABLES.get(asked, asked)


def _print_counts(columns: Sequence[Column]) -> None:
    files = Counter(origin["kind"] for origin in origins().values())
    print(
        f"  files of the trees: {files[RECORDED]} recorded, {files[COMPOSED]} composed"
    )
    for outcome_of in (True, False):
        cells = Counter(
            cell.basis
            for column in columns
            for cell in column.cells.values()
            if cell.outcome and (cell.outcome in _ANSWERED) is outcome_of
        )
        named = ", ".join(f"{count} {name}" for name, count in sorted(cells.items()))
        title = "cells with an answer" if outcome_of else "cells with a reason"
        print(f"  {title}: {named}")


if __name__ == "__main__":
    sys.exit(main())
