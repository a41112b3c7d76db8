# SPDX-License-Identifier: Apache-2.0
"""One seed's world: machines, a network and a collector.

Rules: everything in it hangs from the seed alone, so that a seed repeats itself to
the last bit on the disks.
Not here: what goes wrong in it (`faults.py`), its story and end (`play.py`).
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from server.reader.duties import give_up_holes
from server.store.interface import Store
from server.store.sqlite import SqliteStore, create_store
from simulation import collector as collectors
from simulation import sqlite_abi
from simulation.book import Chronicle
from simulation.bugs import Bugs
from simulation.clock import MINUTE, Clock
from simulation.collector import Collector
from simulation.dice import dice
from simulation.disk import Disk
from simulation.images import Image, image
from simulation.keys import Tenancy, tenancy
from simulation.machine import Machine
from simulation.network import Line, Network
from simulation.source import Source
from simulation.vfs import Door, opened


@dataclass(frozen=True, slots=True)
class Planted:
    """What is not as it is shipped: nothing, or one bug.

    Attributes:
        bugs: of a machine.
        store: what the collector's store is.
        commit: how it commits.
        marks: how its reader signs marks.
        give_up: how its reader gives up holes.
        flushes: whether a flush of a disk does anything.
        needs: the fault without which nothing can come of the bug; empty for none.
        outage: nothing comes of it but in a long outage.
    """

    bugs: Bugs = field(default_factory=Bugs)
    store: Callable[[SqliteStore], Store] = collectors.as_it_is
    commit: collectors.Commit = collectors.commit
    marks: collectors.Marks = collectors.sign_marks
    give_up: collectors.GiveUp = give_up_holes
    flushes: bool = True
    needs: str = ""
    outage: bool = False


@dataclass(slots=True)
class World:
    """All of one seed."""

    seed: int
    clock: Clock
    chronicle: Chronicle
    door: Door
    machines: list[Machine]
    collector: Collector
    network: Network
    planted: Planted


@cache
def made_store() -> Image:
    """Return a new store, as `create_store` leaves it; one does for all seeds."""
    library = sqlite_abi.library()
    assert library is not None, "this Python has SQLite built in"
    with (
        tempfile.TemporaryDirectory() as directory,
        opened(library, dice(0, "sqlite"), alone=True) as door,
    ):
        mount = door.mount(Path(directory), Disk(dice(0, "collector")))
        create_store(Path(directory) / collectors.STORE).close()
        return image(mount)


def build(
    seed: int, directory: Path, door: Door, planted: Planted, made: Image
) -> World:
    """Make a seed's world, in which nothing happens yet."""
    clock, chronicle = Clock(), Chronicle()
    (directory / "collector").mkdir(mode=0o700)
    mount = door.mount(
        directory / "collector", Disk(dice(seed, "collector"), flushes=planted.flushes)
    )
    collector = Collector(
        door,
        mount,
        clock,
        chronicle,
        planted.store,
        planted.commit,
        planted.marks,
        planted.give_up,
    )
    collector.install(made)
    network = Network(clock, dice(seed, "network"), collector, chronicle)
    world = World(seed, clock, chronicle, door, [], collector, network, planted)
    add_machine(world, directory / "machine", tenancy())
    return world


def add_machine(world: World, directory: Path, whose: Tenancy) -> Machine:
    """Put a machine of a tenant into a world and enrol it."""
    planted = world.planted
    directory.mkdir(mode=0o700)
    name = directory.name
    throws = dice(world.seed, name)
    mount = world.door.mount(
        directory, Disk(dice(world.seed, name + " disk"), flushes=planted.flushes)
    )

    def line(machine: Machine) -> Line:
        return Line(
            world.network,
            whose,
            lambda path: planted.bugs.before(machine, path),
            lambda path: planted.bugs.after(machine, path),
        )

    machine = Machine(
        name,
        world.door,
        mount,
        world.clock,
        throws,
        dice(world.seed, name + " entropy"),
        world.chronicle,
        line,
        planted.bugs,
        Source(throws.choice((0.005, 0.02, 0.1)), throws.choice((40, 400, 10_000))),
        whose,
        cadence=throws.choice((4 * MINUTE, 10 * MINUTE, 30 * MINUTE)),
    )
    world.collector.enrol(whose, machine.who.signing.public, machine.who.device)
    world.machines.append(machine)
    return machine
