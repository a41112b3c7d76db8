# SPDX-License-Identifier: Apache-2.0
"""Each reader on each recorded tree gives what the tree's golden says.

Rules: trees and datasets are found, not listed; a difference is printed row by row; no
file of a tree is without its origin.
Not here: Examples of one dataset (`test_collectors.py`), the table of it all
(`bench/coverage.py`).
"""

import difflib
import re
from pathlib import Path

import pytest

from agent.collectors import collectors
from tests import tree_fixture
from tests.tree_fixture import TREES, Tree, trees
from wire.catalogue import System

ALL = trees()
FILE_BYTES = 100_000
ALL_BYTES = 2_000_000
PUBLIC = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}:.+\Z")
OWN = "this project's own Debian machine"
ANEW = ".venv/bin/python -m tests.tree_fixture writes the goldens; read what changed"


@pytest.mark.parametrize("tree", ALL, ids=[tree.name for tree in ALL])
def test_golden(tree: Tree, tmp_path: Path) -> None:
    """A recorded machine is read as it was when a person looked at it."""
    found = tree_fixture.read(tree, tree_fixture.machine(tree, tmp_path))
    golden = tree.golden()
    known = {name: tree_fixture.told(*found[name][1:]) for name in golden}
    expected, actual = map(tree_fixture.lines, (golden, known))
    difference = list(difflib.unified_diff(expected, actual, "golden", "read", n=0))
    assert not difference, "\n".join([ANEW, *difference])


@pytest.mark.parametrize("tree", ALL, ids=[tree.name for tree in ALL])
def test_every_dataset_has_a_golden(tree: Tree) -> None:
    """A new dataset is looked at on every tree of its system."""
    readable = {
        name for name, item in collectors().items() if tree.system in item.readers
    }
    assert set(tree.golden()) == readable, ANEW


@pytest.mark.parametrize("tree", ALL, ids=[tree.name for tree in ALL])
def test_nothing_fails(tree: Tree) -> None:
    """On no recorded machine does a reader fail: it answers, or says what is absent."""
    outcomes = {
        name: found["outcome"]
        for name, found in tree.golden().items()
        if isinstance(found, dict)
    }
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    assert failed == set()


def test_trees_of_each_system() -> None:
    """Five families of Linux and two versions of Windows are recorded."""
    families = {tree.name.partition("-")[0] for tree in ALL}
    assert families >= {"alpine", "debian", "opensuse", "rocky", "ubuntu", "windows"}
    assert sum(tree.system is System.WINDOWS for tree in ALL) >= 2


def test_every_file_has_its_origin() -> None:
    """Each file of a tree is recorded, from a named place, or composed for a reason."""
    origins = tree_fixture.origins()
    parts = {
        part.relative_to(TREES).as_posix() for tree in ALL for part in tree.parts()
    }
    assert set(origins) == parts
    for name, origin in origins.items():
        if origin["kind"] == "recorded":
            assert origin["licence"], name
            assert origin["from"] == OWN or PUBLIC.match(origin["from"]), name
        else:
            assert origin["kind"] == "composed", name
            assert origin["reason"], name


def test_trees_are_small() -> None:
    """Recordings are parts of systems, not systems."""
    sizes = {path: path.stat().st_size for path in TREES.rglob("*") if path.is_file()}
    assert {path for path, size in sizes.items() if size > FILE_BYTES} == set()
    assert sum(sizes.values()) < ALL_BYTES
