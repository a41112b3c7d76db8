# SPDX-License-Identifier: Apache-2.0
"""Judges forged orders: `python -m tests.model.orders --tries 100000`.

Rules: prints one line of figures; exit 1 when a forgery was obeyed or a good order was
not. With `--trusting` the device believes a server's key, and it exits 1 when that is
*not* found.
Not here: the forgeries (`forge.py`).
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

from agent.orders.judging import Bad, Good, judge
from tests.model.orders.forge import forged, good
from tests.model.orders.known import standing
from tests.model.progress import shown
from tests.vectors import world
from wire.technicians import KeyKind, May, Technician

_CHUNK = 500
_SERVERS = tuple(
    Technician(name, world.signing(role).public, KeyKind.KEY_FILE, May.BOTH)
    for name, role in (("ana", "gate"), ("ana", "store"), ("ben", "policy"))
)


def play(first: int, *, trusting: bool = False) -> Counter[str]:
    """Return what became of some forgeries.

    Args:
        first: their first seed.
        trusting: the device takes a server's keys for technicians'.
    """
    found: Counter[str] = Counter()
    for seed in range(first, first + _CHUNK):
        octets, known = forged(seed)
        if trusting:
            people = (*known.technicians, *_SERVERS)
            known = replace(known, technicians=people)
        verdict = judge(octets, known)
        found["tries"] += 1
        found["obeyed"] += isinstance(verdict, Good)
        if isinstance(verdict, Bad):
            found[f"reason {verdict.refusal.value}"] += 1
    controls = (judge(octets, standing()) for octets in good())
    found["lost"] += sum(isinstance(verdict, Bad) for verdict in controls)
    return found


def tries(count: int, workers: int = 2, *, trusting: bool = False) -> Counter[str]:
    """Return what became of so many forgeries, or a few more."""
    with ProcessPoolExecutor(workers) as pool:
        seeds = range(0, count, _CHUNK)
        found = pool.map(partial(play, trusting=trusting), seeds)
        told = shown(found, [_CHUNK] * len(seeds), "orders")
        return sum(told, Counter[str]())


def main(arguments: list[str] | None = None) -> int:
    """Judge what the command line asks for."""
    parser = argparse.ArgumentParser(prog="tests.model.orders")
    parser.add_argument("--tries", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trusting", action="store_true")
    given = parser.parse_args(arguments)
    found = tries(given.tries, given.workers, trusting=given.trusting)
    reasons = sum(name.startswith("reason ") for name in found)
    print(  # noqa: T201 - a program's output
        f"{found['tries']} forged, altered and replayed orders: {found['obeyed']} "
        f"obeyed, refused for {reasons} reasons; {found['lost']} good ones refused"
    )
    wrong = bool(found["obeyed"] or found["lost"])
    return int(wrong is not given.trusting)


if __name__ == "__main__":
    sys.exit(main())
