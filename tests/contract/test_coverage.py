# SPDX-License-Identifier: Apache-2.0
"""The coverage table: every dataset at every place, and none that fails.

Rules: the table of `make bench` itself, on the machine that runs the tests.
Not here: what the rows are (`test_trees.py`, `test_collectors.py`).
"""

from dataclasses import replace

import pytest

from agent.collectors import collectors
from bench import coverage
from bench.coverage import COMPOSED, MIXED, NOTHING, RECORDED, Cell, Column
from tests.tree_fixture import trees
from wire.catalogue import System

NAMES = set(collectors())


@pytest.mark.slow
def test_no_cell_fails() -> None:
    """Each dataset is read or gives a reason, here and on each recorded tree."""
    columns = [coverage.this_machine(), *map(coverage.of_tree, trees())]
    assert coverage.failed(columns) == []
    assert [set(column.cells) for column in columns] == [NAMES] * len(columns)


@pytest.mark.wine
@pytest.mark.slow
def test_no_cell_fails_under_wine() -> None:
    """Each dataset of Windows is read or gives a reason on Windows under Wine."""
    column = coverage.wine()
    if column.skipped:
        pytest.skip(column.skipped)
    assert coverage.failed([column]) == []
    assert set(column.cells) == NAMES


def test_a_failure_is_seen() -> None:
    """A cell that fails is named, so that the table cannot hide one."""
    sound, broken = Cell("ok", rows=1), Cell("failed", "read-failed")
    columns = [
        Column("here", System.LINUX, {"devices": sound, "software": broken}),
        Column("there", System.LINUX, {"devices": sound}),
    ]
    assert coverage.failed(columns) == ["software at here: read-failed"]


def test_recordings_do_not_make_a_reader_run() -> None:
    """A reader that only recordings answered is not run on a real system."""
    cells = {name: Cell("ok", basis=coverage.REAL) for name in NAMES}
    real = Column("here", System.LINUX, cells)
    assert coverage.not_run([real]) == [
        f"{name} on windows"
        for name, item in collectors().items()
        if System.WINDOWS in item.readers
    ]
    shown = replace(real, cells={name: Cell("ok", basis=RECORDED) for name in NAMES})
    assert "devices on linux" in coverage.not_run([shown])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["/etc/passwd"], RECORDED),
        (["/etc/passwd", "/proc/1/stat"], MIXED),
        (["/usr/bin/rpm -qa --queryformat x"], COMPOSED),
        (["/proc"], COMPOSED),
        (["HKLM\\A\\B", "HKLM\\A"], RECORDED),
        (["Win32_Volume ['Size']"], COMPOSED),
        (["neighbours"], RECORDED),
        (["/etc/absent"], NOTHING),
    ],
)
def test_basis(asked: list[str], expected: str) -> None:
    """What a cell rests on is told by what was asked for and is there."""
    kinds = {
        "/etc/passwd": RECORDED,
        "/proc/1/stat": COMPOSED,
        "/proc/net/arp": RECORDED,
        "program rpm": COMPOSED,
        "HKLM\\A\\Name": RECORDED,
        "Win32_Volume": COMPOSED,
    }
    if asked == ["/proc"]:
        del kinds["/proc/net/arp"]
    assert coverage.basis(asked, kinds) == expected
