# SPDX-License-Identifier: Apache-2.0
"""Copies of a machine: a cloned disk, a snapshot that is restored.

Rules: what is copied is the disk as it is while the machine is off, to the last byte.
Not here: what must come of it (`oracle.py`).
"""

from collections.abc import Mapping
from pathlib import Path

from simulation.book import Entry, Place
from simulation.dice import dice
from simulation.disk import Disk
from simulation.images import Image, image, restore
from simulation.machine import Machine
from simulation.world import World

COPY = "copy"


def clone(world: World, machine: Machine) -> Machine:
    """Switch a machine off, copy it, and let both come up."""
    power, machine.power = machine.power, False
    machine.stop()
    directory = Path(machine.mount.directory).with_name(COPY)
    disk = Disk(
        dice(world.seed, "copy disk"), flushes=machine.mount.disk.flushes, dead=True
    )
    mount = world.door.mount(directory, disk)
    restore(image(machine.mount), mount)
    made = Machine(
        machine.name,
        world.door,
        mount,
        world.clock,
        dice(world.seed, "copy"),
        dice(world.seed, "copy entropy"),
        world.chronicle,
        machine.line,
        machine.bugs,
        machine.source,
        machine.whose,
        cadence=machine.cadence,
        power=False,
        samples=machine.samples,
    )
    made.taken.update(machine.taken)
    world.machines.append(made)
    world.chronicle.book(machine.who.device).forked = "copied"
    machine.start()
    made.start()
    machine.power = power
    return made


def go_back(
    world: World, machine: Machine, to: Image, taken: Mapping[Place, Entry]
) -> None:
    """Switch a machine off and let it come up as it was.

    Args:
        world: where.
        machine: which.
        to: what its disk is then.
        taken: what its spool had taken by then; of the rest it knows nothing any more.
    """
    machine.stop()
    restore(to, machine.mount)
    machine.taken.clear()
    machine.taken.update(taken)
    world.chronicle.book(machine.who.device).forked = "restored"
    machine.read_on()  # as any machine does: by what it reads it is found out
    machine.start()
