# SPDX-License-Identifier: Apache-2.0
"""A pass of a simulated machine: reads its log, seals and spools, and writes it down.

Rules: steps, sealer and spool are the agent's own; what is read are numbers; samples
are handed over, as a quick pass's are.
Not here: when (`machine.py`), what must become of it (`oracle.py`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agent import pipeline, report
from agent.budget import RESERVE_BYTES
from agent.report import PassReport
from agent.room import give_up
from agent.rows import START_HERE
from agent.sealing import Group, Sealer
from agent.spool.change import SpoolClass
from agent.spool.handed import Handed
from agent.spool.quotas import reserve_of
from agent.spool.spool import Spool
from agent.spool.voids import Voids
from simulation.book import Entry
from simulation.keys import EVENTS, METRICS, RETENTION
from simulation.load import Load
from simulation.sealed import LOG, SAMPLES, numbers_of, seal, table
from simulation.source import number_at, place_of
from wire.envelope import Gap
from wire.purposes import Purpose

if TYPE_CHECKING:
    from simulation.machine import Machine

_AGENT: Any = SimpleNamespace(
    plan=SimpleNamespace(
        datasets=[
            SimpleNamespace(purpose=purpose, retention=RETENTION)
            for purpose in (EVENTS, METRICS)
        ]
    )
)
"""What paying a debt looks at: the classes of the plan."""


def run_pass(machine: "Machine") -> None:
    """Do what a pass does; without the reserve it does nothing."""
    assert machine.spool is not None
    spool, now = machine.spool, machine.now()
    if not _keeps_reserve(machine):
        return
    give_up(spool, Voids(machine.who, machine.whose.trust, now))
    load = machine.load
    sealer = Sealer(
        machine.who, machine.whose.trust, now, load.seal_lines() if load else seal
    )
    _pay(machine, spool, sealer)
    lines, lost = _lines(machine, spool, now)
    _put(machine, spool, sealer, lines, lost)
    if load is None:
        _hand_over(machine, spool, sealer, _samples(machine))
    else:
        _put_load(machine, spool, sealer, load)
    if machine.rotting:
        _rot(machine, spool)


def _keeps_reserve(machine: "Machine") -> bool:
    """Hold space back as the spool does, by a file that has a size and no bytes."""
    reserve = reserve_of(machine.state.spool)
    if not reserve.exists():
        if machine.mount.disk.capacity is not None:
            return False
        with reserve.open("wb") as file:
            file.truncate(RESERVE_BYTES)
    return True


def _pay(machine: "Machine", spool: Spool, sealer: Sealer) -> None:
    """Announce what a spool that is gone had held."""
    gaps = [
        Entry(purpose, (), one.count, sealer.now)
        for one in spool.owed()
        for purpose in ([one.purpose] if one.purpose else (EVENTS, METRICS))
    ]
    if not gaps:
        return
    with _written_down(machine, spool, gaps):
        pipeline._pay_gap(_AGENT, spool, sealer)


def _cursor(machine: "Machine", spool: Spool) -> int:
    """Return the line from which on the log is to be read."""
    held = pipeline.cursors(spool)(EVENTS.value, LOG.name)
    if held != START_HERE:
        return number_at(held)
    here = machine.source.written(machine.clock.now)
    machine.chronicle.book(machine.who.device).unread.update(range(here))
    return here


def _lines(machine: "Machine", spool: Spool, now: int) -> tuple[Group, range]:
    """Read the log on from where the spool says."""
    group = _group(machine, EVENTS, SpoolClass.EVENT)
    first = _cursor(machine, spool)
    lost, numbers = machine.source.read(first, machine.clock.now)
    if lost:
        group.gaps.append(Gap(len(lost), now, now, "source-lost"))
    if numbers:
        group.tables.append(table(LOG, numbers))
    following = (lost or range(first, first)).stop + len(numbers)
    group.cursors.append((LOG.name, place_of(following)))
    group.passes.append(LOG.name)
    return group, lost


def _put_load(machine: "Machine", spool: Spool, sealer: Sealer, load: Load) -> None:
    """Put what a pass of a machine under a policy seals beside its log."""
    for part in load.due(machine.read, machine.clock.now):
        for _ in range(part.envelopes):
            into = replace(sealer, seal=part.seal())
            _put(machine, spool, into, _samples(machine, part.kind))
    machine.read = machine.clock.now


def _samples(machine: "Machine", kind: SpoolClass = SpoolClass.METRIC) -> Group:
    group = _group(machine, METRICS, kind)
    count = machine.dice.randrange(1, 4)
    numbers = range(machine.samples, machine.samples + count)
    machine.samples += count
    group.tables.append(table(SAMPLES, numbers))
    return group


def _group(machine: "Machine", purpose: Purpose, kind: SpoolClass) -> Group:
    return Group(purpose, RETENTION, machine.whose.keys[purpose], kind)


def _put(
    machine: "Machine",
    spool: Spool,
    sealer: Sealer,
    group: Group,
    lost: Sequence[int] = (),
) -> None:
    """Put a group into the spool and write down what was accepted."""
    entries = [Entry(group.purpose, (), gap.count, sealer.now) for gap in group.gaps]
    entries += [
        Entry(group.purpose, numbers_of(one), 0, sealer.now) for one in group.tables
    ]
    # also where the gap is put by the next pass
    machine.chronicle.book(machine.who.device).lost.update(lost)
    with _written_down(machine, spool, entries):
        machine.bugs.put(spool, sealer, group)


def _hand_over(machine: "Machine", spool: Spool, sealer: Sealer, group: Group) -> None:
    """Seal metrics as a quick pass's child does, and take them as its parent does."""
    entries = [
        Entry(group.purpose, numbers_of(one), 0, sealer.now) for one in group.tables
    ]
    with _written_down(machine, spool, entries):
        handed = Handed(spool.place())
        done = PassReport((), sealer.put(handed, group), 0, more=False)
        machine.bugs.take(spool, handed.told(report.encode(done)))


@contextmanager
def _written_down(
    machine: "Machine", spool: Spool, entries: Sequence[Entry]
) -> Iterator[None]:
    """Write down what the block puts into the spool: as accepted, or in doubt."""
    book = machine.chronicle.book(machine.who.device)
    incarnation, first = spool.incarnation(), spool.facts().sequence + 1
    places = [(incarnation, place) for place in range(first, first + len(entries))]
    told = dict(zip(places, entries, strict=True))
    try:
        yield
    except BaseException:
        for place, entry in told.items():
            book.doubt(place, entry)
        raise
    for place, entry in told.items():
        book.accept(place, entry)
    machine.taken |= told


def _rot(machine: "Machine", spool: Spool) -> None:
    """Change one bit of an envelope that waits."""
    database = spool._database
    held = database.execute(
        "SELECT number, octets FROM bodies JOIN envelopes USING (number) "
        "WHERE sent = 0 ORDER BY number"
    ).fetchall()
    if not held:
        return
    number, octets = machine.dice.choice(held)
    changed = bytearray(octets)
    changed[machine.dice.randrange(len(changed))] ^= 1 << machine.dice.randrange(8)
    database.execute(
        "UPDATE bodies SET octets = ? WHERE number = ?", (bytes(changed), number)
    )
    machine.rotting = False
    machine.chronicle.book(machine.who.device).damaged = True
    machine.chronicle.faults["octets-flipped"] += 1
