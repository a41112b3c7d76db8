# SPDX-License-Identifier: Apache-2.0
"""The register of residual risks: each has tests that exist, and words on what is left.

Rules: the register is the one that ships; each sort of hole is made once, to see it
found.
Not here: what the tests show, which they say themselves.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from policies import risks
from policies.risks import Risk
from tools.risks import main, page, problems, read

FOUND = read()
FIRST = FOUND[0]
HOLES: dict[str, tuple[Risk, str]] = {
    "a test that is gone": (
        replace(FIRST, tests=("tests/contract/test_risks.py::test_gone",)),
        "there is no test tests/contract/test_risks.py::test_gone",
    ),
    "a file that is gone": (
        replace(FIRST, tests=("tests/gone.py::test_gone",)),
        "there is no test tests/gone.py::test_gone",
    ),
    "no test": (replace(FIRST, tests=()), "no test shows its limit"),
    "no word on what is left": (
        replace(FIRST, residual=""),
        "say what can happen, what limits it and what is left",
    ),
    "an unknown level": (
        replace(FIRST, severity="bad"),
        "bad is none of negligible, limited, significant, maximum",
    ),
}


def test_the_register_is_whole() -> None:
    """Each risk that ships names tests that exist, what is left, and a day."""
    assert problems(FOUND) == []
    assert risks.read(risks.shipped()) == FOUND


@pytest.mark.parametrize("hole", HOLES)
def test_each_hole_is_found(hole: str) -> None:
    """A missing test, an unknown level and a risk without words are named as such."""
    broken, problem = HOLES[hole]
    assert problems([broken]) == [f"{FIRST.name}: {problem}"]


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    """A day that is a text, and a test that is no list, are told with their risk."""
    path = tmp_path / "risks.toml"
    path.write_text('[one]\ntests = "a"\nreview = "soon"\n')
    with pytest.raises(TypeError, match="one: tests are a list, and review is a day"):
        risks.read(path)


def test_the_page_tells_all_of_them() -> None:
    """Every risk, its limits and what is left of it stand on the page."""
    told = page().decode()
    for one in FOUND:
        for words in (one.risk, one.limits, one.residual, one.people):
            assert words in told
        assert f"(#{one.name})" in told
        assert all(f"`{test.rpartition('::')[2]}`" in told for test in one.tests)


def test_one_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has each risk with its tests, and ends with a figure."""
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{FIRST.name}: {FIRST.risk}"
    assert lines[-1] == f"{len(FOUND)} risks; 0 problems"
