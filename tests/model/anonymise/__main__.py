# SPDX-License-Identifier: Apache-2.0
"""Releases random fleets: `python -m tests.model.anonymise --fleets 200`.

Rules: prints one line of figures; exit 1 when anything was wrong. With `--planted` it
hides cells wrongly on purpose, and exits 1 when that is *not* found.
Not here: one fleet (`play.py`).
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from server.anonymise import suppression
from tests.model.anonymise.play import PLANTED, play
from tests.model.progress import shown

FAULTS = ("small", "undone", "attacked", "counted", "differing")


def fleets(
    count: int, first: int = 0, workers: int = 2, planted: str | None = None
) -> Counter[str]:
    """Return what was wrong with the releases of some fleets, summed."""
    pattern = PLANTED[planted] if planted else suppression.shown
    with ProcessPoolExecutor(workers) as pool:
        numbers = range(first, first + count)
        found = pool.map(partial(play, pattern=pattern), numbers, chunksize=10)
        return sum(shown(found, [1] * count, "fleets"), Counter[str]())


def main(arguments: list[str] | None = None) -> int:
    """Release what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.model.anonymise")
    parser.add_argument("--fleets", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--planted", choices=sorted(PLANTED))
    given = parser.parse_args(arguments)
    found = fleets(given.fleets, given.first, given.workers, given.planted)
    print(  # noqa: T201 - a program's output
        f"{given.fleets} fleets, {found['cells']} cells shown, "
        f"{found['refused']} refused, {found['small']} too small, "
        f"{found['undone']} undone, {found['attacked']} attacked, "
        f"{found['counted']} miscounted, {found['differing']} differing"
    )
    wrong = any(found[name] for name in FAULTS)
    return int(wrong is not bool(given.planted))


if __name__ == "__main__":
    sys.exit(main())
