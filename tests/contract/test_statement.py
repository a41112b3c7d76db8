# SPDX-License-Identifier: Apache-2.0
"""The privacy statement is mapped whole: each sentence, to requirements, to tests.

Rules: the map is the one that ships; each sort of hole is made once, to see it found.
Not here: what the tests show, which they say themselves.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.statement import Map, judged, main, problems, promise, read, results, skips

MAP = read()
FIRST = MAP.sentences[0]
R7 = MAP.requirements["R7"]
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.unit.test_a" name="test_one[x]"/>
<testcase classname="tests.unit.test_a" name="test_one[y]"><failure/></testcase>
<testcase classname="tests.unit.test_a" name="test_two"/>
<testcase classname="tests.unit.test_a" name="test_two"><skipped/></testcase>
<testcase classname="tests.unit.test_a" name="test_three"><skipped/></testcase>
<testcase classname="tests.unit.test_a" name="test_four">
<skipped message="needs rsyslog"/></testcase>
<testcase classname="tests.unit.test_a" name="test_five">
<skipped message="this machine has no IPv6"/></testcase>
</testsuite></testsuites>"""


def test_the_map_is_whole() -> None:
    """Every sentence has its requirements, every requirement its tests or its gap."""
    assert problems(MAP) == []
    assert len(MAP.sentences) == 53


def with_r7(**changes: object) -> Map:
    """Return the map with another R7."""
    changed = replace(R7, **changes)  # type: ignore[arg-type]  # names of its fields
    return replace(MAP, requirements={**MAP.requirements, "R7": changed})


HOLES: dict[str, tuple[Map, str]] = {
    "a changed text": (
        replace(MAP, text=MAP.text.replace("retain", "keep")),
        "the statement's text is not the one that was mapped: read it again",
    ),
    "a sentence that was added": (
        replace(MAP, text=MAP.text + "\nWe sell it."),
        "not mapped: We sell it.",
    ),
    "a sentence that is not mapped": (
        replace(MAP, sentences=MAP.sentences[1:]),
        f"not mapped: {FIRST.text}",
    ),
    "a sentence that is not there": (
        replace(MAP, sentences=(*MAP.sentences, replace(FIRST, text="We sing."))),
        "the map has sentences that the statement has not, or in another order",
    ),
    "a sentence without requirements": (
        replace(MAP, sentences=(replace(FIRST, requirements=()), *MAP.sentences[1:])),
        "sentence 1 names no requirement",
    ),
    "a requirement that there is not": (
        replace(
            MAP, sentences=(replace(FIRST, requirements=("X9",)), *MAP.sentences[1:])
        ),
        "sentence 1 names X9, which there is not",
    ),
    "a requirement that nothing needs": (
        replace(
            MAP,
            requirements={**MAP.requirements, "X9": R7},
        ),
        "X9: no sentence needs it",
    ),
    "a test that is gone": (
        with_r7(tests=("tests/contract/test_statement.py::test_gone",)),
        "R7: there is no test tests/contract/test_statement.py::test_gone",
    ),
    "a file that is gone": (
        with_r7(tests=("tests/gone.py::test_gone",)),
        "R7: there is no test tests/gone.py::test_gone",
    ),
    "no test and no word on it": (
        with_r7(tests=()),
        "R7: no test shows it: say what is lacking, or what people do",
    ),
    "people who do nothing": (
        with_r7(kind="H"),
        "R7: say what people have to do",
    ),
    "an unknown kind": (with_r7(kind="Q"), "R7: kind Q is none of E, H, O"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_each_hole_is_found(hole: str) -> None:
    """A changed text, an unmapped sentence or a missing test is named as such."""
    broken, problem = HOLES[hole]
    assert problem in problems(broken)


def test_a_promise_is_the_tests_own() -> None:
    """What a reader of the page sees is what the test says of itself."""
    name = "tests/contract/test_statement.py::test_a_promise_is_the_tests_own"
    assert promise(name) == (
        "What a reader of the page sees is what the test says of itself."
    )


def test_results_are_those_of_a_run(tmp_path: Path) -> None:
    """A test passed when all its cases did; one that was skipped was not run."""
    junit = tmp_path / "results.xml"
    junit.write_text(JUNIT)
    assert results(junit) == {
        "tests/unit/test_a.py::test_one": False,
        "tests/unit/test_a.py::test_two": True,
    }


def test_only_what_no_package_brings_may_be_skipped(tmp_path: Path) -> None:
    """What failed, was not run or lacks a program is wrong; a kernel's lack is told."""
    junit = tmp_path / "results.xml"
    junit.write_text(JUNIT)
    names = ("one", "two", "three", "four", "five", "six")
    every = [f"tests/unit/test_a.py::test_{name}" for name in names]
    wrong, lacking = judged(every, results(junit), skips(junit))
    place = "tests/unit/test_a.py::test_"
    assert wrong == [
        f"skipped: {place}four (needs rsyslog)",
        f"failed: {place}one",
        f"not run: {place}six",
        f"skipped: {place}three (no reason)",
    ]
    assert lacking == [f"not shown here: {place}five (this machine has no IPv6)"]


def test_the_list_ends_with_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command lists all; with results, what did not run is a problem."""
    assert main([]) == 0
    whole = capsys.readouterr().out.splitlines()
    assert whole[0] == f"1 (1) {FIRST.text}"
    assert whole[-1].endswith("; 0 problems")
    assert main(["--tests"]) == 0
    tests = capsys.readouterr().out.splitlines()
    assert tests == sorted({t for r in MAP.requirements.values() for t in r.tests})
    junit = tmp_path / "results.xml"
    junit.write_text(JUNIT)
    assert main(["--green", str(junit), "--short"]) == 1
    short = capsys.readouterr().out.splitlines()
    assert [line for line in short if not line.startswith("not run: ")] == short[-1:]
    assert main(["--green", str(junit)]) == 1
    assert "not run: tests/privacy/test_trace.py::test_no_policy_opens_a_secret" in (
        capsys.readouterr().out.splitlines()
    )
