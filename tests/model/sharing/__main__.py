# SPDX-License-Identifier: Apache-2.0
"""Gives random grants their rows: `python -m tests.model.sharing --pairs 100000`.

Rules: prints one line of figures; exit 1 when anything was wrong. With `--widened`
every grant names all columns on purpose, and it exits 1 when that is *not* found.
Not here: one grant (`play.py`).
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.model.progress import shown
from tests.model.sharing.draws import RECORDS
from tests.model.sharing.play import play

FAULTS = ("columns", "rows", "missing", "slugs")


def pairs(count: int, workers: int = 2, *, widened: bool = False) -> Counter[str]:
    """Return what was wrong with some pairs of a grant and a record, summed."""
    grants = -(-count // RECORDS)
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(partial(play, widened=widened), range(grants), chunksize=100)
        told = shown(found, [RECORDS] * grants, "pairs")
        return sum(told, Counter[str]())


def main(arguments: list[str] | None = None) -> int:
    """Compare what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.model.sharing")
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--widened", action="store_true")
    given = parser.parse_args(arguments)
    found = pairs(given.pairs, given.workers, widened=given.widened)
    print(  # noqa: T201 - a program's output
        f"{found['pairs']} grant/record pairs, {found['given']} rows given, "
        f"{found['refused']} grants refused: {found['columns']} extra columns, "
        f"{found['rows']} extra rows, {found['missing']} missing, "
        f"{found['slugs']} without a reason"
    )
    wrong = any(found[name] for name in FAULTS)
    return int(wrong is not given.widened)


if __name__ == "__main__":
    sys.exit(main())
