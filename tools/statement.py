# SPDX-License-Identifier: Apache-2.0
"""The map of the privacy statement: each sentence, what must hold, and what shows it.

Rules: a sentence that is not mapped, a test that is not there and a text that was
changed are each a problem; a requirement without a test says what is lacking, or that
it is people's alone; nothing is called shown that no test shows. Of a run, a test that
failed, was not run or was skipped is a problem; one that is skipped for what no package
brings (its reason begins "this machine") is told, and is none.
Not here: reading the map (`policies/clauses.py`), the page for readers
(`tools/statement_page.py`), the tests themselves.

Run it as `python -m tools.statement [--green RESULTS.xml [--short] | --tests]`: it
lists every sentence with its requirements and tests, with results where a JUnit file of
a run has them, or what is wrong alone; or the tests, to be run. `make statement` does
both, and `make test` ends with it.
"""

import argparse
import ast
import hashlib
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from policies import clauses
from policies.clauses import KINDS, Map, Requirement, results, skips

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "policies/statement"
MACHINE = "this machine"
"""How a reason begins for which a test is skipped that no package brings."""
_HEADING = re.compile(r"\d\.\d ")
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def split(text: str) -> Iterator[str]:
    """Yield the sentences of a text; headings with a number are none."""
    for line in text.splitlines():
        stripped = line.strip().removeprefix("- ")
        if stripped and not _HEADING.match(stripped):
            yield from _END.split(stripped)


def read(root: Path = ROOT) -> Map:
    """Return the map as its files have it."""
    return clauses.read(root / FOLDER)


def problems(found: Map, root: Path = ROOT) -> list[str]:
    """Return what is wrong with a map, in sentences; empty for nothing."""
    return [
        *_of_text(found),
        *_of_sentences(found),
        *(
            f"{name}: {problem}"
            for name, item in found.requirements.items()
            for problem in _of_requirement(item, root)
        ),
    ]


def promise(test: str, root: Path = ROOT) -> str | None:
    """Return a test's promise, the first sentence of its words; None for no test."""
    path, _, name = test.partition("::")
    return _promises(root / path).get(name)


def _of_text(found: Map) -> Iterator[str]:
    if hashlib.sha256(found.text.encode()).hexdigest() != found.digest:
        yield "the statement's text is not the one that was mapped: read it again"
    said = [item.text for item in found.sentences]
    for text in split(found.text):
        if text not in said:
            yield f"not mapped: {text}"
    if said != [text for text in split(found.text) if text in said]:
        yield "the map has sentences that the statement has not, or in another order"


def _of_sentences(found: Map) -> Iterator[str]:
    for item in found.sentences:
        if not item.requirements:
            yield f"sentence {item.number} names no requirement"
        for name in item.requirements:
            if name not in found.requirements:
                yield f"sentence {item.number} names {name}, which there is not"
    used = {name for item in found.sentences for name in item.requirements}
    for name in found.requirements:
        if name not in used:
            yield f"{name}: no sentence needs it"


def _of_requirement(item: Requirement, root: Path) -> Iterator[str]:
    if item.kind not in KINDS:
        yield f"kind {item.kind} is none of {', '.join(KINDS)}"
    if not item.tests and not item.lacks and not item.people:
        yield "no test shows it: say what is lacking, or what people do"
    if item.kind != "E" and not item.people:
        yield "say what people have to do"
    for test in item.tests:
        if not promise(test, root):
            yield f"there is no test {test}"


@cache
def _promises(path: Path) -> Mapping[str, str]:
    """Return the first sentence of each test of a file, by name."""
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _lines(found: Map, green: Mapping[str, bool] | None) -> Iterator[str]:
    words = {True: "passed", False: "FAILED", None: "not run"}
    for sentence in found.sentences:
        yield f"{sentence.number} ({sentence.clause}) {sentence.text}"
        for name in sentence.requirements:
            item = found.requirements[name]
            state = "" if not item.lacks else f" [not shown: {item.lacks}]"
            yield f"    {name} {item.title}{state}"
            for test in item.tests:
                result = "" if green is None else f"{words[green.get(test)]}: "
                yield f"        {result}{test}"


def _passed(every: Collection[str], green: Mapping[str, bool]) -> int:
    return sum(green.get(test, False) for test in every)


def judged(
    every: Collection[str], green: Mapping[str, bool], skipped: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return what is wrong with a run of some tests, and what a machine left out.

    Args:
        every: the tests.
        green: whether each that was run passed.
        skipped: why others were not.
    """
    wrong, lacking = list[str](), list[str]()
    for test in sorted(every):
        if test in green:
            wrong += [] if green[test] else [f"failed: {test}"]
        elif test not in skipped:
            wrong.append(f"not run: {test}")
        elif skipped[test].startswith(MACHINE):
            lacking.append(f"not shown here: {test} ({skipped[test]})")
        else:
            wrong.append(f"skipped: {test} ({skipped[test]})")
    return wrong, lacking


def main(arguments: Sequence[str] | None = None) -> int:
    """List the map; returns 1 where it has a hole, or a test did not pass."""
    parser = argparse.ArgumentParser(prog="tools.statement")
    parser.add_argument("--green", type=Path, metavar="RESULTS.xml")
    parser.add_argument("--short", action="store_true", help="list what is wrong alone")
    parser.add_argument("--tests", action="store_true", help="list the tests alone")
    given = parser.parse_args(arguments)
    found = read()
    every = {test for item in found.requirements.values() for test in item.tests}
    if given.tests:
        sys.stdout.writelines(f"{test}\n" for test in sorted(every))
        return 0
    wrong = problems(found)
    green = None if given.green is None else results(given.green)
    if not wrong and not given.short:
        sys.stdout.writelines(f"{line}\n" for line in _lines(found, green))
    lacking = list[str]()
    if green is not None:
        red, lacking = judged(every, green, skips(given.green))
        wrong += red
    sys.stdout.writelines(f"{line}\n" for line in (*lacking, *wrong))
    shown = sum(bool(item.tests) for item in found.requirements.values())
    whole = sum(
        bool(item.tests) and not item.lacks for item in found.requirements.values()
    )
    sys.stdout.write(
        f"{len(found.sentences)} sentences, {len(found.requirements)} requirements: "
        f"{whole} shown, {shown - whole} in part, "
        f"{len(found.requirements) - shown} not; {len(wrong)} problems"
        + (f", {len(lacking)} tests that this machine cannot run" if lacking else "")
        + (f"; {_passed(every, green)} of {len(every)} tests passed" if green else "")
        + "\n"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
