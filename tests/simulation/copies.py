# SPDX-License-Identifier: Apache-2.0
"""Copies of a disk: a cloned machine, a snapshot that is restored.

Rules: what is copied is the disk as it is while nobody uses it, to the last byte.
Not here: what must come of it (`oracle.py`).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from simulation.dice import dice
from simulation.disk import Content, Disk
from simulation.files import Mount
from simulation.machine import Machine
from simulation.world import World

COPY = "copy"


@dataclass(frozen=True, slots=True)
class Image:
    """The files of a disk: content by name."""

    contents: dict[str, bytes]
    others: dict[str, bytes]


def image(mount: Mount) -> Image:
    """Return a copy of a disk; who uses it has to be off."""
    contents, others = {}, {}
    for path in sorted(Path(mount.directory).iterdir()):
        if path.is_dir():
            continue
        held = mount.disk.contents.get(path.stat().st_ino)
        if held is None:
            others[path.name] = path.read_bytes()
        else:
            contents[path.name] = bytes(held.now)
    return Image(contents, others)


def restore(found: Image, mount: Mount) -> None:
    """Put an image onto a disk in the place of what is there."""
    directory = Path(mount.directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    mount.disk.contents.clear()
    for name, octets in found.others.items():
        (directory / name).write_bytes(octets)
    for name, octets in found.contents.items():
        path = directory / name
        path.touch(mode=0o600)
        made = Content(bytearray(octets), bytearray(octets))
        mount.disk.contents[path.stat().st_ino] = made


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


def go_back(world: World, machine: Machine, to: Image) -> None:
    """Switch a machine off and let it come up as it was."""
    machine.stop()
    restore(to, machine.mount)
    world.chronicle.book(machine.who.device).forked = "restored"
    machine.start()
