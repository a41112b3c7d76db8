# SPDX-License-Identifier: Apache-2.0
"""Flips bits of a small spool and a small store, and prints what came of each.

Rules: each Nth byte, one seeded bit of it (`--every 1` is every byte); the agent and
the collector are real and in one process; exit 1 where damage was neither harmless nor
detected, with the bits by which it is seen again.
Not here: what counts as detected (`damage.py`).

Run it as `python -m tests.flips [--every N | --random N] [--envelopes N] [--seed N]
[spool] [store]`.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.flips.damage import BAD, Fate, flip, in_spool, in_store
from tests.flips.near import Place, begin, heal

KINDS = ("spool", "store")
_SHOWN = 10


def flips(place: Place, kind: str, bits: Sequence[tuple[int, int]]) -> Counter[Fate]:
    """Flip each bit in a copy of its own and count what came of it."""
    fates: Counter[Fate] = Counter()
    for number, (octet, bit) in enumerate(bits, 1):
        told = place.copy(place.folder.with_name("trial"))
        if kind == "spool":
            flip(told.state.spool, octet, bit)
            fate = in_spool(told)
        else:
            flip(told.layout.store, octet, bit)
            fate = in_store(told)
        fates[fate] += 1
        if fate in BAD and sum(fates[bad] for bad in BAD) <= _SHOWN:
            _say(f"{kind}: byte {octet} bit {bit}: {fate.value}")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{kind}: {number} of {len(bits)} ")
    return fates


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Flip and print; return 1 where damage passed unseen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="spool, store")
    parser.add_argument("--every", type=int, default=32, help="which bytes")
    parser.add_argument("--random", type=int, default=0, help="so many, anywhere")
    parser.add_argument("--envelopes", type=int, default=3, help="that wait at first")
    parser.add_argument("--seed", type=int, default=1, help="which bits of them")
    chosen = parser.parse_args(arguments)
    bad = 0
    for kind in chosen.kinds or KINDS:
        shared = Path("/dev/shm")  # noqa: S108 - a disk in memory: the bits are ours
        within = shared if shared.is_dir() else None
        with tempfile.TemporaryDirectory(dir=within) as folder:
            place = begin(Path(folder, "place"), chosen.envelopes)
            path = place.state.spool
            if kind == "store":
                heal(place)
                path = place.layout.store
            size = path.stat().st_size
            dice = random.Random(chosen.seed)  # noqa: S311 - the same bits each time
            octets: Sequence[int] = range(
                dice.randrange(chosen.every), size, chosen.every
            )
            if chosen.random:
                octets = dice.choices(range(size), k=chosen.random)
            bits = [(octet, dice.randrange(8)) for octet in octets]
            fates = flips(place, kind, bits)
        told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
        _say(f"{kind}: {len(bits)} of {size} bytes: {told}")
        bad += sum(fates[fate] for fate in BAD)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
