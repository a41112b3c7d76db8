# SPDX-License-Identifier: Apache-2.0
"""A person gives a machine a new identity whose device was copied and set aside.

Rules: the agent's own handing over, as `discreet-agent enrol --anew` does it; what is
to be owed is counted from what was accepted, and not by the spool.
Not here: copying (`copies.py`), what must come of it (`oracle.py`).
"""

import sqlite3
from collections import Counter
from pathlib import Path

from agent import anew
from agent.clock import Clock, learned, store_clock
from agent.errors import AgentError
from agent.spool.spool import open_spool
from agent.state import write
from server.errors import ServerError
from server.store.interface import DeviceState
from simulation.book import Book
from simulation.clock import MINUTE
from simulation.keys import EVENTS
from simulation.machine import Machine
from simulation.sealed import LOG
from simulation.source import number_at
from simulation.world import World

_AGAIN = 10 * MINUTE
"""Until the person looks again."""


def renew(world: World, machine: Machine) -> None:
    """Give a machine a new identity as soon as its device is set aside."""
    machine.renewing = True
    if not _set_aside(world, machine) or not machine.up or machine.spool is None:
        world.clock.after(_AGAIN, lambda: renew(world, machine))
        return
    after = _owed(world, machine)
    machine.rest()
    try:
        _hand_over(world, machine)
    except (ServerError, AgentError, sqlite3.Error, OSError):
        world.chronicle.faults["renewal-failed"] += 1
    if not machine.state.identity.exists():  # between the two: nobody is enrolled
        world.clock.after(_AGAIN, lambda: _go_on(world, machine, after))
        return
    _come_up(world, machine, after)


def _set_aside(world: World, machine: Machine) -> bool:
    store = world.collector.store
    try:
        found = store.device(*_names(machine)) if store is not None else None
    except ServerError:
        return False
    return found is not None and found.state is DeviceState.QUARANTINED


def _names(machine: Machine) -> tuple[bytes, bytes]:
    return machine.whose.tenant, machine.who.device


def _owed(world: World, machine: Machine) -> Book:
    """Return the book of the device to come: what it owes, and from where it reads."""
    assert machine.spool is not None
    book = Book()
    marked = machine.spool.facts().marked
    book.owed = Counter()
    for (incarnation, sequence), entry in machine.taken.items():
        if incarnation != machine.spool.incarnation() or sequence > marked:
            book.owed[entry.purpose] += len(entry.numbers)
    former = world.chronicle.book(machine.who.device)
    if former.doubtful or former.spoiled:
        book.owed = None
    book.astray = former.astray
    book.misled = former.misled
    cursor = number_at(machine.spool.cursor(EVENTS.value, LOG.name))
    book.start = cursor
    book.unread.update(range(cursor))
    return book


def _hand_over(world: World, machine: Machine) -> None:
    """Enrol beside the old identity, and put the new one in its place."""
    fresh, now = anew.joining(machine.state), int(machine.system())
    write(machine.state.identity, machine.name.encode())
    if not fresh.identity.exists():
        name = f"{Path(machine.mount.directory).name} anew"
        who = machine.identity(name)
        world.collector.enrol(machine.whose, who.signing.public, who.device)
        fresh.directory.mkdir(mode=0o700, exist_ok=True)
        spool = open_spool(fresh.spool, now, entropy=machine.entropy.randbytes)
        clock = learned(Clock(), now, now, world.collector.now(), world.clock.now)
        store_clock(spool, Clock(), clock)
        spool.close()
        write(fresh.identity, name.encode())
    machine.bugs.hand_over(machine.state, now)


def _go_on(world: World, machine: Machine, after: Book) -> None:
    """Run the command again that was broken off."""
    try:
        machine.bugs.hand_over(machine.state, int(machine.system()))
    except (AgentError, sqlite3.Error, OSError):
        world.clock.after(_AGAIN, lambda: _go_on(world, machine, after))
        return
    _come_up(world, machine, after)


def _come_up(world: World, machine: Machine, after: Book) -> None:
    """Let the agent start under the identity that is in place."""
    name = machine.state.identity.read_bytes().decode()
    if name == machine.name:
        machine.start()
        world.clock.after(_AGAIN, lambda: renew(world, machine))
        return
    machine.former.append(machine.who)
    machine.name, machine.who = name, machine.identity(name)
    machine.hold_bundle()
    machine.taken.clear()
    machine.renewing = False
    world.chronicle.books[machine.who.device] = after
    world.chronicle.faults["identity-renewed"] += 1
    world.chronicle.tell(world.clock.now, f"the machine is {name} from now on")
    machine.read_on()
    machine.start()
