# SPDX-License-Identifier: Apache-2.0
"""A machine: the real spool, sealer and exchange, on a disk and a clock that fail.

Rules: what the agent does is done by the agent's own code; here is only what stands
around it: a log to read, a clock, and dying.
Not here: how requests travel (`network.py`), what must come true (`book.py`).
"""

import io
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from agent import pipeline
from agent.budget import RESERVE_BYTES
from agent.clock import corrected, load_clock
from agent.delivery import shipping
from agent.delivery.asker import Asker
from agent.delivery.courier import Courier
from agent.delivery.exchange import Exchange
from agent.delivery.polling import About
from agent.delivery.shipping import Link
from agent.delivery.tally import Tally
from agent.device import Device
from agent.errors import AgentError
from agent.identity import Identity
from agent.logs import Log
from agent.room import give_up
from agent.sealing import Group, Sealer
from agent.spool.change import SpoolClass
from agent.spool.quotas import reserve_of
from agent.spool.spool import Spool, open_spool
from agent.spool.voids import Voids
from agent.state import State, marked_at
from simulation.book import Chronicle, Entry
from simulation.bugs import Bugs
from simulation.clock import Clock
from simulation.keys import EVENTS, METRICS, RETENTION, opening, signing, tenancy
from simulation.network import Line
from simulation.sealed import LOG, SAMPLES, numbers_of, seal, table
from simulation.source import Source, number_at, place_of
from simulation.vfs import Door, Mount
from wire.envelope import Gap
from wire.purposes import Purpose
from wire.trust import Trusted

_AGAIN = 60.0
"""Seconds until the agent tries again what its disk refused."""
_LONGEST = 3_600.0
"""Most seconds between two turns: there may be something to read."""
_SOON = 0.5
"""Least seconds between two turns: else a turn without end would stop the world."""


_AGENT: Any = SimpleNamespace(
    plan=SimpleNamespace(
        datasets=[
            SimpleNamespace(purpose=purpose, retention=RETENTION)
            for purpose in (EVENTS, METRICS)
        ]
    )
)
"""What paying a debt looks at: the classes of the plan."""


@dataclass(frozen=True, slots=True)
class SimulatedCourier(Courier):
    """The courier, but that its sessions are the simulated network's."""

    line: Callable[[], Line] | None = None

    def session(self, device: Device, trust: Trusted | None) -> Asker:
        """Return a session; nothing is sent yet."""
        del device, trust
        assert self.line is not None
        return self.line()


@dataclass(slots=True)
class Machine:
    """One machine of a simulated world.

    Attributes:
        name: names its keys.
        door: to the simulated disks.
        mount: its disk, with the agent's state directory.
        clock: the true time.
        dice: decides what it reads and when.
        entropy: what its agent takes for random.
        chronicle: what happened.
        line: a session with the collector.
        bugs: what is planted.
        source: its log.
        drift: seconds that its clock is ahead.
        cadence: seconds between two passes.
        power: whether it dies by power, the next time it dies.
        spool: open while the agent runs.
        link: how the agent's link to the collector stands.
        up: it runs.
        last: one more pass, and then it reads no more.
        quiet: it reads no more.
        rotting: a bit of what it spools next is to change.
    """

    name: str
    door: Door
    mount: Mount
    clock: Clock
    dice: Random
    entropy: Random
    chronicle: Chronicle
    line: Callable[["Machine"], Line]
    bugs: Bugs
    source: Source
    drift: float = 0.0
    cadence: float = 300.0
    power: bool = True
    spool: Spool | None = None
    link: Link | None = None
    up: bool = False
    last: bool = False
    quiet: bool = False
    rotting: bool = False
    life: int = 0
    passed: float = 0.0
    samples: int = 0
    exchange: Exchange = field(init=False)
    who: Identity = field(init=False)

    def __post_init__(self) -> None:
        """Make its identity, and its agent's way to the network."""
        self.who = Identity(
            "https://collector.invalid",
            signing(self.name),
            opening("device"),
            b"",
            tenancy().root,
            int(self.clock.now),
        )
        courier = SimulatedCourier(
            About("0.1", "Simulated"),
            system=self.system,
            entropy=self.entropy.randbytes,
            monotonic=lambda: self.clock.now,
            line=lambda: self.line(self),
        )
        self.exchange = Exchange(
            courier,
            Log(io.StringIO()),
            Tally(),
            nullcontext,
            lambda: self.clock.now,
            self.dice.random,
        )

    @property
    def state(self) -> State:
        """Return the agent's state directory."""
        return State(Path(self.mount.directory))

    @property
    def device(self) -> Device:
        """Return the device at work."""
        assert self.spool is not None
        return Device(self.state, self.who, self.spool)

    def system(self) -> float:
        """Return what its clock says."""
        return self.clock.now + self.drift

    def now(self) -> int:
        """Return the time that its agent goes by."""
        return corrected(load_clock(self.device.spool), self.system())

    def start(self) -> None:
        """Come up."""
        if self.up:
            return
        self.up = True
        self.door.restart(self.mount, power=self.power)
        self.life += 1
        self.link = shipping.start(self.clock.now, self.dice.random())
        self._wake(0.0)

    def stop(self) -> None:
        """Go down now, in the middle of whatever it is."""
        if not self.up:
            return
        self.mount.disk.dead = True
        self.up = False
        self.life += 1
        self.chronicle.faults["machine-power" if self.power else "machine-killed"] += 1
        if self.spool is not None:
            self.spool.close()
            self.spool = None

    def close(self) -> None:
        """Let the agent end orderly."""
        if self.spool is not None:
            self.spool.close()
            self.spool = None

    def _wake(self, seconds: float) -> None:
        life = self.life
        self.clock.after(
            max(seconds, _SOON), lambda: self._turn() if life == self.life else None
        )

    def _turn(self) -> None:
        """Do what the resident agent does in one turn."""
        wait = _AGAIN
        try:
            if self.spool is None:
                self.spool = self._open()
            self._perhaps_pass()
            assert self.link is not None
            trust = tenancy().trust
            self.link, wait = self.exchange.network(self.device, trust, self.link)
        except (AgentError, sqlite3.Error):
            self.chronicle.faults["turn-failed"] += 1
        except Exception as problem:  # noqa: BLE001 - boundary: the oracle tells it
            self.chronicle.wrong(f"the agent raised {problem!r}")
        if self.mount.disk.dead:
            self.chronicle.tell(self.clock.now, f"{self.name} dies")
            self.stop()
            self.clock.after(self.dice.random() * 600, self.start)
            return
        if self.chronicle.telling:
            self._say(wait)
        if self.dice.random() < 0.1:
            self.close()  # the resident agent opens its spool anew each turn
        self._wake(min(wait, _LONGEST))

    def _say(self, wait: float) -> None:
        if self.spool is None or self.link is None:
            return
        try:
            facts = self.spool.facts()
        except sqlite3.Error:
            return
        self.chronicle.tell(
            self.clock.now,
            f"{self.name} sequence={facts.sequence} waiting={facts.waiting} "
            f"received={facts.received} refused={facts.refused} "
            f"marked={facts.marked} reason={self.link.reason or '-'} wait={wait:.0f}",
        )

    def _open(self) -> Spool:
        spool = open_spool(
            self.state.spool,
            int(self.system()),
            marked_at(self.state),
            entropy=self.entropy.randbytes,
        )
        return self.bugs.spool(spool)

    def _rot(self, spool: Spool) -> None:
        """Change one bit of an envelope that waits."""
        database = spool._database
        held = database.execute(
            "SELECT number, octets FROM bodies JOIN envelopes USING (number) "
            "WHERE sent = 0 ORDER BY number"
        ).fetchall()
        if not held:
            return
        number, octets = self.dice.choice(held)
        changed = bytearray(octets)
        changed[self.dice.randrange(len(changed))] ^= 1 << self.dice.randrange(8)
        database.execute(
            "UPDATE bodies SET octets = ? WHERE number = ?", (bytes(changed), number)
        )
        self.rotting = False
        self.chronicle.book(self.who.device).damaged = True
        self.chronicle.faults["octets-flipped"] += 1

    # ---------------------------------------------------------------- a pass

    def _perhaps_pass(self) -> None:
        due = self.last or self.clock.now >= self.passed + self.cadence
        if due and not self.quiet:
            self.passed = self.clock.now
            self._pass()
            self.quiet, self.last = self.last, False

    def _pass(self) -> None:
        """Do what a pass does; without the reserve it does nothing."""
        assert self.spool is not None
        spool, now = self.spool, self.now()
        if not self._keeps_reserve():
            return
        give_up(spool, Voids(self.who, tenancy().trust, now))
        sealer = Sealer(self.who, tenancy().trust, now, seal)
        self._pay(spool, sealer)
        lines, lost = self._lines(spool, now)
        self._put(spool, sealer, lines, lost)
        self._put(spool, sealer, self._samples())
        if self.rotting:
            self._rot(spool)

    def _keeps_reserve(self) -> bool:
        """Hold space back as the spool does, by a file that has a size and no bytes."""
        reserve = reserve_of(self.state.spool)
        if not reserve.exists():
            if self.mount.disk.capacity is not None:
                return False
            with reserve.open("wb") as file:
                file.truncate(RESERVE_BYTES)
        return True

    def _pay(self, spool: Spool, sealer: Sealer) -> None:
        """Announce what a spool that is gone had held."""
        gaps = [
            Entry(purpose, (), one.count, sealer.now)
            for one in spool.owed()
            for purpose in ([one.purpose] if one.purpose else (EVENTS, METRICS))
        ]
        if not gaps:
            return
        book = self.chronicle.book(self.who.device)
        incarnation, first = spool.incarnation(), spool.facts().sequence + 1
        write = book.accept
        try:
            pipeline._pay_gap(_AGENT, spool, sealer)
        except BaseException:
            write = book.doubt
            raise
        finally:
            for place, entry in enumerate(gaps, first):
                write((incarnation, place), entry)

    def _cursor(self, spool: Spool) -> int:
        """Return the line from which on the log is to be read."""
        held = spool.cursor(EVENTS.value, LOG.name)
        if held is not None or not spool.follows():
            return number_at(held)
        here = self.source.written(self.clock.now)
        self.chronicle.book(self.who.device).unread.update(range(here))
        return here

    def _lines(self, spool: Spool, now: int) -> tuple[Group, range]:
        """Read the log on from where the spool says."""
        group = self._group(EVENTS, SpoolClass.EVENT)
        first = self._cursor(spool)
        lost, numbers = self.source.read(first, self.clock.now)
        if lost:
            group.gaps.append(Gap(len(lost), now, now, "source-lost"))
        if numbers:
            group.tables.append(table(LOG, numbers))
        following = (lost or range(first, first)).stop + len(numbers)
        group.cursors.append((LOG.name, place_of(following)))
        group.passes.append(LOG.name)
        return group, lost

    def _samples(self) -> Group:
        group = self._group(METRICS, SpoolClass.METRIC)
        count = self.dice.randrange(1, 4)
        numbers = range(self.samples, self.samples + count)
        self.samples += count
        group.tables.append(table(SAMPLES, numbers))
        return group

    def _group(self, purpose: Purpose, kind: SpoolClass) -> Group:
        return Group(purpose, RETENTION, tenancy().keys[purpose], kind)

    def _put(
        self,
        spool: Spool,
        sealer: Sealer,
        group: Group,
        lost: Sequence[int] = (),
    ) -> None:
        """Put a group into the spool and write down what was accepted."""
        book = self.chronicle.book(self.who.device)
        incarnation, first = spool.incarnation(), spool.facts().sequence + 1
        entries = [
            Entry(group.purpose, (), gap.count, sealer.now) for gap in group.gaps
        ]
        entries += [
            Entry(group.purpose, numbers_of(one), 0, sealer.now) for one in group.tables
        ]
        book.lost.update(lost)  # also where the gap is put by the next pass
        write = book.accept
        try:
            self.bugs.put(spool, sealer, group)
        except BaseException:
            write = book.doubt
            raise
        finally:
            for place, entry in enumerate(entries, first):
                write((incarnation, place), entry)
