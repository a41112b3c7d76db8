# SPDX-License-Identifier: Apache-2.0
"""Plays stories: `python -m tests.model.erasing --stories 2000`.

Rules: prints one line of figures, and the first wrong stories by number; exit 1 when
anything was wrong.
Not here: one story (`play.py`).
"""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.model.erasing.play import play
from tests.model.progress import shown
from tests.reader_fixture import make_site

PIECE = 50
"""Stories of one installation: each has machines of its own there."""
SHOWN = 5
MEMORY = Path("/dev/shm")  # noqa: S108 - an installation of a test
"""Where a store costs no wait for a disk."""


def piece(first: int, count: int) -> tuple[Counter[str], list[str]]:
    """Play some stories; returns what happened in them, and what was wrong."""
    place = MEMORY if MEMORY.is_dir() else None
    acts: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(dir=place) as folder:
        site = make_site(Path(folder) / "collector")
        for number in range(first, first + count):
            verdict = play(number, site)
            acts += verdict.acts
            wrong += verdict.wrong
        site.store.close()
        site.keyring.close()
    return acts, wrong


def pieces(stories: int, first: int, workers: int) -> tuple[Counter[str], list[str]]:
    """Play stories in several processes; arguments as `piece` has them."""
    starts = range(first, first + stories, PIECE)
    acts: Counter[str] = Counter()
    wrong: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        sizes = [min(PIECE, first + stories - start) for start in starts]
        found = pool.map(piece, starts, sizes)
        for part, words in shown(found, sizes, "stories"):
            acts += part
            wrong += words
    return acts, wrong


def main(arguments: list[str] | None = None) -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.model.erasing")
    parser.add_argument("--stories", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args(arguments)
    acts, wrong = pieces(given.stories, given.first, given.workers)
    for line in wrong[:SHOWN]:
        print(line)  # noqa: T201 - a program's output
    print(  # noqa: T201 - a program's output
        f"{given.stories} stories, {acts['replaced']} envelopes replaced, "
        f"{acts['again']} of them again, {acts['compared']} comparisons, "
        f"{len(wrong)} wrong"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
