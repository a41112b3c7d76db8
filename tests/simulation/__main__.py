# SPDX-License-Identifier: Apache-2.0
"""Plays seeds and tells which broke the promise.

Rules: prints figures; exit 1 where a seed broke it, or a planted bug was not found.
Not here: the world itself (`world.py`).
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from simulation.planted import PLANTED, found_at
from simulation.play import Outcome, play


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Play seeds; returns the exit code."""
    parser = argparse.ArgumentParser(prog="simulation", allow_abbrev=False)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, help="one seed, with its story")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument("--planted", help="look for this bug, or for all of them")
    given = parser.parse_args(arguments)
    if given.seed is not None:
        outcome = play(given.seed, telling=True)
        _say("\n".join(outcome.lines))
        _say("\n".join(outcome.wrongs) or "nothing is lost")
        _say(outcome.digest)
        return int(bool(outcome.wrongs))
    if given.planted is not None:
        names = list(PLANTED) if given.planted == "all" else [given.planted]
        return _find(names, given.first, given.seeds)
    seeds = range(given.first, given.first + given.seeds)
    if given.workers < 2:
        return _tell(map(play, seeds), given.seeds)
    with ProcessPoolExecutor(given.workers) as workers:
        return _tell(workers.map(play, seeds, chunksize=50), given.seeds)


def _tell(outcomes: Iterable[Outcome], count: int) -> int:
    """Print what seeds came to; returns the exit code."""
    faults: Counter[str] = Counter()
    broken = 0
    began = time.perf_counter()
    for outcome in outcomes:
        seed = outcome.seed
        faults += outcome.faults
        if outcome.wrongs:
            broken += 1
            _say(f"seed {seed}: {outcome.wrongs[0]} ({len(outcome.wrongs)})")
    spent = (time.perf_counter() - began) / count
    for name, times in sorted(faults.items()):
        _say(f"{times:9} {name}")
    _say(f"{count} seeds, {broken} broken, {spent * 1_000:.0f} ms each")
    return int(bool(broken))


def _find(names: Sequence[str], first: int, count: int) -> int:
    """Look for planted bugs; each has to be found within so many seeds."""
    needed = []
    for name in names:
        found = found_at(name, first, count)
        if found is None:
            _say(f"{name:24} not found in {count} seeds")
            continue
        needed.append(found.seed - first + 1)
        _say(f"{name:24} {needed[-1]:5} seeds: {found.wrongs[0]}")
    if needed:
        _say(f"found {len(needed)} of {len(names)}, median {median(needed):.0f} seeds")
    return int(len(needed) < len(names))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
