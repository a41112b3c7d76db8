# SPDX-License-Identifier: Apache-2.0
"""Lets one seed happen: its story, its healing, its verdict.

Rules: after the story nothing goes wrong any more, and all has to be delivered.
Not here: what goes wrong (`faults.py`), what must hold (`oracle.py`, `purge.py`).
"""

import hashlib
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from agent.identity import Identity
from agent.spool.facts import Facts
from server.errors import ServerError
from server.store.interface import DeviceState
from server.store.sqlite import SqliteStore
from simulation import oracle, purge, sqlite_abi
from simulation.clock import HOUR
from simulation.dice import dice
from simulation.keys import EVENTS
from simulation.machine import Machine
from simulation.oracle import Ended
from simulation.plan import begin, plan
from simulation.sealed import LOG
from simulation.source import number_at
from simulation.vfs import opened
from simulation.world import Planted, World, build, made_store

_HEALING = 80 * HOUR
"""Longest until all is delivered: a device that was refused for good asks daily, and
what a store lacks since it was put back is given up after another day."""
_ROOT = "/dev/shm"  # noqa: S108 - only empty files lie there, their bytes are simulated


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed came to.

    Attributes:
        seed: which.
        wrongs: promises that were broken.
        faults: how often each fault did something.
        plan: digest of the faults that were asked for; the product changes none.
        digest: of all writes to all disks and of what the store holds.
        lines: the story, where it was wanted.
    """

    seed: int
    wrongs: tuple[str, ...]
    faults: Counter[str]
    plan: str
    digest: str
    lines: tuple[str, ...]


def play(
    seed: int,
    planted: Planted | None = None,
    *,
    menu: int | None = None,
    telling: bool = False,
) -> Outcome:
    """Let one seed happen, from its beginning to its verdict.

    Args:
        seed: which.
        planted: a bug to find; None for the product as it is.
        menu: how many faults of the menu there are to choose from; None for all.
        telling: keep the story.
    """
    library = sqlite_abi.library()
    assert library is not None, "this Python has SQLite built in"
    made = made_store()
    where = _ROOT if Path(_ROOT).is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=where) as directory,
        opened(library, dice(seed, "sqlite"), alone=True) as door,
    ):
        world = build(seed, Path(directory), door, planted or Planted(), made)
        world.chronicle.telling = telling
        try:
            return _tell(world, menu)
        finally:
            for machine in world.machines:
                machine.close()
            world.collector.close()


def _tell(world: World, menu: int | None) -> Outcome:
    for machine in world.machines:
        machine.start()
    asked = plan(world.seed, menu)
    world.clock.run(begin(world, asked))
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
        hashlib.sha256(repr(asked.faults).encode()).hexdigest(),
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
        if machine.renewing:
            return False
        if _set_aside(world, machine):
            continue
        if machine.spool is None or machine.mount.disk.dead:
            return False
        if machine.quiet and machine.spool.owed():  # a gap record was lost in its turn
            machine.read_on()
        if not machine.quiet:
            return False
        facts = machine.spool.facts()
        if facts.marked < facts.sequence or _left(facts):
            return False
    return not _in_doubt(world)


def _left(facts: Facts) -> int:
    """Return how many envelopes a spool has still, of a former incarnation too."""
    return facts.waiting + facts.received + facts.refused


def _in_doubt(world: World) -> bool:
    """Tell whether a store that was put back still waits for what is gone."""
    if not any(book.set_back for book in world.chronicle.books.values()):
        return False
    try:
        store = world.collector.store
        return store is None or bool(store.unfillable(2**40))
    except ServerError:
        return True


def _set_aside(world: World, machine: Machine) -> bool:
    """Tell whether a copied device has been set aside, so that nothing more comes."""
    if not world.chronicle.book(machine.who.device).forked:
        return False
    store = world.collector.store
    try:
        found = (
            store.device(machine.who.tenant, machine.who.device)
            if store is not None
            else None
        )
    except ServerError:  # it lost its power at the end of the story
        return False
    return found is not None and found.state is DeviceState.QUARANTINED


def _aside(who: Identity) -> Ended:
    """Return how a device ends that was set aside."""
    return Ended(who.tenant, who.device, b"", 0, 0, 0, 0)


def _verdict(world: World) -> list[str]:
    store = world.collector.store
    if store is None:
        return [*world.chronicle.wrongs, "the collector does not come up again"]
    former = {who.device: who for one in world.machines for who in one.former}
    ends = [_aside(who) for who in former.values()]
    for machine in world.machines:
        device = machine.who.device
        if world.chronicle.book(device).forked:
            ends.append(_aside(machine.who))
            continue
        if machine.spool is None:
            reason = machine.link.reason if machine.link else ""
            told = f"the agent does not come to its end: {reason or 'no spool'}"
            return [*world.chronicle.wrongs, told]
        facts, spool = machine.spool.facts(), machine.spool
        cursor = number_at(spool.cursor(EVENTS.value, LOG.name))
        ends.append(
            Ended(
                machine.who.tenant,
                machine.who.device,
                spool.incarnation(),
                facts.sequence,
                cursor,
                _left(facts),
                facts.accepted,
            )
        )
    try:
        world.collector.check_receipts()
        wrongs = oracle.judge(world.chronicle, store, ends)
        if not wrongs and isinstance(store, SqliteStore):
            wrongs += purge.purged(store, ends, world.collector.now())
    except ServerError as problem:
        return [*world.chronicle.wrongs, f"the store cannot be read: {problem}"]
    return wrongs
