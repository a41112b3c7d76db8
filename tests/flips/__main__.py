# SPDX-License-Identifier: Apache-2.0
"""Flips bits of a spool, a store and their logs, and prints what came of each.

Rules: each Nth byte, one seeded bit of it (`--every 1` is every byte); the agent and
the collector are real and in one process; a table says what bits of each kind of page
cost; exit 1 where damage was neither harmless nor detected, or cost a spool more than
the envelopes that lie in its page, with the bits by which it is seen again.
Not here: what counts as detected (`damage.py`), which page is which (`places.py`).

Run it as `python -m tests.flips [--every N | --random N] [--envelopes N] [--seed N]
[KIND ...]`.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_high

from agent.spool.log import log_of
from tests.flips.damage import (
    BAD,
    Fate,
    Outcome,
    flip,
    in_log_of_store,
    in_spool,
    in_store,
)
from tests.flips.left import Left, leaving
from tests.flips.near import Place, begin, heal
from tests.flips.places import Spot, Where, log_spots_of, spots_of

KINDS = {
    "spool": ("spool", Left.CLOSED),
    "spool-log": ("spool", Left.LOGGED),
    "spool-moved": ("spool", Left.MOVED),
    "store": ("store", Left.CLOSED),
    "store-log": ("store", Left.LOGGED),
    "store-moved": ("store", Left.MOVED),
}
"""What is damaged: a database that was closed, or the log of one that was not."""
_SHOWN = 10


@dataclass(slots=True)
class Costs:
    """What bits of one kind of page came to.

    Attributes:
        fates: how often each.
        lost: envelopes that could not be read, of each flip.
        unknown: flips of which a gap record says that nobody knows what is missing.
        whole: flips after which nothing could be read.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    lost: list[int] = field(default_factory=list)
    unknown: int = 0
    whole: int = 0

    def add(self, outcome: Outcome, envelopes: int) -> None:
        """Count one flip.

        Args:
            outcome: what came of it.
            envelopes: how many there were.
        """
        self.fates[outcome.fate] += 1
        self.lost.append(outcome.envelopes)
        self.unknown += outcome.unknown
        self.whole += outcome.envelopes == envelopes


def flips(place: Place, kind: str, bits: Sequence[tuple[int, int]]) -> dict[str, Costs]:
    """Flip each bit in a copy of its own; return what came of it by kind of page."""
    costs: dict[str, Costs] = {}
    spots = _spots(place, kind)
    bad = 0
    for number, (octet, bit) in enumerate(bits, 1):
        told = place.copy(place.folder.with_name("trial"))
        spot = spots.at(octet)
        flip(_file(told, kind), octet, bit)
        outcome = _outcome(told, kind, spot)
        costs.setdefault(spot.name, Costs()).add(outcome, place.envelopes)
        bad += outcome.fate in BAD
        if outcome.fate in BAD and bad <= _SHOWN:
            _say(f"{kind}: byte {octet} bit {bit}: {outcome.fate.value} ({spot.name})")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{kind}: {number} of {len(bits)} ")
    return costs


def _database(place: Place, kind: str) -> Path:
    return place.state.spool if KINDS[kind][0] == "spool" else place.layout.store


def _file(place: Place, kind: str) -> Path:
    path = _database(place, kind)
    return path if KINDS[kind][1] is Left.CLOSED else log_of(path)


def _spots(place: Place, kind: str) -> Where:
    path, table = _database(place, kind), "envelopes"
    if KINDS[kind][0] == "spool":
        table = "bodies"
    if KINDS[kind][1] is Left.CLOSED:
        return spots_of(path, table)
    return log_spots_of(path, log_of(path), table)


def _outcome(place: Place, kind: str, spot: Spot) -> Outcome:
    what, left = KINDS[kind]
    if what == "spool":
        return in_spool(place, spot.envelopes)
    return in_store(place) if left is Left.CLOSED else in_log_of_store(place)


def _place(folder: Path, kind: str, envelopes: int) -> Place:
    """Return a place whose database is left as the kind says."""
    what, left = KINDS[kind]
    place = begin(folder, envelopes, left if what == "spool" else Left.CLOSED)
    if what == "store":
        with leaving(place.layout.store, left):
            heal(place)
    return place


def _table(costs: dict[str, Costs]) -> None:
    """Print a line for each kind of page, the most frequent first."""
    heads = "flips", "harmless", "healed", "detected", "bad", "unknown"
    more = "lost max", "median", "whole"
    _say(f"{'page':36}" + "".join(f"{head:>10}" for head in (*heads, *more)))
    for name, one in sorted(costs.items(), key=lambda item: -len(item[1].lost)):
        fates = [one.fates[fate] for fate in (Fate.HARMLESS, Fate.HEALED)]
        bad = sum(one.fates[fate] for fate in BAD)
        told = len(one.lost), *fates, one.fates[Fate.DETECTED], bad, one.unknown
        last = max(one.lost), int(median_high(one.lost)), one.whole
        _say(f"{name:36}" + "".join(f"{value:>10}" for value in (*told, *last)))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Flip and print; return 1 where damage passed unseen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--every", type=int, default=32, help="which bytes")
    parser.add_argument("--random", type=int, default=0, help="so many, anywhere")
    parser.add_argument("--envelopes", type=int, default=3, help="that wait at first")
    parser.add_argument("--seed", type=int, default=1, help="which bits of them")
    chosen = parser.parse_args(arguments)
    bad = 0
    for unknown in set(chosen.kinds) - set(KINDS):
        parser.error(f"there is no kind {unknown}: choose of {', '.join(KINDS)}")
    for kind in chosen.kinds or KINDS:
        shared = Path("/dev/shm")  # noqa: S108 - a disk in memory: the bits are ours
        within = shared if shared.is_dir() else None
        with tempfile.TemporaryDirectory(dir=within) as folder:
            place = _place(Path(folder, "place"), kind, chosen.envelopes)
            size = _file(place, kind).stat().st_size
            dice = random.Random(chosen.seed)  # noqa: S311 - the same bits each time
            octets: Sequence[int] = range(
                dice.randrange(chosen.every), size, chosen.every
            )
            if chosen.random:
                octets = dice.choices(range(size), k=chosen.random)
            bits = [(octet, dice.randrange(8)) for octet in octets]
            costs = flips(place, kind, bits)
        _table(costs)
        fates = sum((one.fates for one in costs.values()), Counter[Fate]())
        told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
        _say(f"{kind}: {len(bits)} of {size} bytes: {told}")
        bad += sum(fates[fate] for fate in BAD)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
