# SPDX-License-Identifier: Apache-2.0
"""Seven days without a network, and how all of it arrives afterwards.

Rules: the real spool, exchange, gate and store in virtual time, over an office's line;
nothing else goes wrong; what waits when the collector answers again is the backlog,
and what is sealed from then on, before the backlog is through, is live.
Not here: outages among other faults (`faults.py`), what passes seal (`load.py`).

Run it as `python -m simulation.outage [--days N] [--load standard|full|both]`.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.budget import PACE_MINIMUM_RATE
from simulation import load as loads
from simulation import sqlite_abi
from simulation.clock import DAY, HOUR, MINUTE
from simulation.dice import dice
from simulation.keys import TENANT
from simulation.load import LINES, Load
from simulation.play import _ROOT, _verdict, heal
from simulation.source import Source
from simulation.vfs import opened
from simulation.world import Planted, World, build, made_store

DAYS = 7.0
"""How long an outage is."""
SHORT = 3.0
"""How long one is that says as much and is sooner played: sizes fill the spool."""
SHARE = 0.1
"""Most that catching up may take of the outage's own time."""
LATE = 60
"""Most seconds from sealing to store of what is live: one shipment may be under way."""
LEAST = 3
"""Live envelopes without which nothing is known of them."""
HASTE = 0.7
"""Of the time that a backlog takes at its pace: pauses are drawn, and even out."""
FILLED = 0.9
"""Of each class's quota, when a spool is nearly full."""
SPEED = 125_000.0
"""Bytes a second that the line carries: one megabit."""
_REOPENS = 0.002
"""Some openings of a large spool: each reads all of it."""
_CADENCE = 15 * MINUTE
_AFTER = 2 * DAY
"""How long it is watched afterwards."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an outage.

    Attributes:
        outage: seconds that it lasted.
        backlog: envelopes that waited when the collector answered again.
        octets: their bytes, with what was received and not marked.
        caught_up: seconds from the network's return until all of them were in the
            store.
        live: seconds from sealing to store of what was sealed meanwhile, sorted.
        usual: the same of what was sealed before the outage, sorted.
        wrongs: promises that were broken.
    """

    outage: float
    backlog: int
    octets: int
    caught_up: float
    live: tuple[int, ...]
    usual: tuple[int, ...]
    wrongs: tuple[str, ...]

    @property
    def share(self) -> float:
        """Return the catch-up as a share of the outage."""
        return self.caught_up / self.outage


def broken(told: Told, least: int = LEAST) -> Iterator[str]:
    """Yield what an outage broke of what is promised.

    Args:
        told: what came of it.
        least: live envelopes that there have to be.
    """
    yield from told.wrongs
    if told.share > SHARE:
        yield f"catching up took {told.share:.1%} of the outage"
    if told.caught_up < HASTE * told.octets / PACE_MINIMUM_RATE:
        yield f"the backlog went in {told.caught_up:.0f} s, which is no pace"
    if len(told.live) < least:
        yield f"{len(told.live)} live envelopes: it is not known whether they starve"
    yield from starved(told)


def starved(told: Told) -> Iterator[str]:
    """Yield that live data has waited for the backlog, where it has."""
    if told.live and told.live[-1] > LATE:
        yield f"what was new waited {told.live[-1]} s for the backlog"


def suffer(days: float, load: Load, planted: Planted | None = None) -> Told:
    """Cut one machine off for some days.

    Args:
        days: how many.
        load: what its passes seal.
        planted: a bug to find; None for the product as it is.
    """
    library = sqlite_abi.library()
    assert library is not None, "this Python has SQLite built in"
    made = made_store()
    where = _ROOT if Path(_ROOT).is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=where) as directory,
        opened(library, dice(1, "sqlite"), alone=True) as door,
    ):
        world = build(1, Path(directory), door, planted or Planted(), made)
        try:
            return _story(world, days * DAY, load)
        finally:
            for machine in world.machines:
                machine.close()
            world.collector.close()


def full(planted: Planted | None = None, days: float = DAYS) -> Told:
    """Cut a machine off until its spool is nearly full.

    Args:
        planted: a bug to find; None for the product as it is.
        days: how long that takes.
    """
    return suffer(days, loads.filling(days * DAY, FILLED), planted)


def _story(world: World, outage: float, load: Load) -> Told:
    (machine,) = world.machines
    clock, world.network.speed = world.clock, SPEED
    machine.source = Source(LINES, 10**9)
    machine.load, machine.cadence, machine.reopens = load, _CADENCE, _REOPENS
    machine.start()
    clock.run(clock.now + DAY)
    begun = clock.now
    world.network.cut = True
    clock.run(begun + outage)
    ended = clock.now
    world.network.cut = False
    clock.run(ended + HOUR, lambda: _answered(world))
    answered = clock.now
    assert machine.spool is not None
    assert machine.link is not None
    facts = machine.spool.facts()
    last = machine.link.pace.live - 1 - facts.base
    clock.run(ended + _AFTER, lambda: _stored_through(world, last))
    through = clock.now
    clock.run(clock.now + 2 * HOUR)
    usual = _ages(world, 0.0, begun - HOUR)
    live = _ages(world, answered, through, last)
    heal(world)
    clock.run(clock.now + DAY, lambda: machine.quiet)
    clock.run(clock.now + HOUR)
    clock.run(clock.now + HOUR, lambda: machine.spool is not None)
    return Told(
        outage,
        facts.waiting,
        facts.octets,
        through - ended,
        live,
        usual,
        tuple(_verdict(world)),
    )


def _answered(world: World) -> bool:
    """Tell whether the agent knows of its backlog, which is before any of it left."""
    (machine,) = world.machines
    known = machine.link is not None and machine.link.pace.live > 0
    return known and machine.spool is not None


def _stored_through(world: World, sequence: int) -> bool:
    store = world.collector.store
    (machine,) = world.machines
    if store is None:
        return False
    chains = store.holes(TENANT, machine.who.device)
    return any(chain.end >= sequence for chain in chains)


def _ages(world: World, since: float, until: float, after: int = 0) -> tuple[int, ...]:
    """Return how old envelopes were when they were stored, of those sealed then.

    Args:
        world: in which.
        since: the first moment.
        until: the moment after the last.
        after: sequence number of the last one before them.
    """
    with sqlite3.connect(world.collector.path) as database:
        rows = database.execute(
            "SELECT received - created FROM envelopes WHERE created >= ? "
            "AND created < ? AND sequence > ? ORDER BY 1",
            (int(since), until, after),
        ).fetchall()
    database.close()
    return tuple(age for (age,) in rows)


def main(arguments: Sequence[str]) -> int:
    """Suffer outages and print what came of each; 1 where one broke a promise."""
    parser = argparse.ArgumentParser(prog="simulation.outage", allow_abbrev=False)
    parser.add_argument("--days", type=float, default=DAYS, help="how long")
    parser.add_argument(
        "--load", choices=("standard", "full", "both"), default="both", help="how much"
    )
    given = parser.parse_args(arguments)
    found = 0
    if given.load != "full":
        told = suffer(given.days, loads.standard())
        found += _say("the policy `standard`", given.days, told, 0)
    if given.load != "standard":
        told = full(days=given.days)
        found += _say(f"filled to {FILLED:.0%}", given.days, told, LEAST)
    return int(found > 0)


def _say(words: str, days: float, told: Told, least: int) -> int:
    """Print what came of an outage; return how many promises it broke."""
    wrongs = [*broken(told, least)]
    lines = (
        *wrongs,
        (
            f"outage of {days:g} days, {words}: {told.backlog} envelopes, "
            f"{told.octets / 2**20:.1f} MiB wait"
        ),
        f"  caught up in {told.caught_up:.0f} s, {told.share:.2%} of it (at most 10 %)",
        f"  live, sealed before that: {_words(told.live)}",
        f"  before the outage: {_words(told.usual)}",
        f"  {len(wrongs)} promises broken",
    )
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return len(wrongs)


def _words(ages: Sequence[int]) -> str:
    if not ages:
        return "none"
    return (
        f"{len(ages)} envelopes, median {ages[len(ages) // 2]} s, "
        f"longest {ages[-1]} s until stored"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
