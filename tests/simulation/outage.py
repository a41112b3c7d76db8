# SPDX-License-Identifier: Apache-2.0
"""Seven days without a network, and how all of it arrives afterwards.

Rules: the real spool, exchange, gate and store in virtual time; nothing else goes
wrong; what is read after the outage is live, what was read in it is the backlog.
Not here: outages among other faults (`faults.py`).

Run it as `python -m simulation.outage [--days N] [--lines N]`.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulation import sqlite_abi
from simulation.clock import DAY, HOUR, MINUTE
from simulation.dice import dice
from simulation.keys import TENANT
from simulation.play import _ROOT, _verdict, heal
from simulation.source import Source
from simulation.vfs import opened
from simulation.world import Planted, World, build, made_store

SHARE = 0.1
"""Most that catching up may take of the outage's own time."""
_CADENCE = 15 * MINUTE
_AFTER = 2 * DAY
"""How long it is watched afterwards."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an outage.

    Attributes:
        outage: seconds that it lasted.
        backlog: envelopes that waited at its end.
        octets: their bytes, with what was received and not marked.
        caught_up: seconds until all of them were in the store.
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


def suffer(days: float, rate: float) -> Told:
    """Cut one machine off for some days.

    Args:
        days: how many.
        rate: lines that its log gets a second.
    """
    library = sqlite_abi.library()
    assert library is not None, "this Python has SQLite built in"
    made = made_store()
    where = _ROOT if Path(_ROOT).is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=where) as directory,
        opened(library, dice(1, "sqlite"), alone=True) as door,
    ):
        world = build(1, Path(directory), door, Planted(), made)
        try:
            return _story(world, days * DAY, rate)
        finally:
            for machine in world.machines:
                machine.close()
            world.collector.close()


def _story(world: World, outage: float, rate: float) -> Told:
    (machine,) = world.machines
    clock = world.clock
    machine.source = Source(rate, 10**9)
    machine.cadence = _CADENCE
    machine.start()
    clock.run(clock.now + DAY)
    begun = clock.now
    world.network.cut = True
    clock.run(begun + outage)
    clock.run(clock.now + HOUR, lambda: machine.spool is not None)  # it rests closed
    ended = clock.now
    assert machine.spool is not None
    facts = machine.spool.facts()
    world.network.cut = False
    last = facts.sequence
    clock.run(ended + _AFTER, lambda: _stored_through(world, last))
    caught_up = clock.now - ended
    clock.run(clock.now + 2 * HOUR)
    usual = _ages(world, 0.0, begun - HOUR)
    live = _ages(world, ended, ended + max(caught_up, HOUR))
    heal(world)
    clock.run(clock.now + DAY, lambda: machine.quiet)
    clock.run(clock.now + HOUR)
    clock.run(clock.now + HOUR, lambda: machine.spool is not None)
    return Told(
        outage,
        facts.waiting,
        facts.octets,
        caught_up,
        live,
        usual,
        tuple(_verdict(world)),
    )


def _stored_through(world: World, sequence: int) -> bool:
    store = world.collector.store
    (machine,) = world.machines
    if store is None:
        return False
    chains = store.holes(TENANT, machine.who.device)
    return any(chain.end >= sequence for chain in chains)


def _ages(world: World, since: float, until: float) -> tuple[int, ...]:
    """Return how old envelopes were when they were stored, of those sealed then."""
    with sqlite3.connect(world.collector.path) as database:
        rows = database.execute(
            "SELECT received - created FROM envelopes WHERE created >= ? "
            "AND created < ? ORDER BY 1",
            (since, until),
        ).fetchall()
    database.close()
    return tuple(age for (age,) in rows)


def main(arguments: Sequence[str]) -> int:
    """Suffer an outage and print what came of it; 1 where it broke a promise."""
    parser = argparse.ArgumentParser(prog="simulation.outage", allow_abbrev=False)
    parser.add_argument("--days", type=float, default=7.0, help="how long")
    parser.add_argument("--lines", type=float, default=0.1, help="lines a second")
    given = parser.parse_args(arguments)
    told = suffer(given.days, given.lines)
    for wrong in told.wrongs:
        sys.stdout.write(f"{wrong}\n")
    sys.stdout.write(
        f"outage of {given.days:g} days: {told.backlog} envelopes, "
        f"{told.octets / 2**20:.1f} MiB wait\n"
        f"caught up in {told.caught_up:.0f} s, {told.share:.2%} of it (at most 10 %)\n"
        f"live, sealed meanwhile: {_words(told.live)}\n"
        f"before the outage: {_words(told.usual)}\n"
        f"{len(told.wrongs)} promises broken\n"
    )
    return int(bool(told.wrongs) or told.share > SHARE)


def _words(ages: Sequence[int]) -> str:
    if not ages:
        return "none"
    middle, late = ages[len(ages) // 2], ages[len(ages) * 99 // 100]
    return f"{len(ages)} envelopes, median {middle} s, p99 {late} s until stored"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
