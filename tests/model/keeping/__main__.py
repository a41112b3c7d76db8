# SPDX-License-Identifier: Apache-2.0
"""Plays histories: `python -m tests.model.keeping --histories 100000`.

Rules: prints how far it is, one line of figures, and the first wrong histories by
number; exit 1 when anything was wrong. With `--planted` it plays a product with a
fault on purpose instead, and exits 1 when that is *not* found.
Not here: one history (`play.py`).
"""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from server.register.database import Register
from tests.model.keeping.planted import PLANTED
from tests.model.keeping.play import play
from tests.model.progress import shown

PIECE = 500
"""Histories of one task."""
SHOWN = 5
MEMORY = Path("/dev/shm")  # noqa: S108 - the register is private, and one of a test
"""Where a register costs no wait for a disk."""


def piece(
    first: int, count: int, planted: str | None
) -> tuple[Counter[str], list[str]]:
    """Play some histories and return what was wrong, and words on the first ones."""
    product = PLANTED[planted] if planted else PLANTED["nothing"]
    place = MEMORY if MEMORY.is_dir() else None
    wrong: Counter[str] = Counter()
    told: list[str] = []
    with tempfile.TemporaryDirectory(dir=place) as folder:
        register = Register.create(Path(folder) / "keeper.sqlite")
        for number in range(first, first + count):
            verdict = play(number, register, product)
            wrong += verdict.wrong
            told += [f"history {number}: {item}" for item in verdict.told[:1]]
        register.close()
    return wrong, told[:SHOWN]


def pieces(
    histories: int, first: int, workers: int, planted: str | None = None
) -> tuple[Counter[str], list[str]]:
    """Play histories in several processes; arguments as `piece` has them."""
    starts = range(first, first + histories, PIECE)
    wrong: Counter[str] = Counter()
    told: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        sizes = [min(PIECE, first + histories - start) for start in starts]
        names = [planted] * len(sizes)
        found = pool.map(piece, starts, sizes, names)
        for part, words in shown(found, sizes, "histories"):
            wrong += part
            told += words
    return wrong, told[:SHOWN]


def main(arguments: list[str] | None = None) -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.model.keeping")
    parser.add_argument("--histories", type=int, default=5_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--planted", choices=sorted(PLANTED))
    given = parser.parse_args(arguments)
    wrong, told = pieces(given.histories, given.first, given.workers, given.planted)
    for line in told:
        print(line)  # noqa: T201 - a program's output
    print(  # noqa: T201 - a program's output
        f"{given.histories} histories, {wrong['early']} early, {wrong['late']} late, "
        f"{wrong['mismatch']} mismatches"
    )
    return int(bool(wrong) is not bool(given.planted))


if __name__ == "__main__":
    sys.exit(main())
