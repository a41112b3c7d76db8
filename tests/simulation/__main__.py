# SPDX-License-Identifier: Apache-2.0
"""Plays seeds and tells which broke the promise.

Rules: prints figures; exit 1 where a seed broke it, or a planted bug was not found.
Not here: the world itself (`world.py`).
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from simulation.world import play


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Play seeds; returns the exit code."""
    parser = argparse.ArgumentParser(prog="simulation", allow_abbrev=False)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, help="one seed, with its story")
    given = parser.parse_args(arguments)
    if given.seed is not None:
        outcome = play(given.seed, telling=True)
        _say("\n".join(outcome.lines))
        _say("\n".join(outcome.wrongs) or "nothing is lost")
        _say(outcome.digest)
        return int(bool(outcome.wrongs))
    faults: Counter[str] = Counter()
    broken = 0
    began = time.process_time()
    for seed in range(given.first, given.first + given.seeds):
        outcome = play(seed)
        faults += outcome.faults
        if outcome.wrongs:
            broken += 1
            _say(f"seed {seed}: {outcome.wrongs[0]} ({len(outcome.wrongs)})")
    spent = (time.process_time() - began) / given.seeds
    for name, count in sorted(faults.items()):
        _say(f"{count:9} {name}")
    _say(f"{given.seeds} seeds, {broken} broken, {spent * 1_000:.0f} ms each")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
