# SPDX-License-Identifier: Apache-2.0
"""Measures what the product promises in figures, and writes them down for evidence.

Rules: every figure is what a command printed, run here and now on code that is
committed; a command that fails is written down as well, and ends this with 1.
Not here: the commands (`tests/`), what evidence says of them
(`server/evidence/measured.py`).

Run it as `python -m tools.figures FILE [--results RESULTS.xml] [--quick]`; `make
figures` runs the tests of the statement first, and writes where packages take it from.
"""

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policies.clauses import results
from server.evidence.measured import CODE, Figure, Measured, code_digest, write
from tools.packages.programs import BuildError, call
from tools.statement import read
from wire.release import __version__

ROOT = Path(__file__).resolve().parent.parent
LINES = 40
"""Of what a command printed, its last ones."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One command to be run.

    Attributes:
        name: of what is measured.
        shows: a sentence.
        module: of the command.
        arguments: with the count that a release is measured with.
        quick: the same with a count for a look.
        shown: how many of its last lines a page shows.
    """

    name: str
    shows: str
    module: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = None
    shown: int = LINES


MEASURES = (
    Measure(
        "deletion",
        "What ended is found in no file, opened by no key and read from no backup.",
        "tests.deletion",
    ),
    Measure(
        "erasure",
        "An erased person is nowhere, and everybody else is there.",
        "tests.deletion",
        ("--erase", "person"),
    ),
    Measure(
        "retention",
        "Nothing ends early or late, by histories of policies, clocks and holds.",
        "tests.model.keeping",
        ("--histories", "100000"),
        ("--histories", "200"),
    ),
    Measure(
        "erasing",
        "Of drawn erasures each takes the person's rows and no others.",
        "tests.model.erasing",
        ("--stories", "2000"),
        ("--stories", "5"),
    ),
    Measure(
        "sharing",
        "Of drawn grants none lets a column or a row out that it does not name.",
        "tests.model.sharing",
        ("--pairs", "100000"),
        ("--pairs", "500"),
    ),
    Measure(
        "anonymity",
        "Nobody is singled out, linked or inferred from what is made anonymous.",
        "tests.model.anonymise",
        ("--fleets", "2000"),
        ("--fleets", "5"),
    ),
    Measure(
        "orders",
        "Of forged orders an agent runs none.",
        "tests.model.orders",
        ("--tries", "100000"),
        ("--tries", "500"),
    ),
    Measure(
        "isolation",
        "Each reader's keys open exactly the classes of records that are its own.",
        "tests.isolation",
        shown=1,
    ),
    Measure(
        "tampering",
        "Every tampering with what was anchored of the ledger is found.",
        "tests.tampering",
        ("--tries", "2000"),
        ("--tries", "50"),
        shown=1,
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; returns 1 where something was not kept, 2 for a slip."""
    parser = argparse.ArgumentParser(prog="tools.figures")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--results", type=Path, metavar="JUNIT.xml", help="of the statement's tests"
    )
    parser.add_argument("--quick", action="store_true", help="few tries, for a look")
    names = [one.name for one in MEASURES]
    parser.add_argument("--only", action="append", choices=names, default=[])
    given = parser.parse_args(arguments)
    try:
        status = "status", "--porcelain", "--", *CODE, "tests"
        changed = call("git", *status, folder=ROOT).strip()
        commit = call("git", "rev-parse", "HEAD", folder=ROOT).strip()
    except BuildError:
        return _slip("git does not tell of which commit this is: clone the source")
    if changed:
        return _slip("commit what is to be measured first")
    measured = Measured(
        code_digest(),
        __version__,
        commit,
        dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        tuple(_run(given.only or names, quick=given.quick)),
        _passed(given.results),
    )
    given.file.write_bytes(write(measured))
    kept = sum(not one.exit for one in measured.figures)
    passed = sum(measured.tests.values())
    sys.stdout.write(
        f"{kept} of {len(measured.figures)} kept; {passed} of {len(measured.tests)} "
        f"tests passed: {given.file}\n"
    )
    whole = kept == len(measured.figures) and passed == len(measured.tests)
    return int(not whole)


def _slip(sentence: str) -> int:
    sys.stderr.write(f"tools.figures: {sentence}\n")
    return 2


def _passed(junit: Path | None) -> dict[str, bool]:
    """Return whether each test of the statement's map passed, of those that ran."""
    if junit is None:
        return {}
    wanted = {test for one in read().requirements.values() for test in one.tests}
    return {test: passed for test, passed in results(junit).items() if test in wanted}


def _run(names: Sequence[str], *, quick: bool) -> Iterator[Figure]:
    for one in MEASURES:
        if one.name in names:
            yield _figure(one, quick=quick)


def _figure(one: Measure, *, quick: bool) -> Figure:
    chosen = one.quick if quick and one.quick is not None else one.arguments
    words = ("python", "-m", one.module, *chosen)
    sys.stdout.write(f"{' '.join(words)}\n")
    sys.stdout.flush()
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own module, fixed arguments
        [sys.executable, *words[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()[-LINES:]
    sys.stdout.writelines(f"    {line}\n" for line in lines)
    return Figure(
        one.name,
        one.shows,
        f"PYTHONPATH=tests {' '.join(words)}",
        done.returncode,
        round(time.monotonic() - begun),
        tuple(lines),
        one.shown,
    )


if __name__ == "__main__":
    sys.exit(main())
