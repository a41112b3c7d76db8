# SPDX-License-Identifier: Apache-2.0
"""An office behind one address, with somebody hostile in it.

Rules: a real gate; colleagues speak by the agent's own transport, each question on a
connection of its own; all come from one address, and the hostile ones never rest.
Not here: what that costs the others (`bench/flood.py`), the counting
(`tests/unit/server/test_gate_door.py`).
"""

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from installation_fixture import CBOR, Installation, RunningGate
from stranger_fixture import Stranger, enrolled

from agent.delivery.admission import Admission
from agent.delivery.transport import Session
from server.gate.bounds import ADDRESS_CONNECTIONS, DEVICE_CONNECTIONS
from wire import messages, signed
from wire.signed import SignedKind

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TURNS = 3
"""Polls and shipments of each colleague meanwhile."""


@dataclass
class Colleague:
    """A device with an agent's transport."""

    gate: RunningGate
    made: Installation
    device: Stranger
    admission: Admission = field(default_factory=Admission)

    def ask(self, path: str, octets: bytes) -> bytes:
        """Ask on a connection of its own, as an agent does that has rested."""
        url = f"https://127.0.0.1:{self.gate.port}"
        pinned = (self.made.authority.certificate,)
        with Session(url, pinned, admission=self.admission) as session:
            return session.post(path, octets)

    def poll(self) -> bytes:
        """Poll."""
        return self.ask("/v1/poll", self.device.poll())

    def ship(self) -> list[messages.Fate]:
        """Ship what it has to say; return what became of it."""
        octets = self.device.ship([self.device.gap()])
        told = self.ask("/v1/shipments", octets)
        payload = signed.verified(told, SignedKind.RECEIPT, self.made.roles.gate.public)
        return [result.fate for result in messages.RECEIPT.decode(payload).results]


def hello(gate: RunningGate) -> bytes:
    """Return what a connection begins with."""
    up = ssl.MemoryBIO()
    client = gate.context.wrap_bio(ssl.MemoryBIO(), up, server_hostname="127.0.0.1")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return up.read()


@contextmanager
def without_rest(act: Callable[[], None]) -> Iterator[threading.Event]:
    """Do it again and again; the event tells that it was tried often."""
    over, often = threading.Event(), threading.Event()

    def work() -> None:
        tries = 0
        while not over.is_set():
            with suppress(OSError):
                act()
            tries += 1
            over.wait(0.005)  # the gate is to be short of places, not of a processor
            if tries == 2 * ADDRESS_CONNECTIONS:
                often.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield often
    finally:
        over.set()
        thread.join(30)


def is_over(line: socket.socket) -> bool:
    """Tell whether a connection on which nothing was asked has been ended."""
    line.settimeout(0)
    try:
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def count_over(lines: Iterable[socket.socket]) -> int:
    """Return how many have been ended, in a moment."""
    time.sleep(0.1)
    return sum(map(is_over, lines))


def served(colleagues: list[Colleague]) -> None:
    """Require that each of them is heard, and what it ships is stored."""
    for _ in range(TURNS):
        for one in colleagues:
            assert one.poll()
            assert one.ship() == [messages.Fate.STORED]


def test_colleagues_come_past_a_stranger(made: Installation, gate: RunningGate) -> None:
    """While a stranger takes all that their address may have, no device is refused."""
    colleagues = [Colleague(gate, made, enrolled(made)) for _ in range(3)]
    for one in colleagues:
        one.poll()
    begins = hello(gate)
    held: deque[socket.socket] = deque()

    def crowd() -> None:
        line = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
        held.append(line)
        line.sendall(begins)
        if len(held) > 3 * ADDRESS_CONNECTIONS:
            held.popleft().close()

    with without_rest(crowd) as often:
        assert often.wait(60)
        served(colleagues)
    # it had all that there is, and wanted more
    assert any(count_over(held) > ADDRESS_CONNECTIONS for _ in range(100))
    for line in held:
        line.close()


def test_colleagues_come_past_a_device(made: Installation, gate: RunningGate) -> None:
    """While one device asks at full speed on new connections, the others are served."""
    colleagues = [Colleague(gate, made, enrolled(made)) for _ in range(3)]
    for one in colleagues:
        one.poll()
    hostile = enrolled(made)
    lines: deque[socket.socket] = deque()

    def polls() -> None:
        octets = hostile.poll()
        plain = socket.create_connection(("127.0.0.1", gate.port), timeout=0.2)
        lines.append(plain)
        wire = gate.context.wrap_socket(plain, server_hostname="127.0.0.1")
        lines[-1] = wire
        wire.sendall(asks(octets))
        if len(lines) > ADDRESS_CONNECTIONS:
            lines.popleft().close()

    with without_rest(polls) as often:
        served(colleagues)
        assert not often.is_set()  # each of its handshakes waits for the one before
    for line in lines:
        line.close()


def test_a_device_keeps_few_connections(made: Installation, gate: RunningGate) -> None:
    """One that asks on many of them finds the oldest ended, and goes on with others."""
    device = enrolled(made)
    wires = []
    for _ in range(DEVICE_CONNECTIONS + 2):
        plain = socket.create_connection(("127.0.0.1", gate.port), timeout=30)
        wires.append(gate.context.wrap_socket(plain, server_hostname="127.0.0.1"))
        wires[-1].sendall(asks(device.poll()))
        assert wires[-1].recv(8_192).startswith(b"HTTP/1.1 200 ")
    assert [ended(wire) for wire in wires[:2]] == [True, True]
    for wire in wires[2:]:
        wire.settimeout(0.1)
        assert not ended(wire)
        wire.close()


def ended(wire: ssl.SSLSocket) -> bool:
    """Tell whether the other side has ended a connection, whatever it said before."""
    try:
        while wire.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def asks(octets: bytes) -> bytes:
    """Return a poll's request."""
    head = f"POST /v1/poll HTTP/1.1\r\nHost: c\r\nContent-Type: {CBOR}\r\n"
    return f"{head}Content-Length: {len(octets)}\r\n\r\n".encode() + octets
