# SPDX-License-Identifier: Apache-2.0
"""One seed's world: machines, a network and a collector, a story and its end.

Rules: everything in it hangs from the seed alone, so that a seed repeats itself to
the last bit on the disks.
Not here: what goes wrong in it (`faults.py`), what must hold (`oracle.py`).
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from server.errors import ServerError
from server.store.interface import Store
from server.store.sqlite import SqliteStore
from simulation import collector as collectors
from simulation import oracle, sqlite_abi
from simulation.book import Chronicle
from simulation.clock import HOUR, MINUTE, Clock
from simulation.collector import Collector
from simulation.dice import dice
from simulation.disk import Disk
from simulation.faults import plan
from simulation.keys import EVENTS
from simulation.machine import Bugs, Machine
from simulation.network import Line, Network
from simulation.oracle import Ended
from simulation.sealed import LOG
from simulation.source import Source, number_at
from simulation.vfs import Door, opened

_HEALING = 40 * HOUR
"""Longest until all is delivered: a device that was refused for good asks daily."""
_ROOT = "/dev/shm"  # noqa: S108 - only empty files lie there, their bytes are simulated


@dataclass(frozen=True, slots=True)
class Planted:
    """What is not as it is shipped: nothing, or one bug."""

    bugs: Bugs = field(default_factory=Bugs)
    store: Callable[[SqliteStore], Store] = collectors.as_it_is
    commit: collectors.Commit = collectors.commit
    marks: collectors.Marks = collectors.sign_marks
    flushes: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed came to.

    Attributes:
        seed: which.
        wrongs: promises that were broken.
        faults: how often each fault did something.
        digest: of all writes to all disks and of what the store holds.
        lines: the story, where it was wanted.
    """

    seed: int
    wrongs: tuple[str, ...]
    faults: Counter[str]
    digest: str
    lines: tuple[str, ...]


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


def play(
    seed: int, planted: Planted | None = None, *, telling: bool = False
) -> Outcome:
    """Let one seed happen, from its beginning to its verdict.

    Args:
        seed: which.
        planted: a bug to find; None for the product as it is.
        telling: keep the story.
    """
    library = sqlite_abi.library()
    assert library is not None, "this Python has SQLite built in"
    where = _ROOT if Path(_ROOT).is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=where) as directory,
        opened(library, dice(seed, "sqlite")) as door,
    ):
        world = _build(seed, Path(directory), door, planted or Planted())
        world.chronicle.telling = telling
        try:
            return _tell(world)
        finally:
            for machine in world.machines:
                machine.close()
            world.collector.close()


def _build(seed: int, directory: Path, door: Door, planted: Planted) -> World:
    clock, chronicle = Clock(), Chronicle()
    (directory / "collector").mkdir(mode=0o700)
    mount = door.mount(
        directory / "collector", Disk(dice(seed, "collector"), flushes=planted.flushes)
    )
    collector = Collector(
        door, mount, clock, chronicle, planted.store, planted.commit, planted.marks
    )
    collector.install()
    network = Network(clock, dice(seed, "network"), collector, chronicle)
    world = World(seed, clock, chronicle, door, [], collector, network)
    add_machine(world, directory / "machine", planted)
    return world


def add_machine(world: World, directory: Path, planted: Planted) -> Machine:
    """Put a machine into a world and enrol it."""
    directory.mkdir(mode=0o700)
    name = directory.name
    throws = dice(world.seed, name)
    mount = world.door.mount(
        directory, Disk(dice(world.seed, name + " disk"), flushes=planted.flushes)
    )

    def line(machine: Machine) -> Line:
        return Line(
            world.network,
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
        cadence=throws.choice((4 * MINUTE, 10 * MINUTE, 30 * MINUTE)),
    )
    world.collector.enrol(machine.who.signing.public, machine.who.device)
    world.machines.append(machine)
    return machine


def _tell(world: World) -> Outcome:
    for machine in world.machines:
        machine.start()
    ends = plan(world)
    world.clock.run(ends)
    heal(world)
    healed = world.clock.run(world.clock.now + _HEALING, lambda: _delivered(world))
    if not healed:
        world.chronicle.tell(world.clock.now, "not all is delivered")
    wrongs = _verdict(world)
    digest = hashlib.sha256()
    for machine in world.machines:
        digest.update(machine.mount.disk.written.digest())
    digest.update(world.collector.mount.disk.written.digest())
    return Outcome(
        world.seed,
        tuple(wrongs),
        world.chronicle.faults,
        digest.hexdigest(),
        tuple(world.chronicle.lines),
    )


def heal(world: World) -> None:
    """End everything that goes wrong; reading goes on until all is delivered."""
    world.network.heal()
    world.collector.marking, world.collector.drift = True, 0.0
    disks = [world.collector.mount.disk, *(one.mount.disk for one in world.machines)]
    for disk in disks:
        disk.heal()
    for machine in world.machines:
        machine.last = True
        machine.start()
    world.collector.start()
    world.collector.sign()
    world.chronicle.tell(world.clock.now, "all heals")


def _delivered(world: World) -> bool:
    """Tell whether every machine has delivered all and every mark has come."""
    for machine in world.machines:
        if machine.halted or world.chronicle.book(machine.who.device).forked:
            continue
        if machine.spool is None or machine.mount.disk.dead:
            return False
        facts = machine.spool.facts()
        if not machine.quiet or facts.marked < facts.sequence:
            return False
    return True


def _verdict(world: World) -> list[str]:
    store = world.collector.store
    if store is None:
        return [*world.chronicle.wrongs, "the collector does not come up again"]
    ends = []
    for machine in world.machines:
        if machine.halted:
            continue
        if machine.spool is None:
            return [*world.chronicle.wrongs, "the agent does not come up again"]
        facts, spool = machine.spool.facts(), machine.spool
        left = facts.waiting + facts.received + facts.refused
        cursor = number_at(spool.cursor(EVENTS.value, LOG.name))
        ends.append(
            Ended(machine.who.device, spool.incarnation(), facts.sequence, cursor, left)
        )
    try:
        world.collector.check_receipts()
        return oracle.judge(world.chronicle, store, ends)
    except ServerError as problem:
        return [*world.chronicle.wrongs, f"the store cannot be read: {problem}"]
