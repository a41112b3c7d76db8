# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.compromised --tries 100000`: a captured collector against an agent.

Rules: exit 1 when anything ran but what was shown in words and signed, when that did
not run, when a try was answered by no check that it aims at, or when a way was never
tried.
Not here: the ways (`ways.py`, `encoding.py`, `situations.py`).

Most tries go through the agent's own code in this process: its poll of a signed answer,
its turn, and the work of its child; one in `--whole-in` goes through a real process of
the agent, over TLS. Run it with `PYTHONPATH=tests`.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.compromised import batch, whole
from tests.compromised.batch import Tally
from tests.compromised.situations import SITUATIONS

_TELL_SECONDS = 15.0
_ENOUGH = 5_000
"""With so many tries there is no excuse for a way that was never tried."""


def main(arguments: list[str] | None = None) -> int:
    """Try, tell how far it is, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.compromised")
    parser.add_argument("--tries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first batch")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--whole-in", type=int, default=50, metavar="N")
    chosen = parser.parse_args(arguments)
    through = chosen.tries // chosen.whole_in
    found = _told(played(chosen.seed, chosen.tries - through, chosen.workers))
    by_process = _told(
        whole.play(chosen.seed + at, min(whole.TRIES, through - at))
        for at in range(0, through, whole.TRIES)
    )
    found.add(by_process)
    _say(summary(found, by_process))
    return int(is_wrong(found))


def played(seed: int, tries: int, workers: int) -> Iterator[Tally]:
    """Play batches of so many tries in all, in several processes.

    Args:
        seed: of the first batch.
        tries: how many.
        workers: processes.
    """
    sizes = [min(batch.TRIES, tries - at) for at in range(0, tries, batch.TRIES)]
    with ProcessPoolExecutor(workers) as pool:
        seeds = range(seed, seed + len(sizes))
        yield from pool.map(batch.play, seeds, sizes)


def is_wrong(found: Tally) -> bool:
    """Tell whether a promise was broken, or the harness has shown nothing."""
    blind = found.tries >= _ENOUGH and unreached(found)
    kept = found.controls and not (found.run or found.lost or found.astray)
    return bool(blind or not kept)


def unreached(found: Tally) -> list[str]:
    """Return the ways that were never tried."""
    tried = {name for name, _ in found.seen}
    ways = (one.name for place in SITUATIONS for one in place.ways)
    return sorted({name for name in ways if name not in tried})


def summary(found: Tally, by_process: Tally) -> str:
    """Return what came of it, line by line."""
    slugs = sorted({slug for _, slug in found.seen})
    ways = {name for name, _ in found.seen}
    lines = [f"{found.tries} forged, altered and replayed orders: {found.run} run"]
    lines.append(f"{by_process.tries} of them to an agent's process, over TLS")
    lines.append(f"{found.controls} shown in words and signed: {found.lost} not run")
    lines.append(f"{len(ways)} ways, answered by {len(slugs)} checks:")
    lines.append(" ".join(slugs))
    lines += (f"NEVER TRIED {name}" for name in unreached(found))
    lines += (f"ASTRAY {name}: {slug}" for name, slug in sorted(found.astray))
    return "\n".join(lines)


def _told(tallies: Iterable[Tally]) -> Tally:
    """Return the sum, and tell now and then how far it is."""
    whole_tally, told = Tally(), time.monotonic()
    for one in tallies:
        whole_tally.add(one)
        if one.run or time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            lost, astray = whole_tally.lost, whole_tally.astray.total()
            _say(
                f"{whole_tally.tries} tries, {whole_tally.run} run, {lost + astray} odd"
            )
    return whole_tally


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
