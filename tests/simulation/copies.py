# SPDX-License-Identifier: Apache-2.0
"""Copies of a machine: a cloned disk, a snapshot that is restored.

Rules: what is copied is the disk as it is while the machine is off, to the last byte.
Not here: what must come of it (`oracle.py`).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from simulation.dice import dice
from simulation.disk import Content, Disk
from simulation.machine import Machine
from simulation.world import World


@dataclass(frozen=True, slots=True)
class Image:
    """A machine's files: content by name."""

    contents: dict[str, bytes]
    others: dict[str, bytes]


def image(machine: Machine) -> Image:
    """Return a machine's disk; it has to be off."""
    contents, others = {}, {}
    for path in sorted(Path(machine.mount.directory).iterdir()):
        held = machine.mount.disk.contents.get(path.stat().st_ino)
        if held is None:
            others[path.name] = path.read_bytes()
        else:
            contents[path.name] = bytes(held.now)
    return Image(contents, others)


def restore(found: Image, directory: Path, disk: Disk) -> None:
    """Put an image onto a disk in the place of what is there."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    disk.contents.clear()
    for name, octets in found.others.items():
        (directory / name).write_bytes(octets)
    for name, octets in found.contents.items():
        path = directory / name
        path.touch(mode=0o600)
        disk.contents[path.stat().st_ino] = Content(
            bytearray(octets), bytearray(octets)
        )


def clone(world: World, machine: Machine) -> Machine:
    """Switch a machine off, copy it, and let both come up."""
    power, machine.power = machine.power, False
    machine.stop()
    directory = Path(machine.mount.directory).with_name("copy")
    disk = Disk(
        dice(world.seed, "copy disk"), flushes=machine.mount.disk.flushes, dead=True
    )
    restore(image(machine), directory, disk)
    made = Machine(
        machine.name,
        world.door,
        world.door.mount(directory, disk),
        world.clock,
        dice(world.seed, "copy"),
        dice(world.seed, "copy entropy"),
        world.chronicle,
        machine.line,
        machine.bugs,
        machine.source,
        cadence=machine.cadence,
        power=False,
        samples=machine.samples,
    )
    world.machines.append(made)
    world.chronicle.book(machine.who.device).forked = "copied"
    machine.start()
    made.start()
    machine.power = power
    return made


def go_back(world: World, machine: Machine, to: Image) -> None:
    """Switch a machine off and let it come up as it was."""
    machine.stop()
    restore(to, Path(machine.mount.directory), machine.mount.disk)
    world.chronicle.book(machine.who.device).forked = "restored"
    machine.start()
