# SPDX-License-Identifier: Apache-2.0
"""Tries whether the tests of redaction notice small wrong changes of it.

Rules: the tests are collected once; each change is put into the loaded functions of a
forked child, which runs the tests that run them; what happens when a module is loaded
is changed in a child that loads it anew. A change whose time was over is tried once
more alone, with twice the time, when all others are done. Nothing is written but the
table, the survivors and the journal. Linux only, for it forks.
Not here: what is changed (`mutations.py`), how tests are run (`mutant_tests.py`), what
was tried before (`mutant_journal.py`).

usage: python -m tools.mutants [--most N] [--match WORD] [--journal PATH] FILE...
"""

import argparse
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

from tools import mutant_tests
from tools.live_code import LiveCode, compiled
from tools.mutant_journal import Journal, Place, place
from tools.mutations import Mutation, how_many, mutations

assert sys.platform != "win32", "changes are tried in forked children: use Linux"  # noqa: S101 - the type checker leaves out the rest on Windows

ROOT = Path.cwd()
TESTS = (
    "tests/unit/redaction",
    "tests/unit/agent/test_sealing.py",
    "tests/property/test_redaction.py",
    "tests/property/test_redaction_grammar.py",
    "tests/property/test_template_laws.py",
)
_PRELOADED = (
    *("pytest", "_pytest.assertion.rewrite", "hypothesis", "hypothesis.strategies"),
    *("re2", "ahocorasick_rs", "pcre2", "structlog", "cryptography.hazmat"),
    *("json", "base64", "ipaddress", "html", "urllib.parse", "uuid", "random"),
)
LOADING_SECONDS = 120.0
"""What loading all anew and running the tests of a module may take."""
_SHOWN = 20
"""Changes after which it is told how many there were, where no terminal shows each."""


@dataclass(frozen=True)
class _Try:
    """A change to be tried.

    Attributes:
        path: of its file.
        mutation: the change.
        place: which one it is.
    """

    path: Path
    mutation: Mutation
    place: Place

    def __str__(self) -> str:
        """Tell where it is and what it does."""
        return f"{self.path}:{self.mutation.line}: {self.mutation.what}"


@dataclass(frozen=True)
class _Tests:
    """The tests to run.

    Attributes:
        paths: of files and folders.
        words: of which a test's name has to hold one, if there are any.
    """

    paths: Sequence[str]
    words: Sequence[str]

    def named(self, name: str) -> bool:
        """Tell whether a test of this name is one of them."""
        return not self.words or any(word in name for word in self.words)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module from a tree in place of its file."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self._name = name
        self._path = path
        self._code = code

    def find_spec(
        self, fullname: str, *_: object
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where the changed module comes from."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed module."""
        exec(self._code, module.__dict__)  # noqa: S102 - our own source, changed


def main(words: Sequence[str]) -> int:
    """Print a table of changes and the survivors.

    Args:
        words: of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.mutants")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--most", type=int, default=0, help="changes of a file; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="of which ones")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tests", action="append", metavar="PATH")
    parser.add_argument("--match", action="append", default=[], metavar="WORD")
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="PATH",
        help="what was tried; goes on from there",
    )
    parser.add_argument(
        "--again", action="store_true", help="try what was not noticed once more"
    )
    chosen = parser.parse_args(words)
    for name in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    journal = Journal(chosen.journal)
    tries = [
        one for path in chosen.files for one in _some(path, chosen.most, chosen.seed)
    ]
    tests = _Tests(chosen.tests or TESTS, chosen.match)
    left = [
        one
        for one in tries
        if (told := journal.told(one.place)) is None or (chosen.again and not told)
    ]
    for number, noticed in _tried(left, tests, chosen.jobs):
        journal.tell(left[number].place, noticed=noticed)
    _table(tries, [bool(journal.told(one.place)) for one in tries])
    return 0


def _some(path: Path, most: int, seed: int) -> list[_Try]:
    """Return so many changes of a file, drawn at random and in order."""
    source = path.read_text(encoding="utf-8")
    numbers: Sequence[int] = range(how_many(source))
    if 0 < most < len(numbers):
        drawn = random.Random(seed)  # noqa: S311 - repeatable, not secret
        numbers = sorted(drawn.sample(numbers, most))
    return [
        _Try(path, mutation, place(path, source, number))
        for number, mutation in zip(numbers, mutations(source, numbers), strict=True)
    ]


def _tried(
    tries: Sequence[_Try], tests: _Tests, jobs: int
) -> Iterator[tuple[int, bool]]:
    """Yield of each change whether it was noticed, as that is known."""
    if not tries:
        return
    anew: dict[int, list[str]] = {}
    unnoticed = 0
    done = count(1)
    for number, answer in _told(tries, tests, jobs):
        if isinstance(answer, bool):
            unnoticed += not answer
            _progress(next(done), len(tries), unnoticed)
            yield number, answer
        else:
            anew[number] = answer
    waiting = sorted(anew)

    def load(at: int, times: int) -> bool | None:
        return _anew(tries[waiting[at]], anew[waiting[at]], times)

    for at, answer in _twice(load, len(waiting), jobs):
        unnoticed += not answer
        _progress(next(done), len(tries), unnoticed)
        yield waiting[at], answer
    sys.stderr.write("\n")


def _twice(
    work: Callable[[int, int], Any], many: int, jobs: int
) -> Iterator[tuple[int, Any]]:
    """Yield what work says, done once more alone where its time was over.

    Args:
        work: of a number, with so many times the time; None where that was over.
        many: how many.
        jobs: processes.
    """
    late: list[int] = []
    for number, answer in mutant_tests.shared(lambda at: work(at, 1), many, jobs):
        if answer is None:
            late.append(number)
        else:
            yield number, answer
    for at, answer in mutant_tests.shared(lambda at: work(late[at], 2), len(late), 1):
        yield late[at], True if answer is None else answer


def _told(
    tries: Sequence[_Try], tests: _Tests, jobs: int
) -> Iterator[tuple[int, bool | list[str]]]:
    """Yield what a child that collects the tests finds, change by change.

    For a change that has to be loaded anew it yields the tests to run then.
    """

    def collected(tell: Callable[[object], None]) -> None:
        words = [
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            *tests.paths,
        ]
        pytest.main(words, plugins=[_Session(tries, tests, jobs, tell)])

    yield from mutant_tests.streamed(collected)


class _Session:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(
        self,
        tries: Sequence[_Try],
        tests: _Tests,
        jobs: int,
        tell: Callable[[object], None],
    ) -> None:
        self._tries = tries
        self._tests = tests
        self._jobs = jobs
        self._tell = tell

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all changes on the tests that were collected."""
        paths = frozenset(str(ROOT / one.path) for one in self._tries)
        items = [item for item in session.items if self._tests.named(item.nodeid)]
        ran = mutant_tests.unchanged(items, paths)
        sys.stderr.write(f"{len(ran.seconds)} of {len(items)} tests pass\n")
        live = LiveCode(paths)
        work = _Work(self._tries, items, ran, live)
        for answer in _twice(work.of, len(self._tries), self._jobs):
            self._tell(answer)
        return True


class _Work:
    """What is done for one change, in a process that has all tests loaded."""

    def __init__(
        self,
        tries: Sequence[_Try],
        items: Sequence[pytest.Item],
        ran: mutant_tests.Ran,
        live: LiveCode,
    ) -> None:
        self._tries = tries
        self._items = items
        self._ran = ran
        self._live = live

    def of(self, number: int, times: int) -> bool | list[str] | None:
        """Return whether a change is noticed, or the tests to run on it loaded anew.

        Args:
            number: of the change.
            times: so many times the time; None is returned where that was over.
        """
        one = self._tries[number]
        path = ROOT / one.path
        source = compiled(path, path.read_text(encoding="utf-8"))
        changed = self._live.changed(source, compiled(path, one.mutation.tree))
        tests = self._ran.of([*changed], self._own(one.path)) if changed else []
        if not tests or changed is None:  # it is run when a module is loaded, if ever
            return [self._items[at].nodeid for at in self._ran.file(str(path))]

        def noticed() -> bool:
            return any(
                self._fails(at, times) and self._fails(at, times) for at in tests
            )

        return mutant_tests.notices(
            lambda: self._live.put(changed), noticed, times * LOADING_SECONDS
        )

    def _fails(self, at: int, times: int) -> bool:
        """Run a test; on a busy machine one may fail once for want of time."""
        seconds = mutant_tests.SECONDS + 5 * self._ran.seconds[at]
        mutant_tests.limited(times * seconds)
        return not mutant_tests.passes(self._items[at])

    def _own(self, path: Path) -> set[int]:
        """Return the tests whose names tell of a file, and the snapshots."""
        words = (path.stem, "snapshots")
        return {
            at
            for at in self._ran.seconds
            if any(word in self._items[at].nodeid for word in words)
        }


def _anew(one: _Try, tests: Sequence[str], times: int) -> bool | None:
    """Tell whether tests notice a change of what happens when a module is loaded."""

    def change() -> None:
        name = ".".join(one.path.with_suffix("").parts)
        code = compiled(ROOT / one.path, one.mutation.tree)
        sys.meta_path.insert(0, _Changed(name, one.path, code))

    def noticed() -> bool:
        words = ["-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
        return pytest.main(words) != pytest.ExitCode.OK

    return mutant_tests.notices(change, noticed, times * LOADING_SECONDS)


def _progress(done: int, count: int, unnoticed: int) -> None:
    if sys.stderr.isatty() or not done % _SHOWN:
        end = "" if sys.stderr.isatty() else "\n"
        told = f"{done} of {count} changes tried, {unnoticed} not noticed"
        sys.stderr.write(f"\r{told}{end}")
        sys.stderr.flush()


def _table(tries: Sequence[_Try], noticed: Sequence[bool]) -> None:
    """Print how many changes of each file were noticed, and those that were not."""
    rows: dict[Path, list[bool]] = {}
    for one, was in zip(tries, noticed, strict=True):
        rows.setdefault(one.path, []).append(was)
    lines = ["| file | tried | noticed |", "| --- | --- | --- |"]
    lines += [f"| {path} | {len(row)} | {sum(row)} |" for path, row in rows.items()]
    share = sum(noticed) / max(1, len(noticed))
    lines += [f"| all | {len(tries)} | {sum(noticed)} = {share:.1%} |"]
    lines += ["", "Not noticed:", ""]
    lines += [str(one) for one, was in zip(tries, noticed, strict=True) if not was]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    sys.exit(main(sys.argv[1:]))
