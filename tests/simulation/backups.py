# SPDX-License-Identifier: Apache-2.0
"""A collector whose store is put back from a backup of earlier.

Rules: a backup is the disk of a collector that ended orderly; what came after it is
gone for good, also for the devices, which trimmed by its marks.
Not here: images of a disk (`copies.py`), what must come of it (`oracle.py`).
"""

from dataclasses import dataclass

from server.errors import ServerError
from server.store.interface import StoredEnvelope
from simulation.clock import HOUR, MINUTE
from simulation.images import Image, image, restore
from simulation.sealed import told
from simulation.world import World

_AGAIN = MINUTE
"""Until a collector that is down is tried again."""
_TENDED = HOUR
"""Between two looks of the reader for what nobody can send again."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A store as it was.

    Attributes:
        image: its disk.
        held: digests of its envelopes.
        machines: how many were enrolled.
    """

    image: Image
    held: frozenset[bytes]
    machines: int


def back_up(world: World) -> Backup | None:
    """Return a backup of the store; None where that cannot be had just now."""
    stored = _ended(world)
    if stored is None:
        return None
    found = image(world.collector.mount)
    world.collector.start()
    held = frozenset(one.digest for one in stored)
    return Backup(found, held, len(world.machines))


def put_back(world: World, backup: Backup) -> None:
    """Put a backup in the store's place, and write down what is gone with that."""
    if any(book.forked for book in world.chronicle.books.values()):
        return  # that a device was set aside would be forgotten
    if backup.machines < len(world.machines):
        return  # who enrolled since would have to enrol again
    stored = _ended(world)
    if stored is None:
        world.clock.after(_AGAIN, lambda: put_back(world, backup))
        return
    restore(backup.image, world.collector.mount)
    for one in stored:
        book = world.chronicle.book(one.device)
        book.set_back = True
        if one.digest not in backup.held:
            book.gone[one.incarnation, one.sequence] = told(one.octets)
            book.receipted.pop(one.digest, None)
    world.chronicle.faults["store-put-back"] += 1
    world.chronicle.tell(world.clock.now, "the store is as it was")
    world.collector.start()
    for machine in world.machines:
        machine.read_on()
        machine.sleeps = _TENDED
    _tend(world)


def _ended(world: World) -> list[StoredEnvelope] | None:
    """End the collector orderly; return what it holds, or None where it is down."""
    collector = world.collector
    if collector.store is None:
        return None
    try:
        found = list(collector.envelopes())
    except ServerError:
        return None
    return found if collector.end() else None


def _tend(world: World) -> None:
    """Have the reader look now and then: nothing else may make it."""
    world.collector.sign()
    world.clock.after(_TENDED, lambda: _tend(world))
