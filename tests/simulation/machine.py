# SPDX-License-Identifier: Apache-2.0
"""A machine: the real spool, sealer and exchange, on a disk and a clock that fail.

Rules: what the agent does is done by the agent's own code; here is only what stands
around it: a clock, and dying.
Not here: what it reads (`passing.py`), how requests travel (`network.py`), what must
come true (`book.py`).
"""

import io
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

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
from agent.spool.spool import Spool, open_spool
from agent.state import State, marked_at
from simulation.book import Chronicle, Entry, Place
from simulation.bugs import Bugs
from simulation.clock import Clock
from simulation.images import laid_out
from simulation.keys import Tenancy, octets, opening, signing, tenancy
from simulation.last_sent import SimulatedLastSent
from simulation.load import Load
from simulation.network import Line
from simulation.passing import run_pass
from simulation.source import Source
from simulation.vfs import Door, Mount
from wire.trust import Trusted

_AGAIN = 60.0
"""Seconds until the agent tries again what its disk refused."""
_LONGEST = 3_600.0
"""Most seconds between two turns: there may be something to read."""
_SOON = 0.5
"""Least seconds between two turns: else a turn without end would stop the world."""


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
        load: what its passes seal beside that; None for a few samples.
        read: when the last pass was.
        whose: its tenant.
        drift: seconds that its clock is ahead.
        cadence: seconds between two passes.
        power: whether it dies by power, the next time it dies.
        spool: open while the agent runs.
        link: how the agent's link to the collector stands.
        up: it runs.
        last: one more pass, and then it reads no more.
        quiet: it reads no more.
        rotting: a bit of what it spools next is to change.
        renewing: it is to have a new identity.
        taken: what its spool accepted, of all that its device did.
        former: identities that it had.
        sleeps: least seconds between two turns where there is nothing to do.
        reopens: chance that a spool is closed after a turn; opening looks at all of it.
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
    whose: Tenancy = field(default_factory=tenancy)
    load: Load | None = None
    read: float = 0.0
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
    sleeps: float = _LONGEST / 2
    reopens: float = 0.1
    renewing: bool = False
    taken: dict[Place, Entry] = field(default_factory=dict)
    former: list[Identity] = field(default_factory=list)
    exchange: Exchange = field(init=False)
    who: Identity = field(init=False)

    def __post_init__(self) -> None:
        """Make its identity, and its agent's way to the network."""
        self.who = self.identity(self.name)
        self.hold_bundle()
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

    def hold_bundle(self) -> None:
        """Have a bundle, which nobody offers anew: then it tells of its queue."""
        self.state.bundle.write_bytes(octets("bundle", 32))

    def identity(self, name: str) -> Identity:
        """Return the identity that a name gives."""
        return Identity(
            "https://collector.invalid",
            signing(name),
            opening("device"),
            b"",
            self.whose.root,
            int(self.clock.now),
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

    def read_on(self) -> None:
        """Make one more pass, where it reads no more."""
        self.last, self.quiet = self.last or self.quiet, False

    def rest(self) -> None:
        """Let the agent end orderly, to be started again."""
        self.close()
        self.up, self.power = False, False
        self.life += 1

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
            trust = self.whose.trust
            self.link, wait = self.exchange.network(self.device, trust, self.link)
        except (AgentError, sqlite3.Error):
            self.chronicle.faults["turn-failed"] += 1
            self.close()  # it is looked at as a whole the next time
        except Exception as problem:  # noqa: BLE001 - boundary: the oracle tells it
            self.chronicle.wrong(f"the agent raised {problem!r}")
        if self.mount.disk.dead:
            self.chronicle.tell(self.clock.now, f"{self.name} dies")
            self.stop()
            self.clock.after(self.dice.random() * 600, self.start)
            return
        if self.chronicle.telling:
            self._say(wait)
        if self.dice.random() < self.reopens:
            self.close()  # as the resident agent does where it rests long
        if self.quiet and wait > _AGAIN:  # all is read: it sleeps between its turns
            wait = max(wait, self.sleeps)
        self._wake(min(wait, max(_LONGEST, self.sleeps)))

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
        damaged = self.chronicle.book(self.who.device).spoiled
        with laid_out(self.mount) if damaged else nullcontext():
            spool = open_spool(
                self.state.spool,
                int(self.system()),
                marked_at(self.state),
                entropy=self.entropy.randbytes,
                last=self.bugs.last(SimulatedLastSent(self.mount)),
            )
        return self.bugs.spool(spool)

    def _perhaps_pass(self) -> None:
        due = self.last or self.clock.now >= self.passed + self.cadence
        if due and not self.quiet:
            self.passed = self.clock.now
            run_pass(self)
            self.quiet, self.last = self.last, False
