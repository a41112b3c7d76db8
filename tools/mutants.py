# SPDX-License-Identifier: Apache-2.0
"""Tries whether the tests of redaction notice small wrong changes of it.

Rules: each change runs in a forked child that imports the changed module in place of
the file's; first the detectors' own examples, then the folder's fast unit tests; a
child that fails, ends oddly or takes too long has noticed. Nothing is written but the
table and the survivors. Linux only, for it forks.
Not here: what is changed (`mutations.py`).

usage: python -m tools.mutants [--most N] [--seed N] [--seconds N] FILE...
"""

import argparse
import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tools.mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests/unit/redaction"
UNSUITED = ("test_memory_is_bounded", "test_cuts_change_nothing", "test_detectors")
"""Tests that are slow, and the examples, which have run by then."""
LIMIT_SECONDS = 40
"""What a child may take before it counts as caught in a loop."""
_PRELOADED = (
    *("pytest", "_pytest.assertion.rewrite", "hypothesis", "hypothesis.strategies"),
    *("re2", "ahocorasick_rs", "pcre2", "wire.crypto", "wire.values", "structlog"),
    *("json", "base64", "ipaddress", "html", "urllib.parse", "uuid", "random"),
)
_NOTICED, _UNNOTICED = 1, 0


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
    parser.add_argument("--seconds", type=float, default=0, help="of all; 0: no bound")
    chosen = parser.parse_args(words)
    for name in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    end = time.monotonic() + chosen.seconds if chosen.seconds else float("inf")
    _say("| file | changes | tried | noticed |\n| --- | --- | --- | --- |")
    tried = noticed = 0
    survivors: list[str] = []
    for path in chosen.files:
        if time.monotonic() > end:
            _say(f"| {path} | | 0 | |")
            continue
        source = path.read_text(encoding="utf-8")
        if _is_noticed(path, ast.parse(source)):
            _say(f"| {path} | its tests do not pass unchanged | | |")
            continue
        made = list(mutations(source))
        some = _some(made, chosen.most, chosen.seed)
        left = []
        count = 0
        for mutation in some:
            if time.monotonic() > end:
                break
            count += 1
            if not _is_noticed(path, mutation.tree):
                left.append(f"{path}:{mutation.line}: {mutation.what}")
        _say(f"| {path} | {len(made)} | {count} | {count - len(left)} |")
        tried, noticed = tried + count, noticed + count - len(left)
        survivors += left
    _say(f"| all | | {tried} | {noticed} = {noticed / max(1, tried):.1%} |")
    _say("\nNot noticed:\n")
    _say("\n".join(survivors))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _some(made: list[Mutation], most: int, seed: int) -> list[Mutation]:
    """Return so many, drawn at random and in order."""
    if not most or len(made) <= most:
        return made
    drawn = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return [made[at] for at in sorted(drawn.sample(range(len(made)), most))]


def _is_noticed(path: Path, tree: ast.Module) -> bool:
    """Run the tests on a change in a child."""
    if sys.platform == "win32":
        msg = "changes are tried in forked children: run this on Linux"
        raise NotImplementedError(msg)
    else:  # noqa: RET506 - the type checker leaves out this branch on Windows
        child = os.fork()
        if child == 0:
            status = _NOTICED
            try:
                status = _tested(path, tree)
            except BaseException:  # noqa: BLE001 - boundary: any way to fail is a notice
                status = _NOTICED
            finally:
                os._exit(status)
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status != _UNNOTICED
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True


def _tested(path: Path, tree: ast.Module) -> int:
    """Return whether the tests notice; in the child."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    name = ".".join(path.with_suffix("").parts)
    code = compile(tree, str(path), "exec")
    sys.meta_path.insert(0, _Changed(name, path, code))
    if not _examples_hold(path):
        return _NOTICED
    import pytest  # noqa: PLC0415 - loaded already by the parent

    skipped = " and ".join(f"not {one}" for one in UNSUITED)
    own = f"{TESTS}/test_{path.stem}.py"
    words = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-m", "not slow"]
    words += ["-k", skipped, *([own] if Path(own).exists() else []), TESTS]
    return _UNNOTICED if pytest.main(words) == pytest.ExitCode.OK else _NOTICED


def _examples_hold(path: Path) -> bool:
    """Run the examples of a detector, or of all for a file that they share."""
    tests: Any = importlib.import_module("tests.unit.redaction.test_detectors")
    shared = path.parent.name != "detectors"
    for test, examples in (
        (tests.test_hits, tests.HITS),
        (tests.test_misses, tests.MISSES),
    ):
        for example in examples:
            if shared or example.values[0].name == path.stem:
                test(*example.values)
    return True


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    sys.exit(main(sys.argv[1:]))
