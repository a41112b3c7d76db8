# SPDX-License-Identifier: Apache-2.0
"""Flips bits of databases, their logs and papers, and prints what came of each.

Rules: each Nth byte, one seeded bit of it (`--every 1` is every byte); the agent and
the collector are real and in one process, and what follows is played once for what an
opened database leaves (`settled.py`); a table says what bits of each kind of page
cost; exit 1 where damage was neither harmless nor detected, or cost a spool more than
the envelopes that lie in its page, with the bits by which it is seen again; each minute
it tells how far it has come, and how it goes on from there.
Not here: what counts as detected (`damage.py`), which page is which (`places.py`),
papers (`papers.py`).

Run it as `python -m tests.flips [--every N | --random N] [--over N] [--envelopes N]
[--seed N] [--from N] [--workers N] [KIND ...]`. With `--over` so many bytes of
databases and logs are written over from there on, instead of one bit.
"""

import argparse
import gc
import multiprocessing
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_high

from folder_image import FolderImage, image_of

from agent.spool.log import log_of
from tests.flips import papers
from tests.flips.damage import (
    BAD,
    Fate,
    Outcome,
    flip,
    in_log_of_store,
    in_spool,
    in_store,
    write_over,
)
from tests.flips.left import Left, leaving
from tests.flips.near import Place, begin, heal
from tests.flips.places import Spot, Where, log_spots_of, spots_of
from tests.flips.settled import Settled, settling
from tests.progress import Progress

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
Bit = tuple[int, int]
"""A byte, and which bit of it."""
_at_work: list["Trial"] = []
"""What a worker flips: it is forked with it."""


@dataclass(slots=True)
class Costs:
    """What bits of one kind of page came to.

    Attributes:
        fates: how often each.
        lost: envelopes that could not be read, of each flip.
        unknown: flips of which a gap record says that nobody knows what is missing.
        whole: flips after which nothing could be read.
        played: flips whose story was played to its end.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    lost: list[int] = field(default_factory=list)
    unknown: int = 0
    whole: int = 0
    played: int = 0

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
        self.played += outcome.played


@dataclass(frozen=True, slots=True)
class Trial:
    """A sound place, of which each flip gets a copy."""

    place: Place
    kind: str
    spots: Where
    image: FolderImage
    settled: Settled | None = None
    over: int = 0

    @property
    def size(self) -> int:
        """Return how many bytes there are."""
        return _file(self.place, self.kind).stat().st_size

    def judged(self, bit: Bit) -> tuple[str, Outcome]:
        """Damage a copy at a bit; return the kind of its page, and what came of it."""
        spot, left = self._spot(bit[0]), None
        if self.settled:
            beside = self.place.at(self.place.folder.with_name(f"opened-{os.getpid()}"))
            self.settled.lay(beside)
            self._damage(beside, bit)
            left = self.settled.left(beside, spot.envelopes)
            before = self.settled.before(left)
            if before is not None:
                return spot.name, before
        told = self.place.at(self.place.folder.with_name(f"trial-{os.getpid()}"))
        self.image.lay(told.folder)
        self._damage(told, bit)
        outcome = _outcome(told, self.kind, spot)
        if self.settled and left is not None:
            self.settled.known[left] = outcome
        return spot.name, outcome

    def _spot(self, octet: int) -> Spot:
        """Return what is hit: its first page, and the envelopes of all its pages."""
        spot = self.spots.at(octet)
        others = {
            self.spots.page(one): self.spots.at(one).envelopes
            for one in range(octet, min(octet + max(self.over, 1), self.size))
        }
        return Spot(spot.name, sum(others.values()))

    def _damage(self, place: Place, bit: Bit) -> None:
        if self.over:
            write_over(_file(place, self.kind), bit[0], self.over, bit[1])
        else:
            flip(_file(place, self.kind), *bit)


@dataclass(frozen=True, slots=True)
class Page:
    """A paper, which is all of one kind."""

    paper: papers.Paper
    kind: str

    @property
    def size(self) -> int:
        """Return how many bytes there are."""
        return len(self.paper.octets)

    def judged(self, bit: Bit) -> tuple[str, Outcome]:
        """Flip a bit; return the kind, and what came of it."""
        return self.kind, self.paper.judged(*bit)


def flips(
    kind: str, bits: Sequence[Bit], judged: Iterable[tuple[str, Outcome]], whole: int
) -> dict[str, Costs]:
    """Return what came of flipped bits, by kind of page; print the first bad ones.

    Args:
        kind: what is damaged.
        bits: that are flipped, in order.
        judged: what came of each.
        whole: how many envelopes there were.
    """
    costs: dict[str, Costs] = {}
    bad = 0
    for (octet, bit), (name, outcome) in zip(bits, judged, strict=True):
        costs.setdefault(name, Costs()).add(outcome, whole)
        bad += outcome.fate in BAD
        if outcome.fate in BAD and bad <= _SHOWN:
            _say(f"{kind}: byte {octet} bit {bit}: {outcome.fate.value} ({name})")
    return costs


def _begin(trial: Trial) -> None:
    _at_work[:] = [trial]
    gc.collect()
    gc.freeze()  # what stays is not looked through for garbage at each flip


def _flip(bit: Bit) -> tuple[str, Outcome]:
    return _at_work[0].judged(bit)


@contextmanager
def _judging(
    made: Trial | Page, bits: Sequence[Bit], workers: int
) -> Iterator[Iterable[tuple[str, Outcome]]]:
    """Give what comes of each bit, in order; papers take no second process."""
    if workers < 2 or isinstance(made, Page):
        yield map(made.judged, bits)
        return
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, forked, _begin, (made,)) as pool:
        yield pool.map(_flip, bits, chunksize=8)


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


def _bits(size: int, chosen: argparse.Namespace) -> list[Bit]:
    """Return which bits are flipped: the same each time."""
    dice = random.Random(chosen.seed)  # noqa: S311 - the same bits each time
    octets: Sequence[int] = range(dice.randrange(chosen.every), size, chosen.every)
    if chosen.random:
        octets = dice.choices(range(size), k=chosen.random)
    return [(octet, dice.randrange(8)) for octet in octets]


@contextmanager
def _made(
    kind: str, folder: Path, envelopes: int, over: int = 0
) -> Iterator[Trial | Page]:
    """Make what is damaged."""
    if kind in KINDS:
        place = _place(folder / "place", kind, envelopes)
        what, left = KINDS[kind]
        settled = (
            None if left is Left.CLOSED else settling(place, of_spool=what == "spool")
        )
        spots, image = _spots(place, kind), image_of(place.folder)
        yield Trial(place, kind, spots, image, settled, over)
        return
    with papers.paper(kind, folder) as paper:
        paper.read(paper.octets)
        yield Page(paper, kind)


def _run(kind: str, chosen: argparse.Namespace, first: int) -> int:
    """Flip bits of one kind and print what came of them; returns how many were bad."""
    shared = Path("/dev/shm")  # noqa: S108 - a disk in memory: the bits are ours
    within = shared if shared.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=within) as folder,
        _made(kind, Path(folder), chosen.envelopes, chosen.over) as made,
    ):
        size, every = made.size, _bits(made.size, chosen)
        bits = every[first:]
        run = Progress(kind, first, len(every), f"{kind} --from")
        with _judging(made, bits, chosen.workers) as judged:
            costs = flips(kind, bits, run.telling(judged), chosen.envelopes)
    played = sum(one.played for one in costs.values())
    _say(f"{run.spent}, {played} of them played to their end")
    _table(costs)
    fates = sum((one.fates for one in costs.values()), Counter[Fate]())
    told = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
    _say(f"{kind}: {len(bits)} of {size} bytes: {told}")
    return sum(fates[fate] for fate in BAD)


def main(arguments: Sequence[str]) -> int:
    """Flip and print; return 1 where damage passed unseen."""
    known = [*KINDS, *papers.KINDS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(known))
    parser.add_argument("--every", type=int, default=32, help="which bytes")
    parser.add_argument("--random", type=int, default=0, help="so many, anywhere")
    parser.add_argument("--over", type=int, default=0, help="so many bytes each")
    parser.add_argument("--envelopes", type=int, default=3, help="that wait at first")
    parser.add_argument("--seed", type=int, default=1, help="which bits of them")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument(
        "--from",
        dest="first",
        type=int,
        default=0,
        help="leave out so many flips of the first kind: they were done before",
    )
    chosen = parser.parse_args(arguments)
    for unknown in set(chosen.kinds) - set(known):
        parser.error(f"there is no kind {unknown}: choose of {', '.join(known)}")
    bad = 0
    for at, kind in enumerate(chosen.kinds or known):
        bad += _run(kind, chosen, chosen.first if not at else 0)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
