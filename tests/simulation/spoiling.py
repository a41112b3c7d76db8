# SPDX-License-Identifier: Apache-2.0
"""What may happen to a machine's spool, and to what it remembers of what has left.

Rules: a machine is off meanwhile; the chronicle knows whose spool is spoiled.
Not here: the names of faults and all others (`faults.py`).
"""

from collections.abc import Callable
from random import Random

from agent.spool.last_sent import PLACE_BYTES, PLACES
from simulation import last_sent
from simulation.disk import Content
from simulation.images import Image, image, put_spool
from simulation.last_sent import SimulatedLastSent
from simulation.machine import Machine
from simulation.world import World


def spool_lost(world: World, throws: Random) -> None:
    """Take a machine's spool away."""
    _off(throws.choice(world.machines), _remove)


def spool_scribbled(world: World, throws: Random) -> None:
    """Write over the beginning of a machine's spool."""
    _off(throws.choice(world.machines), _scribble)


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


def octets_flipped(world: World, throws: Random) -> None:
    """Have one bit change of what the next pass spools, where SQLite looks at none."""
    throws.choice(world.machines).rotting = True


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


def page_scribbled(world: World, throws: Random) -> None:
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

    _off(throws.choice(world.machines), scribble)


def sent_damaged(world: World, throws: Random) -> None:
    """Damage what a machine remembers of what has left, or take it away."""
    machine = throws.choice(world.machines)
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


def spool_set_back(world: World, throws: Random) -> Callable[[], None] | None:
    """Put a spool back as it was, and nothing that lies beside it.

    Where all that it took since has left: of the rest nobody can know.
    """
    machine = throws.choice(world.machines)
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
