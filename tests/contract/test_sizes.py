# SPDX-License-Identifier: Apache-2.0
"""Tests that a file stops at 400 lines and a function at 50, as this project has it.

Rules: all Python of the repository is looked at; a docstring is no line of a function.
Not here: what else of a text is checked (`ruff`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("agent", "bench", "policies", "recipient", "server", "service"),
    *("technician", "tests", "tools", "wire"),
)
FILE_LINES, FUNCTION_LINES = 400, 50
LISTS = ("tests/vectors/families_*.py", "tests/canary_*.py")
"""Vectors, and what a made-up machine has: one entry after the other, with no turn."""


def sources() -> Iterator[Path]:
    """Yield all Python of the repository."""
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function of a file with its lines, without those of its docstring.

    What is defined within a function is among the lines of that one.
    """
    left: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said, first = ast.get_docstring(node), node.body[0]
            docstring = said is not None and (first.end_lineno or 0) - first.lineno + 1
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring
        else:
            found = ast.iter_child_nodes(node)
            left += [one for one in found if isinstance(one, ast.stmt)]


def test_files_stop() -> None:
    """A file that is longer has two subjects, and is to be two files."""
    lines = {path: path.read_text("utf-8").count("\n") for path in sources()}
    assert len(lines) > len(FOLDERS)
    assert [
        f"{path.relative_to(ROOT)}: {count} lines"
        for path, count in lines.items()
        if count > FILE_LINES
    ] == []


@pytest.mark.slow
def test_functions_stop() -> None:
    """A function that is longer does several things, each of which has a name."""
    lists = {path for pattern in LISTS for path in ROOT.glob(pattern)}
    assert [
        f"{path.relative_to(ROOT)}: {name} has {count} lines"
        for path in sources()
        if path not in lists
        for name, count in functions(path)
        if count > FUNCTION_LINES
    ] == []
