# SPDX-License-Identifier: Apache-2.0
"""Several gates before one PostgreSQL: devices are shared out at random.

Rules: real processes, each from a copy of the gate's folder alone; the database and
gates are killed while devices ship.
Not here: what one gate answers (`test_gate.py`), a store's own failures
(`tests/fault/test_postgres.py`).
"""

import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import postgres_fixture
import psycopg
import pytest
from gates_room import DATABASE, Gates, brings, gates, until
from stranger_fixture import Stranger, enrolled, payload
from waiting_room import remove_nobody

from server.gate.bounds import ADDRESS_CONNECTIONS
from server.processes import Process
from server.store.orders import HeldOrder
from wire import messages
from wire.messages import Fate
from wire.purposes import Purpose
from wire.signed import SignedKind

if TYPE_CHECKING:
    from installation_fixture import Reply

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
]
DEVICES, SHIPMENTS, ENVELOPES = 12, 10, 3
LONG = 50
SOON_SECONDS = LONG / 5
"""Long before a wait ends by itself, on a machine that tests keep busy."""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Gates]:
    """Run three gates."""
    with gates(tmp_path) as made:
        yield made


class Shipping:
    """A device that ships through gates chosen at random until all is receipted."""

    def __init__(self, fleet: Gates, number: int, told: threading.Semaphore) -> None:
        """Take a device; nothing is sent yet."""
        self.device = enrolled(fleet.made)
        self.sent: list[bytes] = []
        self._fleet = fleet
        self._source = f"192.0.2.{number + 1}"
        self._dice = random.Random(number)  # noqa: S311 - a test's
        self._told = told

    def all(self) -> None:
        """Ship everything, one shipment after another."""
        key = self._fleet.made.key(Purpose.SUPPORT)
        for _ in range(SHIPMENTS):
            sent = [self.device.seal(key) for _ in range(ENVELOPES)]
            self.sent += sent
            until("nothing is receipted", lambda sent=sent: self._one(sent))
            self._told.release()

    def _one(self, sent: list[bytes]) -> bool:
        gate = self._dice.choice(self._fleet.every)
        octets = self.device.ship(sent)
        reply = self._fleet.asked(gate, "/v1/shipments", octets, self._source)
        if reply is None or reply.status != 200:
            return False
        found = payload(self._fleet.made, reply, SignedKind.RECEIPT)
        fates = {result.fate for result in messages.RECEIPT.decode(found).results}
        assert fates <= {Fate.STORED, Fate.DUPLICATE}
        return True


def test_nothing_is_lost_or_doubled_over_gates(fleet: Gates) -> None:
    """Gates are drained and killed, and the database too: each envelope is there once.

    And in its device's order, whatever gate took it.
    """
    told = threading.Semaphore(0)
    shipping = [Shipping(fleet, number, told) for number in range(DEVICES)]
    threads = [threading.Thread(target=one.all) for one in shipping]
    for thread in threads:
        thread.start()
    drained, killed, _ = fleet.every
    part = DEVICES * SHIPMENTS // 5
    for act in (
        lambda: (drained.end(), drained.start()),
        lambda: (fleet.cluster.kill(), fleet.cluster.start()),
        lambda: (killed.end(signal.SIGKILL), killed.start()),
        lambda: (fleet.cluster.kill(), fleet.cluster.start()),
    ):
        for _ in range(part):
            assert told.acquire(timeout=120)
        act()
    for thread in threads:
        thread.join(240)
        assert not thread.is_alive()
    ends = {end.device: end.sequence for end in fleet.store.unmarked()}
    for one in shipping:
        whose = fleet.made.tenant
        stored = fleet.store.envelopes(whose, device=one.device.device)
        assert [item.octets for item in stored] == one.sent
        assert ends[one.device.device] == len(one.sent) == SHIPMENTS * ENVELOPES
    with psycopg.connect(fleet.cluster.address(DATABASE)) as connection:
        count = connection.execute(
            "SELECT (SELECT count(*) FROM discreet.places),"
            " (SELECT count(*) FROM discreet.envelopes)"
        ).fetchone()
    assert count == (DEVICES * SHIPMENTS * ENVELOPES,) * 2


def wait(
    pool: ThreadPoolExecutor, fleet: Gates, place: int, device: Stranger
) -> "Future[Reply]":
    """Let a device's poll wait at a gate, and return when it does."""
    octets = device.waits(fleet.made.bundle, LONG)
    gate = fleet.every[place]
    asked = pool.submit(fleet.ask, gate, "POST", "/v1/poll", octets)

    def spoken() -> bool:
        chains = fleet.store.holes(fleet.made.tenant, device.device)
        return any(chain.said_at for chain in chains)

    until("nobody waits", spoken)
    return asked


def test_an_order_reaches_whoever_waits_at_another_gate(fleet: Gates) -> None:
    """What another machine asks wakes the device at its gate, and the others sleep."""
    devices = [enrolled(fleet.made) for _ in fleet.every]
    office = fleet.as_process(Process.OFFICE)
    with ThreadPoolExecutor(len(devices)) as pool:
        asked = [wait(pool, fleet, at, one) for at, one in enumerate(devices)]
        remove_nobody(fleet.made, int(time.time()))
        began = time.monotonic()
        whose = fleet.made.tenant, devices[1].device
        office.orders.hold(HeldOrder(*whose, b"o" * 16, 2**40, b"sealed"), 1)
        found = payload(fleet.made, asked[1].result(LONG), SignedKind.ANSWER)
        took = time.monotonic() - began
        assert messages.ANSWER.decode(found).orders == (b"sealed",)
        assert took < SOON_SECONDS
        assert not asked[0].done()
        assert not asked[2].done()
        for gate in fleet.every:
            gate.end()
        assert {one.result().status for one in asked} == {200}
        for gate in fleet.every:
            gate.start()
    office.close()


def test_a_gate_drains(fleet: Gates) -> None:
    """Told to end it is no longer ready, serves whoever still comes, and ends."""
    gate = fleet.every[0]
    device = enrolled(fleet.made)
    assert fleet.ask(gate, "GET", "/v1/ready").status == 200
    assert gate.process is not None
    gate.process.send_signal(signal.SIGTERM)
    until("it is ready", lambda: fleet.ask(gate, "GET", "/v1/ready").status == 503)
    octets = device.ship([device.gap()])
    served = fleet.ask(gate, "POST", "/v1/shipments", octets)
    assert served.status == 200
    assert served.headers["connection"] == "close"
    assert gate.process.wait(60) == 0
    gate.start()


def test_whom_a_balancer_brings_counts_for_themselves(fleet: Gates) -> None:
    """Of one address no more come in than may, of many by one balancer all do."""
    gate = fleet.every[0]
    with ExitStack() as lines:

        def arrive(source: str) -> socket.socket:
            line = socket.create_connection(("127.0.0.1", gate.port), 30)
            lines.enter_context(line)
            line.sendall(brings(source))
            return line

        many = [
            arrive(f"198.51.{number // 100}.{number % 100}")
            for number in range(ADDRESS_CONNECTIONS + 8)
        ]
        assert fleet.ask(gate, "GET", "/v1/health").status == 200
        *_, last = [arrive("203.0.113.9") for _ in range(3 * ADDRESS_CONNECTIONS)]
        assert last.recv(1) == b""
        many[-1].settimeout(0)
        with pytest.raises(BlockingIOError):
            many[-1].recv(1)


def test_who_is_no_balancer_is_not_believed(tmp_path: Path) -> None:
    """A header from elsewhere is no TLS, and a balancer without one is nobody."""
    with gates(tmp_path, 1, balancer="192.0.2.200") as fleet:
        (gate,) = fleet.every
        with socket.create_connection(("127.0.0.1", gate.port), 30) as line:
            line.sendall(brings("192.0.2.1"))
            assert b"HTTP" not in line.recv(64)
            assert line.recv(64) == b""
