# SPDX-License-Identifier: Apache-2.0
"""The device under attack: the agent's own poll, its own turn, its own child's work.

Rules: files, spool, keys and ledger are those of an enrolled agent; the machine that
would be read is a recorded one; what has run is what the agent's own ledger says began;
the spool stays open between turns, as the resident process has it, and is closed while
an order is worked on.
Not here: a process of its own and TLS (`whole.py`), what is sent (`ways.py`).
"""

from dataclasses import dataclass, field
from pathlib import Path

from device_fixture import enrolled
from installation_fixture import Installation

from agent.delivery import polling
from agent.delivery.polling import About
from agent.device import Bench, time_of
from agent.diagnostics import source
from agent.host.interface import Host
from agent.identity import Identity, load
from agent.orders import run_work
from agent.orders.removals import held_removals
from agent.orders.turn import ready, settle
from agent.pass_work import load_plan
from agent.spool.order import HeldOrder
from agent.state import State
from tests.compromised.captured import Captured
from tests.compromised.remembered import Remembered
from tests.host_fixture import recorded_host
from wire import cbor
from wire.catalogue import Kind
from wire.ledger import ENTRY
from wire.trust import Trusted

_ABOUT = About("test", "test")
_BEGUN = "order-begun"


@dataclass
class Machine:
    """One device; it is closed by whoever touches its files or lets another have it."""

    state: State
    host: Host
    bench: Bench = field(init=False)
    _remembered: Remembered = field(init=False)

    def __post_init__(self) -> None:
        """Load who it is."""
        self.bench = Bench(self.state, load(self.state))
        self._remembered = Remembered(self.bench.obeyed)

    @property
    def who(self) -> Identity:
        """Return its identity."""
        return self.bench.who

    def close(self) -> None:
        """Close its spool, and look at it as a whole the next time."""
        self.bench.doubt()

    def incarnation(self) -> bytes:
        """Return that of its spool."""
        with self.bench.at_work() as device:
            return device.spool.incarnation()

    def poll(self, server: Captured) -> tuple[str, ...]:
        """Ask once and take what comes; returns what was refused at once."""
        with self.bench.at_work() as device:
            trust = self._trust(time_of(device))
            return polling.exchange(server, device, trust, _ABOUT).refused

    def work_off(self) -> None:
        """Do what is to be done with orders until nothing is."""
        while True:
            with self.bench.at_work() as device:
                now = time_of(device)
                gone = held_removals(self.state, self._trust(now).root).orders
                turn = ready(settle(device.spool, {one.order for one in gone}, now))
            if turn is None:
                return
            self.bench.close()
            with self._remembered.at_work():
                run_work.work(self.state, now, turn.id, self.host)

    def _trust(self, now: int) -> Trusted:
        found = self.bench.obeyed.trust(now)
        assert found is not None, "no valid bundle is here"
        return found

    def held(self) -> dict[bytes, HeldOrder]:
        """Return how all orders stand that it remembers."""
        with self.bench.at_work() as device:
            return {bytes.fromhex(one.id): one for one in device.spool.orders()}

    def begun(self) -> list[str]:
        """Return the ids of what has begun, from its ledger."""
        with self.bench.at_work() as device:
            entries, _ = device.spool.ledger()
        acts = ((ENTRY.decode(octets).act, body) for octets, body, _ in entries)
        begun = (cbor.decode(body) for act, body in acts if act == _BEGUN and body)
        return [str(body["order"]) for body in begun if isinstance(body, dict)]

    def scheduled(self) -> list[str]:
        """Return the diagnostics that it would read by itself."""
        with self.bench.at_work() as device:
            now = time_of(device)
        _, _, plan, _ = load_plan(self.state, now, lambda _: self.host)
        kinds = {item.dataset.name: item.dataset.kind for item in plan.datasets}
        return [name for name, kind in kinds.items() if kind is Kind.DIAGNOSTIC]


def machine(directory: Path, made: Installation) -> Machine:
    """Return a device that is enrolled with a collector."""
    directory.mkdir()
    case = source("disk_state").examples[0]
    host = recorded_host(case.example, directory / "machine")
    return Machine(enrolled(directory / "state", made), host)
