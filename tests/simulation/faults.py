# SPDX-License-Identifier: Apache-2.0
"""What may go wrong in a world.

Rules: each fault has a name, and ends by itself or when all heals.
Not here: when it does (`plan.py`), what it does to a disk or a question (`disk.py`,
`network.py`), what happens to spools (`spoiling.py`).
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

from server.store.interface import Quotas
from simulation import backups, copies, renewal, spoiling, strangers
from simulation.clock import HOUR, MINUTE, YEAR
from simulation.disk import Disk
from simulation.liar import LIES
from simulation.machine import Machine
from simulation.world import World

Begin = Callable[[World, Random], Callable[[], None] | None]


def _machine(world: World, throws: Random) -> Machine:
    return throws.choice(world.machines)


def _dies_soon(disk: Disk, throws: Random) -> None:
    """Let a disk die at one of its next steps."""
    disk.dies_at = disk.steps + throws.randrange(1, 60)


def _machine_power(world: World, throws: Random) -> None:
    machine = _machine(world, throws)
    machine.power = True
    _dies_soon(machine.mount.disk, throws)


def _machine_kill(world: World, throws: Random) -> None:
    machine = _machine(world, throws)
    machine.power = False
    _dies_soon(machine.mount.disk, throws)


def _collector_power(world: World, throws: Random) -> None:
    world.collector.power = True
    _dies_soon(world.collector.mount.disk, throws)


def _collector_kill(world: World, throws: Random) -> None:
    world.collector.power = False
    _dies_soon(world.collector.mount.disk, throws)


def _full(disk: Disk) -> Callable[[], None]:
    disk.capacity = disk.used()

    def end() -> None:
        disk.capacity = None

    return end


def _broken(disk: Disk, throws: Random) -> Callable[[], None]:
    disk.broken = throws.choice((0.01, 0.1, 1.0))

    def end() -> None:
        disk.broken = 0.0

    return end


def _blind(disk: Disk, throws: Random) -> Callable[[], None]:
    disk.blind = throws.choice((0.01, 0.1))

    def end() -> None:
        disk.blind = 0.0

    return end


def _read_only(disk: Disk) -> Callable[[], None]:
    disk.read_only = True

    def end() -> None:
        disk.read_only = False

    return end


def _lossy(world: World, throws: Random) -> Callable[[], None]:
    network = world.network
    network.question = throws.choice((0.0, 0.3, 0.8))
    network.answered = throws.choice((0.0, 0.3, 0.8))
    network.late = throws.choice((0.0, 0.5, 1.0))

    def end() -> None:
        network.question = network.answered = network.late = 0.0

    return end


def _repeating(world: World, throws: Random) -> Callable[[], None]:
    world.network.repeated = throws.choice((0.2, 0.8))

    def end() -> None:
        world.network.repeated = 0.0

    return end


def _cut(world: World, _: Random) -> Callable[[], None]:
    world.network.cut = True

    def end() -> None:
        world.network.cut = False

    return end


def _altering(world: World, throws: Random) -> Callable[[], None]:
    world.network.altered = throws.choice((0.1, 0.6))

    def end() -> None:
        world.network.altered = 0.0

    return end


def _slow(world: World, throws: Random) -> Callable[[], None]:
    world.network.slow = throws.choice((5.0, 60.0))

    def end() -> None:
        world.network.slow = 0.2

    return end


def _busy(world: World, throws: Random) -> Callable[[], None]:
    world.network.busy = throws.choice((0.3, 1.0))

    def end() -> None:
        world.network.busy = 0.0

    return end


def _lying(world: World, throws: Random) -> Callable[[], None]:
    world.network.lie = throws.choice(list(LIES))

    def end() -> None:
        world.network.lie = ""

    return end


def _no_marks(world: World, _: Random) -> Callable[[], None]:
    world.collector.marking = False

    def end() -> None:
        world.collector.marking = True
        world.collector.sign()

    return end


def _cloned(world: World, _: Random) -> None:
    _clone(world)


def _clone(world: World) -> list[Machine]:
    """Copy the first machine, once in a world; return both, or none."""
    machine = world.machines[0]
    book = world.chronicle.book(machine.who.device)
    there = Path(machine.mount.directory).with_name(copies.COPY).exists()
    if there or book.forked or book.set_back:
        return []
    return [machine, copies.clone(world, machine)]


def _renewed(world: World, throws: Random) -> Callable[[], None]:
    """Copy a machine, and have a person give both a new identity, or one of them."""
    found = _clone(world)
    found = found[: throws.choice((1, 2))]

    def end() -> None:
        for machine in found:
            renewal.renew(world, machine)

    return end


def _restored(world: World, _: Random) -> Callable[[], None] | None:
    """Set a machine back to what it is now, if it has a spool already.

    Without one it would be a new machine to itself, and read all again.
    """
    machine = world.machines[0]
    book = world.chronicle.book(machine.who.device)
    if book.set_back or not machine.state.spool.exists():
        return None
    power, machine.power = machine.power, False
    machine.stop()
    found, taken = copies.image(machine.mount), dict(machine.taken)
    machine.start()
    machine.power = power
    who = machine.who

    def end() -> None:
        former = machine.who is not who or machine.renewing
        # nor where the store went back meanwhile: nobody is left who knows of a fork
        if not former and not world.chronicle.book(who.device).set_back:
            copies.go_back(world, machine, found, taken)

    return end


def _store_restored(world: World, _: Random) -> Callable[[], None] | None:
    backup = backups.back_up(world)
    return None if backup is None else lambda: backups.put_back(world, backup)


def _second_tenant(world: World, throws: Random) -> Callable[[], None] | None:
    stranger = strangers.join(world)
    if stranger is None:
        return None
    strangers.intrude(world, throws, stranger)
    return lambda: strangers.intrude(world, throws, stranger)


def _quota(world: World, throws: Random) -> Callable[[], None]:
    """Start the collector with little room for a day, and with plenty in the end."""
    collector = world.collector
    collector.quotas = Quotas(
        device=throws.choice((0, 10_000, 40_000)),
        announced=throws.choice((0, 1_000)),
        tenant=throws.choice((None, 20_000)),
    )
    collector.start_again()

    def end() -> None:
        collector.quotas = Quotas()
        collector.start_again()

    return end


def _clock_jump(world: World, throws: Random) -> None:
    machine = _machine(world, throws)
    jumps = (-10 * YEAR, -HOUR, -20 * MINUTE, 20 * MINUTE, HOUR, 10 * YEAR)
    machine.drift += throws.choice(jumps)
    world.chronicle.book(machine.who.device).astray = True


def _collector_clock(world: World, throws: Random) -> Callable[[], None]:
    drifts = (-HOUR, -MINUTE, MINUTE, HOUR, -10 * YEAR, 10 * YEAR)
    world.collector.drift = throws.choice(drifts)
    for machine in world.machines:
        world.chronicle.book(machine.who.device).misled = True

    def end() -> None:
        world.collector.drift = 0.0

    return end


# what is new comes last: a kept seed has its story from those that were there before
MENU: dict[str, Begin] = {
    "machine-power-cut": _machine_power,
    "machine-kill": _machine_kill,
    "machine-disk-full": lambda world, throws: _full(
        _machine(world, throws).mount.disk
    ),
    "machine-disk-broken": lambda world, throws: _broken(
        _machine(world, throws).mount.disk, throws
    ),
    "machine-disk-blind": lambda world, throws: _blind(
        _machine(world, throws).mount.disk, throws
    ),
    "machine-disk-read-only": lambda world, throws: _read_only(
        _machine(world, throws).mount.disk
    ),
    "machine-clock-jump": _clock_jump,
    "machine-spool-lost": spoiling.spool_lost,
    "machine-spool-scribbled": spoiling.spool_scribbled,
    "machine-octets-flipped": spoiling.octets_flipped,
    "machine-cloned": _cloned,
    "machine-restored": _restored,
    "collector-power-cut": _collector_power,
    "collector-kill": _collector_kill,
    "collector-disk-full": lambda world, _: _full(world.collector.mount.disk),
    "collector-disk-broken": lambda world, throws: _broken(
        world.collector.mount.disk, throws
    ),
    "collector-disk-blind": lambda world, throws: _blind(
        world.collector.mount.disk, throws
    ),
    "collector-disk-read-only": lambda world, _: _read_only(world.collector.mount.disk),
    "collector-clock": _collector_clock,
    "no-marks": _no_marks,
    "network-lossy": _lossy,
    "network-repeating": _repeating,
    "network-cut": _cut,
    "network-altering": _altering,
    "network-slow": _slow,
    "network-busy": _busy,
    "gate-lies": _lying,
    "store-restored": _store_restored,
    "second-tenant": _second_tenant,
    "day-quota": _quota,
    "machine-renewed": _renewed,
    "machine-page-scribbled": spoiling.page_scribbled,
    "machine-sent-damaged": spoiling.sent_damaged,
    "machine-spool-set-back": spoiling.spool_set_back,
}
