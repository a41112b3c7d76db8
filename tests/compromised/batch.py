# SPDX-License-Identifier: Apache-2.0
"""One device, one order that was shown in words, and some hundred that were not.

Rules: the one runs and nothing else does, by the agent's own ledger; each try is
answered by a check that it aims at, and what answers is what the device remembers.
Not here: the ways (`ways.py`), a process of its own (`whole.py`).
"""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from installation_fixture import Installation, install

from agent.budget import ASK_SECONDS
from agent.spool.order import HeldOrder
from tests.compromised import people
from tests.compromised.captured import Captured
from tests.compromised.forging import KNOWN, UNHEARD, Target, Way
from tests.compromised.machine import Machine, machine
from tests.compromised.situations import SITUATIONS, Situation
from wire import limits, orders
from wire.errors import WireError
from wire.technicians import Technician

TRIES = 120
"""On one device: each way of an ordinary one, and some twice; it remembers all of them,
and looks through what it remembers at each."""
Made = tuple[Way, bytes | None, bytes]
"""A way, the id of the order that it made (None for no order), and what is carried."""


@dataclass
class Tally:
    """What came of tries.

    Attributes:
        tries: how many.
        run: how many of them began: none may.
        controls: orders that were shown in words and ran.
        lost: orders that were shown in words and did not run.
        seen: how often a way was answered by a slug.
        astray: ways that were answered by no check that they aim at.
    """

    tries: int = 0
    run: int = 0
    controls: int = 0
    lost: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    astray: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Add what came of others."""
        self.tries += other.tries
        self.run += other.run
        self.controls += other.controls
        self.lost += other.lost
        self.seen += other.seen
        self.astray += other.astray

    def answered(self, way: Way, slug: str) -> None:
        """Count a try by what answered it."""
        self.tries += 1
        self.seen[way.name, slug] += 1
        if slug not in way.aims:
            self.astray[way.name, slug] += 1

    def began(self, begun: Sequence[str], control: str) -> None:
        """Count what has begun on one device, by its ledger."""
        right = begun.count(control)
        self.controls += right
        self.lost += right == 0
        self.run += len(begun) - min(right, 1)


def situation_of(number: int) -> Situation:
    """Return what a batch is about: every second one is an ordinary device."""
    ordinary, *others = SITUATIONS
    return ordinary if number % 2 == 0 else others[number // 2 % len(others)]


@contextmanager
def installed(
    *others: Technician, tenant: bytes | None = None
) -> Iterator[Installation]:
    """Install a collector with its technicians, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        named = *people.TECHNICIANS, *others
        made = install(Path(folder), technicians=named, tenant=tenant)
        yield made
        made.store.close()


def play(seed: int, tries: int = TRIES, *, removed: bool = True) -> Tally:
    """Return what came of one batch, of a collector and a device of its own.

    Args:
        seed: which one.
        tries: how many.
        removed: whether mallory was removed; where not, the harness has to find it.
    """
    draw, found = Random(f"compromised {seed}"), Tally()  # noqa: S311 - repeats itself
    place = situation_of(seed)
    ways = endless(place.ways, draw)
    with (
        installed() as made,
        tempfile.TemporaryDirectory() as folder,
        closing(machine(Path(folder) / "device", made)) as device,
    ):
        server = Captured(made, int(time.time()))
        target = shown_in_words(server, device, removed=removed)
        before = device.begun()
        refused = place.enter(server, device)
        found.seen.update((place.name, slug) for slug in refused)
        found.astray.update((place.name, slug) for slug in place.refuses ^ {*refused})
        while found.tries < tries:
            count = min(limits.ORDERS, tries - found.tries)
            few = [next(ways) for _ in range(count)]
            carried = forged(replace(target, now=server.now), few, draw)
            for way, slug in zip(few, _answers(server, device, carried), strict=True):
                found.answered(way, slug)
        server.now += ASK_SECONDS + 1  # nobody has said yes
        device.poll(server)
        device.work_off()
        after = device.begun()
        begun = after if after[:1] == before else [*before, *after]  # a new spool
        found.began(begun, orders.read_order(target.done)[1].id.hex())
        found.run += len(device.scheduled())
    return found


def endless(ways: Sequence[Way], draw: Random) -> Iterator[Way]:
    """Return ways without an end: all of them once, then all again in another order."""
    while True:
        yield from draw.sample(ways, len(ways))


def shown_in_words(server: Captured, device: Machine, *, removed: bool) -> Target:
    """Have one order read, signed, carried and run.

    Args:
        server: which carries it.
        device: on which it runs.
        removed: whether mallory is removed at the same time.

    Returns:
        What the server knows of the device then.
    """
    who = device.who
    target = target_of(server, who.device, who.sealing.public, device.incarnation())
    gone = (people.GONE.identity,) if removed else ()
    server.removals = server.list_of(gone)
    server.orders = [target.seal(target.done)]
    device.poll(server)
    device.work_off()
    return target


def target_of(
    server: Captured, device: bytes, sealing: bytes, incarnation: bytes
) -> Target:
    """Return what the server knows, with an order that was shown in words."""
    place = server.made.tenant, device, incarnation
    asked = replace(
        people.wish(*place, server.now), diagnostic="disk_state", parameters=()
    )
    assert "disk" in people.read_in_words(asked)
    order = people.signed(asked)
    return Target(*place, sealing, server.now, order, server.online())


def forged(target: Target, ways: Sequence[Way], draw: Random) -> list[Made]:
    """Return what an answer brings of these ways."""
    made: list[Made] = []
    for way in ways:
        octets = way.forge(target, draw)
        if way.sealed:
            made.append((way, None, octets))
            continue
        try:
            name: bytes | None = orders.read_order(octets)[1].id
        except WireError:
            name = None
        made.append((way, name, target.seal(octets)))
    return made


def answer_of(name: bytes | None, held: dict[bytes, HeldOrder]) -> str:
    """Return the slug by which a device has answered an order."""
    found = None if name is None else held.get(name)
    if found is None:
        return UNHEARD
    return found.reason or found.state.value


def _answers(server: Captured, device: Machine, carried: list[Made]) -> list[str]:
    known = device.held()
    server.orders = [sealed for _, _, sealed in carried]
    refused = [one for one in device.poll(server) if one.startswith("order: ")]
    device.work_off()
    held = device.held()
    told = [KNOWN if name in known else answer_of(name, held) for _, name, _ in carried]
    if told.count(UNHEARD) != len(refused):
        return ["lost-without-a-word" if one == UNHEARD else one for one in told]
    return told
