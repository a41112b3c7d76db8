# SPDX-License-Identifier: Apache-2.0
"""Plays seeds and tells which broke the promise.

Rules: prints figures; exit 1 where a seed broke it, or a planted bug was not found.
Not here: the world itself (`world.py`).
"""

import argparse
import hashlib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from types import FrameType

from simulation.planted import PLANTED, found_at
from simulation.play import Outcome, play

_PROGRESS = 60.0
"""Seconds between two lines that tell how far it has come."""
_ENDLESS = 120.0
"""Seconds of processor time after which a seed never ends; few need 1."""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Play seeds; returns the exit code."""
    parser = argparse.ArgumentParser(prog="simulation", allow_abbrev=False)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--seeds", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, help="one seed, with its story")
    parser.add_argument("--menu", type=int, help="how many faults, of a kept seed")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument("--planted", help="look for this bug, or for all of them")
    given = parser.parse_args(arguments)
    if given.seed is not None:
        outcome = play(given.seed, menu=given.menu, telling=True)
        _say("\n".join(outcome.lines))
        _say("\n".join(outcome.wrongs) or "nothing is lost")
        _say(outcome.digest)
        return int(bool(outcome.wrongs))
    if given.planted is not None:
        names = list(PLANTED) if given.planted == "all" else [given.planted]
        return _find(names, given.first, given.seeds)
    tally = Tally(given.first, given.seeds)
    seeds = range(given.first, given.first + given.seeds)
    if given.workers < 2:
        return _tell(map(_played, seeds), tally)
    with ProcessPoolExecutor(given.workers) as workers:
        return _tell(workers.map(_played, seeds, chunksize=10), tally)


@dataclass(slots=True)
class Tally:
    """What seeds have come to so far.

    Attributes:
        first: seed of them.
        count: how many are to be played.
        done: how many were.
        broken: of these.
        faults: how often each fault did something.
        plans: digest of what was to go wrong, seed by seed.
        began: when, seconds of a clock that never goes back.
    """

    first: int
    count: int
    done: int = 0
    broken: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    plans: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    began: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        """Add what one seed came to, and tell at once where it broke the promise."""
        self.done += 1
        self.faults += outcome.faults
        self.plans.update(f"{outcome.seed} {outcome.plan}\n".encode())
        if outcome.wrongs:
            self.broken += 1
            more = f"({len(outcome.wrongs)})"
            _say(f"seed {outcome.seed}: {outcome.wrongs[0]} {more}")

    def __str__(self) -> str:
        """Return how far it has come, how fast, and how long the rest takes."""
        spent = time.monotonic() - self.began
        speed = self.done / spent
        left = (self.count - self.done) / speed / 60
        last = self.first + self.done - 1
        return (
            f"seeds {self.first} to {last}: {self.done} of {self.count}, "
            f"{self.broken} broken, {speed:.1f} a second, {left:.0f} min left"
        )


def _played(seed: int) -> Outcome:
    """Play a seed; where it fails or never ends, the others are played on."""
    signal.signal(signal.SIGPROF, _give_up)
    signal.setitimer(signal.ITIMER_PROF, _ENDLESS)
    try:
        return play(seed)
    except Exception as problem:  # noqa: BLE001 - boundary: told as a broken seed
        wrong = f"the simulation failed: {problem!r}"
        return Outcome(seed, (wrong,), Counter(), "", "", ())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _give_up(_number: int, frame: FrameType | None) -> None:
    where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "nowhere"
    msg = f"it never ends: it is at {where}"
    raise TimeoutError(msg)


def _tell(outcomes: Iterable[Outcome], tally: Tally) -> int:
    """Print what seeds come to; returns the exit code.

    A run that was broken off is gone on with from the last seed that it told of.
    """
    told = tally.began
    for outcome in outcomes:
        tally.add(outcome)
        if time.monotonic() >= told + _PROGRESS:
            told = time.monotonic()
            _say(str(tally))
    for name, times in sorted(tally.faults.items()):
        _say(f"{times:9} {name}")
    _say(str(tally))
    _say(f"their plans: {tally.plans.hexdigest()}")
    return int(bool(tally.broken))


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
