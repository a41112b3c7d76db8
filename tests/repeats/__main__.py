# SPDX-License-Identifier: Apache-2.0
"""Sends again what was said, in other names and orders, and prints what became of it.

Rules: each try of a class hangs from its number alone, so that a run that was broken
off is gone on with; after each thousand the store must be as before, row by row; exit 1
where anything was taken, or refused in a way that is not its class's.
Not here: what is sent (`sent.py`).

Run it as `python -m tests.repeats [--first N] [--tries N] [--workers N] [CLASS ...]`.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.progress import Progress
from tests.repeats.sent import BY_NAME, SENDS, Scene, begin, tries

EACH, AT_ONCE = 1_000, 50
"""Tries between two looks at the whole store, and of one commit."""
CHANGED = "the store is another"
_scenes: list[Scene] = []
"""The scene of this process, where it is a worker."""


def run(name: str, chosen: argparse.Namespace, pool: ProcessPoolExecutor) -> bool:
    """Send what a class has and print what became of it.

    Returns:
        Whether nothing was taken.
    """
    last = chosen.first + chosen.tries
    parts = [
        range(first, min(first + EACH, last))
        for first in range(chosen.first, last, EACH)
    ]
    progress = Progress(name, chosen.first, last, f"{name} --first", EACH)
    found = progress.telling(pool.map(partial(_part, name), parts))
    outcomes = sum(found, Counter[str]())
    told = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
    kept = set(outcomes) <= SENDS[BY_NAME[name]]
    _say(f"{name}: {chosen.tries} tries from {chosen.first}: {told}")
    _say(f"{progress.spent}: {'none was taken' if kept else 'BROKEN'}")
    return kept


def _part(name: str, numbers: range) -> Counter[str]:
    """Send what belongs to some numbers, and look at the whole store again."""
    scene = _scenes[0]
    before, outcomes = scene.rows(), Counter[str]()
    for start in range(0, len(numbers), AT_ONCE):
        outcomes += tries(scene, name, numbers[start : start + AT_ONCE])
    outcomes[CHANGED] += scene.rows() != before
    return +outcomes


def _ready(folder: Path) -> None:
    _scenes.append(begin(folder / str(os.getpid())))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Send and print; return 1 where anything was taken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classes", nargs="*", metavar="CLASS", help=", ".join(BY_NAME))
    parser.add_argument("--first", type=int, default=0, help="go on at this try")
    parser.add_argument("--tries", type=int, default=50_000, help="of each class")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    chosen = parser.parse_args(arguments)
    for unknown in set(chosen.classes) - set(BY_NAME):
        parser.error(f"there is no class {unknown}: choose of {', '.join(BY_NAME)}")
    kept = True
    shared = Path("/dev/shm")  # noqa: S108 - a store that nobody needs afterwards
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        for name in chosen.classes or BY_NAME:
            with ProcessPoolExecutor(
                chosen.workers,
                multiprocessing.get_context("fork"),
                _ready,
                (Path(folder),),
            ) as pool:
                kept &= run(name, chosen, pool)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
