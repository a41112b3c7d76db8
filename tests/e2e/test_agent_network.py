# SPDX-License-Identifier: Apache-2.0
"""The agent's network half against the real gate: enrol, poll, ship, and faults.

Rules: the gate is a process that is killed without warning; the connection is cut
where it hurts; each envelope must be in the store exactly once in the end.
Not here: lies of a collector (`tests/unit/agent`), what is in the envelopes.
"""

import io
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from collector_fixture import fill
from free_ports import free_port
from installation_fixture import YEAR, Installation, gate_command, install
from tls_fixture import connect_proxy, plain_server

from agent import clock, enrolment
from agent.delivery import polling, shipping
from agent.delivery.adoption import Polled
from agent.delivery.awaiting import resend_overdue
from agent.delivery.courier import Courier
from agent.delivery.exchange import Exchange
from agent.delivery.outside import Outside
from agent.delivery.polling import About
from agent.delivery.proxies import Proxy
from agent.delivery.receipts import ship_once
from agent.delivery.shipping import Act, Link, Next, Queue
from agent.delivery.tally import Tally
from agent.device import Device, trust_of
from agent.errors import AgentError, NetworkError, Problem
from agent.logs import Log
from agent.spool.spool import open_spool
from agent.state import State
from server.gate.process import READY
from server.store.interface import DeviceState
from wire import messages, signed
from wire.envelope import NO_PREVIOUS
from wire.signed import SignedKind
from wire.token import format_token

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ABOUT = About("0.1.0", "Debian 12")
SECONDS = 60
"""No story of these tests may need longer."""


@dataclass
class Gate:
    """The real gate of an installation, which may be killed and started again."""

    installation: Installation
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, on the same port as before."""
        command = gate_command(self.installation, "--port", str(self.port))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(READY), "the gate did not start"
        self.port = int(line.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@dataclass
class Machine:
    """An agent's network half on a machine of its own, with simulated waiting."""

    device: Device
    drift: int = 0
    proxy: Proxy | None = None
    now: float = 0.0
    link: Link = field(default_factory=lambda: Link(0.0, 0.0))
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - a story that can be told again
    acts: list[Act] = field(default_factory=list)

    @property
    def outside(self) -> Outside:
        """Return this machine's clock, which may be wrong."""
        return Outside(system=lambda: time.time() + self.drift)

    def step(self) -> AgentError | None:
        """Do what is decided next; waiting passes at once."""
        queue = Queue(self.device.spool.facts().waiting)
        step = shipping.decide(self.link, queue, self.now, may_ship=True)
        self.acts.append(step.act)
        if step.act is Act.WAIT:
            self.now += step.seconds
            return None
        try:
            self.act(step.act, step.count)
        except AgentError as problem:
            failure = shipping.failure(problem)
            draw = self.random.random()
            self.link = shipping.failed(self.link, step.act, failure, self.now, draw)
            return problem
        left = Queue(self.device.spool.facts().waiting)
        draw = self.random.random()
        self.link = shipping.succeeded(self.link, step.act, left, self.now, draw)
        return None

    def act(self, act: Act, count: int = 64) -> Polled | None:
        """Do one act on a connection of its own."""
        device = self.device
        now = clock.corrected(clock.load_clock(device.spool), self.outside.system())
        trusted = trust_of(device, now)
        with polling.open_session(device.who, trusted, self.proxy) as session:
            if act is Act.SHIP:
                assert trusted is not None
                step = Next(Act.SHIP, count=count)
                ship_once(session, device, trusted, step, self.outside)
            elif act is Act.INTRODUCE:
                polling.resynchronise(session, device, trusted, self.outside)
            else:
                return polling.exchange(session, device, trusted, ABOUT, self.outside)
        return None

    def empty(self) -> None:
        """Go on until nothing waits."""
        until = time.monotonic() + SECONDS
        while self.device.spool.facts().waiting:
            assert time.monotonic() < until, "the spool does not empty"
            self.step()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Return a running gate of an installation of its own."""
    running = Gate(install(tmp_path))
    running.start()
    yield running
    running.kill()
    running.installation.store.close()


@contextmanager
def machine(
    gate: Gate, directory: Path, port: int = 0, drift: int = 0
) -> Iterator[Machine]:
    """Return a machine that has enrolled, at the gate or at a relay before it."""
    state = State(directory)
    token = gate.installation.token(f"https://127.0.0.1:{port or gate.port}")
    who = enrolment.enrol(
        state, format_token(token), ABOUT, system=lambda: time.time() + drift
    )
    spool = open_spool(state.spool, int(time.time()))
    try:
        yield Machine(Device(state, who, spool), drift)
    finally:
        spool.close()


def put_mark(gate: Gate) -> None:
    """Sign a mark for everything that is in the store, as its store side does."""
    store = gate.installation.store
    for end in store.unmarked():
        mark = messages.Mark(
            end.tenant,
            end.device,
            end.incarnation,
            end.sequence,
            end.digest,
            int(time.time()),
        )
        payload = messages.MARK.encode(mark)
        key = gate.installation.roles.store
        store.set_mark(end, signed.sign(SignedKind.MARK, payload, [key]))


def stored(gate: Gate) -> list[int]:
    """Return the sequence numbers in the store; each must continue the chain."""
    previous, found = NO_PREVIOUS, []
    for item in gate.installation.store.envelopes(gate.installation.tenant):
        assert item.previous == previous
        previous = item.digest
        found.append(item.sequence)
    return found


def there(gate: Gate) -> set[int]:
    """Return the sequence numbers in the store, of a chain that may have holes."""
    store, tenant = gate.installation.store, gate.installation.tenant
    return {item.sequence for item in store.envelopes(tenant)}


def test_enrol_poll_ship(gate: Gate, tmp_path: Path) -> None:
    """A machine enrols, polls and ships; the mark lets everything go."""
    with machine(gate, tmp_path / "agent") as agent:
        fill(agent.device, 100)
        agent.empty()
        received = agent.device.spool.facts()
        put_mark(gate)
        polled = agent.act(Act.POLL)
        facts = agent.device.spool.facts()
    assert stored(gate) == list(range(1, 101))
    assert (received.received, received.marked) == (100, 0)
    assert polled is not None
    assert (polled.trimmed, polled.refused) == (100, ())
    assert (facts.received, facts.marked) == (0, 100)


def test_a_token_is_used_once(gate: Gate, tmp_path: Path) -> None:
    """The real gate refuses a token's second machine, and takes the first again."""
    token = format_token(gate.installation.token(f"https://127.0.0.1:{gate.port}"))
    enrolment.enrol(State(tmp_path / "first"), token, ABOUT)
    with pytest.raises(Problem) as refusal:
        enrolment.enrol(State(tmp_path / "second"), token, ABOUT)
    assert refusal.value.slug == "token-used"


@pytest.mark.fault
def test_kills_lose_and_repeat_nothing(gate: Gate, tmp_path: Path) -> None:
    """A gate killed at any moment of shipping costs time and no envelope."""
    random = Random(11)  # noqa: S311 - a story that can be told again
    with machine(gate, tmp_path / "agent") as agent:
        agent.link = shipping.succeeded(agent.link, Act.POLL, Queue(), agent.now, 0.5)
        for _ in range(5):
            fill(agent.device, 30)
            killer = threading.Timer(random.random() / 20, gate.kill)
            killer.start()
            most = random.randint(1, 6)
            while killer.is_alive() and agent.device.spool.facts().waiting:
                agent.link = Link(agent.link.next_poll, 0.0, most=most)
                agent.step()
            killer.join(20)
            gate.start()
        agent.empty()
        facts = agent.device.spool.facts()
    assert stored(gate) == list(range(1, 151))
    assert (facts.waiting, facts.received, facts.refused) == (0, 150, 0)


@pytest.mark.fault
def test_a_lost_receipt_repeats_nothing(gate: Gate, tmp_path: Path) -> None:
    """What was committed while the receipt was lost is sent again and there once."""
    cut = threading.Event()

    def relay(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", gate.port)) as onward:
            threading.Thread(
                target=_forward, args=(connection, onward), daemon=True
            ).start()
            with suppress(OSError):
                while piece := onward.recv(65_536):
                    if cut.is_set() and gate.installation.store.unmarked():
                        return
                    connection.sendall(piece)

    with (
        plain_server(relay) as port,
        machine(gate, tmp_path / "agent", port=port) as agent,
    ):
        fill(agent.device, 30)
        agent.link = shipping.succeeded(agent.link, Act.POLL, Queue(), agent.now, 0.5)
        cut.set()
        first = agent.step()
        waiting = agent.device.spool.facts().waiting
        committed = stored(gate)
        cut.clear()
        agent.empty()
    assert isinstance(first, NetworkError)
    assert (waiting, committed) == (30, list(range(1, 31)))
    assert stored(gate) == committed


@pytest.mark.fault
def test_after_an_outage_what_is_new_arrives_first(gate: Gate, tmp_path: Path) -> None:
    """While a backlog is sent at its pace, what is sealed now is there before it."""
    with machine(gate, tmp_path / "agent") as agent:
        device = agent.device
        exchange = Exchange(
            Courier(ABOUT),
            Log(io.StringIO()),
            Tally(),
            nullcontext,
            lambda: agent.now,
            lambda: 0.9,
        )

        def turn() -> int:
            trust = trust_of(device, int(time.time()))
            agent.link, wait = exchange.network(device, trust, agent.link)
            agent.now += wait
            return agent.link.failures

        fill(device, 300)
        gate.kill()
        assert [turn() for _ in range(5)][-1] >= 2
        gate.start()
        while turn():
            pass
        while len(there(gate)) <= 64:
            turn()
        before = len(there(gate))
        fill(device, 2)
        turn()
        found = there(gate)
        while device.spool.facts().waiting:
            turn()
    assert found == {*range(1, before + 1), 301, 302}
    assert before < 300
    assert stored(gate) == list(range(1, 303))


def _forward(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)


@pytest.mark.fault
def test_what_no_mark_covers_goes_out_again(gate: Gate, tmp_path: Path) -> None:
    """What was receipted and never marked is sent again, and is there once."""
    with machine(gate, tmp_path / "agent") as agent:
        fill(agent.device, 10)
        agent.empty()
        later = int(time.time()) + 700
        again = resend_overdue(agent.device.spool, later)
        agent.empty()
    assert again == 10
    assert stored(gate) == list(range(1, 11))


def test_a_wrong_clock_heals(gate: Gate, tmp_path: Path) -> None:
    """A machine a year off enrols, polls, and recovers when its clock jumps."""
    with machine(gate, tmp_path / "agent", drift=-YEAR) as agent:
        assert agent.step() is None
        agent.drift = YEAR
        agent.now = agent.link.next_poll
        refusal = agent.step()
        assert isinstance(refusal, Problem)
        assert refusal.slug == "clock-skew"
        assert [agent.step(), agent.step()] == [None, None]
    assert agent.acts == [Act.POLL, Act.POLL, Act.INTRODUCE, Act.POLL]


def test_a_revoked_device_stops_and_keeps_its_data(gate: Gate, tmp_path: Path) -> None:
    """A revoked device ships nothing, asks once a day, and goes on when undone."""
    store, tenant = gate.installation.store, gate.installation.tenant
    with machine(gate, tmp_path / "agent") as agent:
        name = agent.device.who.device
        fill(agent.device, 3)
        store.set_state(tenant, name, DeviceState.REVOKED)
        assert isinstance(agent.step(), Problem)
        assert agent.link.stopped == "revoked"
        assert agent.step() is None
        assert isinstance(agent.step(), Problem)
        assert stored(gate) == []
        store.set_state(tenant, name, DeviceState.ACTIVE)
        agent.empty()
    assert Act.SHIP not in agent.acts[:4]
    assert stored(gate) == [1, 2, 3]
    assert agent.now > 86_400 * 0.9


def test_all_goes_through_a_proxy(gate: Gate, tmp_path: Path) -> None:
    """The real gate is reached through an HTTP proxy as well."""
    with machine(gate, tmp_path / "agent") as agent, connect_proxy() as (port, heads):
        agent.proxy = Proxy("127.0.0.1", port)
        fill(agent.device, 2)
        agent.act(Act.POLL)
        agent.act(Act.SHIP)
    assert stored(gate) == [1, 2]
    assert len(heads) == 2
