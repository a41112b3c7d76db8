# SPDX-License-Identifier: Apache-2.0
"""What may go wrong in a world.

Rules: each fault has a name, and ends by itself or when all heals.
Not here: when it does (`plan.py`), what it does to a disk or a question (`disk.py`,
`network.py`).
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

from agent.spool.last_sent import PLACE_BYTES, PLACES
from server.store.interface import Quotas
from simulation import backups, copies, last_sent, renewal, strangers
from simulation.clock import HOUR, MINUTE, YEAR
from simulation.disk import Content, Disk
from simulation.images import Image, image, put_spool
from simulation.last_sent import SimulatedLastSent
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


def _spool_lost(world: World, throws: Random) -> None:
    _off(_machine(world, throws), _remove)


def _spool_scribbled(world: World, throws: Random) -> None:
    _off(_machine(world, throws), _scribble)


def _off(machine: Machine, act: Callable[[Machine], None]) -> None:
    """Do something to a machine's files while it is off, if it has a mark already.

    Before its first mark nothing tells a new spool that there was one; and of two
    copies with a spool each, neither is one.
    """
    forked = machine.chronicle.book(machine.who.device).forked
    if forked or not machine.state.mark.exists():
        return
    machine.chronicle.book(machine.who.device).spoiled = True
    _while_off(machine, act)


def _while_off(machine: Machine, act: Callable[[Machine], None]) -> None:
    power, machine.power = machine.power, False
    machine.stop()
    act(machine)
    machine.start()
    machine.power = power


def _octets_flipped(world: World, throws: Random) -> None:
    """Have one bit change of what the next pass spools, where SQLite looks at none."""
    _machine(world, throws).rotting = True


def _remove(machine: Machine) -> None:
    for suffix in ("", "-wal"):
        path = machine.state.spool.with_name(machine.state.spool.name + suffix)
        path.unlink(missing_ok=True)


def _scribble(machine: Machine) -> None:
    """Write over the first page, in the database and in its log."""
    for content in _of_spool(machine):
        for octets in (content.now, content.durable):
            octets[: min(len(octets), 4_096)] = b"?" * min(len(octets), 4_096)


def _of_spool(machine: Machine) -> list[Content]:
    """Return what a disk has of the database and of its log."""
    sent = last_sent.content_of(machine.mount)
    return [one for one in machine.mount.disk.contents.values() if one is not sent]


def _page_scribbled(world: World, throws: Random) -> None:
    """Write over one page, or over a sector of it, of the database or of its log."""
    size, octets = throws.choice(((4_096, b"?"), (4_096, bytes(1)), (512, b"?")))

    def scribble(machine: Machine) -> None:
        contents = [one for one in _of_spool(machine) if one.now]
        if not contents:
            return
        content = throws.choice(contents)
        start = throws.randrange(0, len(content.now), size)
        for held in (content.now, content.durable):
            end = min(start + size, len(held))
            held[start:end] = octets * (end - start)

    _off(_machine(world, throws), scribble)


def _sent_damaged(world: World, throws: Random) -> None:
    """Damage what a machine remembers of what has left, or take it away."""
    machine = _machine(world, throws)
    chosen, at = throws.choice(("place", "octet", "cut", "all")), throws.random()

    def damage(machine: Machine) -> None:
        content = last_sent.content_of(machine.mount)
        if content is None:
            return
        if chosen == "all":
            last_sent.path_in(machine.mount).unlink()
            return
        for held in (content.now, content.durable):
            place = int(at * PLACES) * PLACE_BYTES
            if chosen == "place":
                held[place : place + PLACE_BYTES] = b"?" * PLACE_BYTES
            elif chosen == "octet":
                held[int(at * len(held))] ^= 1
            else:
                del held[int(at * len(held)) :]

    _while_off(machine, damage)


def _spool_set_back(world: World, throws: Random) -> Callable[[], None] | None:
    """Put a spool back as it was, and nothing that lies beside it.

    Where all that it took since has left: of the rest nobody can know.
    """
    machine = _machine(world, throws)
    book = world.chronicle.book(machine.who.device)
    if book.forked or not machine.state.mark.exists():
        return None
    images: list[Image] = []
    _while_off(machine, lambda one: images.append(image(one.mount)))
    who, before = machine.who, _chains(machine)

    def end() -> None:
        same = machine.who is who and not machine.renewing and not book.forked
        if same and _has_left(machine, before):
            book.spoiled = True
            _while_off(machine, lambda one: put_spool(images[0], one.mount))
            world.chronicle.faults["spool-put-back"] += 1

    return end


def _chains(machine: Machine) -> set[bytes]:
    """Return the chains that a machine's device has begun."""
    book = machine.chronicle.book(machine.who.device)
    return {incarnation for incarnation, _ in (*book.accepted, *book.doubtful)}


def _has_left(machine: Machine, before: set[bytes]) -> bool:
    """Tell whether all that a machine's chain took has left, and no other was begun."""
    last = SimulatedLastSent(machine.mount).newest()
    if last is None or last.incarnation not in before or _chains(machine) != before:
        return False
    book = machine.chronicle.book(machine.who.device)
    return all(
        sequence <= last.sequence
        for incarnation, sequence in (*book.accepted, *book.doubtful)
        if incarnation == last.incarnation
    )


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
    "machine-spool-lost": _spool_lost,
    "machine-spool-scribbled": _spool_scribbled,
    "machine-octets-flipped": _octets_flipped,
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
    "machine-page-scribbled": _page_scribbled,
    "machine-sent-damaged": _sent_damaged,
    "machine-spool-set-back": _spool_set_back,
}
