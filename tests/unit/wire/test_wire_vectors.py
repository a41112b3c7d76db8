# SPDX-License-Identifier: Apache-2.0
"""Every vector, judged twice: by `wire` and by an opener written from the spec alone.

Rules: both must say what the vector names; the files are what their generator makes.
Not here: the vectors (`tests/vectors`).
"""

import ast
from pathlib import Path

import pytest

from tests.vectors import first_opener, generate, second_opener
from wire import errors

VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector['name']}")
    for path in generate.paths()
    for vector in generate.read(path)
]
SECOND = sorted(generate.HERE.glob("second_*.py"))
CODES = {
    held.code
    for held in vars(errors).values()
    if isinstance(held, type) and issubclass(held, errors.WireError)
}


@pytest.mark.parametrize("vector", VECTORS)
def test_wire_judges_it_as_named(vector: dict[str, object]) -> None:
    """`wire` reads what the vector says, or refuses with the class it names."""
    expected = vector["expect"], vector.get("content")
    assert expected == first_opener.judge(vector)


@pytest.mark.parametrize("vector", VECTORS)
def test_a_second_opener_judges_it_alike(vector: dict[str, object]) -> None:
    """What was written from the specification alone comes to the same verdict."""
    expected = vector["expect"], vector.get("content")
    assert expected == second_opener.judge(vector)


@pytest.mark.parametrize("path", SECOND, ids=lambda path: path.name)
def test_the_second_opener_is_independent(path: Path) -> None:
    """It imports nothing of `wire`, no CBOR library and no library's HPKE."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
    ours = {name for name in imported if name.startswith("tests.vectors.")}
    assert all(".second_" in name or ".forms." in name for name in ours)
    outside = {name.split(".")[0] for name in imported}
    assert not outside & {"wire", "agent", "server", "cbor2"}
    assert not any("hpke" in name for name in imported)


def test_names_of_vectors_are_unique() -> None:
    """A vector is found by its file and name."""
    names = [parameter.id for parameter in VECTORS]
    assert len(names) == len(set(names))


def test_every_class_of_the_wire_has_a_vector() -> None:
    """Each failure class that bytes can cause is shown by at least one vector."""
    shown = {parameter.values[0]["expect"] for parameter in VECTORS}  # type: ignore[call-overload,index]  # a dict
    of_people = {"wire", "bad-policy", "bad-catalogue", "bad-parameter"}
    assert CODES - of_people == shown - {"ok"}


@pytest.mark.slow
def test_the_files_are_what_the_generator_makes() -> None:
    """No vector was edited by hand, and none is missing."""
    assert list(generate.stale(generate.wanted())) == []
