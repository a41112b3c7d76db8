# SPDX-License-Identifier: Apache-2.0
"""What is said and heard while an order runs: how far it is, and that it is taken back.

Rules: the agent's own courier over a real socket, to a collector that can lie; time is
told by when the order began.
Not here: ending the child (`test_orders_running.py`), the whole of it
(`tests/e2e/test_orders.py`).
"""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from collector_fixture import Collector, enrolled_device, listening, problem
from installation_fixture import Installation, install

from agent.budget import ORDER_LOOK_SECONDS
from agent.delivery import polling
from agent.delivery.courier import Courier
from agent.delivery.polling import About
from agent.device import Bench
from agent.identity import trusted
from agent.logs import Log
from agent.order_watch import Watch
from agent.state import State
from tests.vectors import order_world
from tests.vectors.order_world import ANA
from wire import orders, revocations, signed
from wire.order_state import Doing, OrderState
from wire.signed import SignedKind

LONG = 20.0


@dataclass
class Line:
    """A device of which an order runs, and its collector."""

    collector: Collector
    state: State
    bench: Bench
    order: str
    said: io.StringIO

    def watch(self, ran: float = LONG) -> Watch:
        """Return what looks, of an order that began so many seconds ago."""
        trust = trusted(self.state, self.bench.who, int(time.time()))
        courier = Courier(About("0.1.0", "Debian 12"))
        began = time.monotonic() - ran
        log = Log(self.said)
        return Watch(self.bench, courier, log, trust, self.order, began)

    def removals(self, *taken_back: bytes) -> bytes:
        """Return a signed list of orders that are taken back."""
        held = self.collector.installation
        whole = revocations.Revocations(held.tenant, int(time.time()), (), taken_back)
        payload = revocations.REVOCATIONS.encode(whole)
        return signed.sign(SignedKind.REVOCATIONS, payload, [held.roles.revocation])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return a provider with a technician."""
    return install(tmp_path_factory.mktemp("provider"), technicians=(ANA,))


@pytest.fixture
def line(tmp_path: Path, installation: Installation) -> Iterator[Line]:
    """Return a device of which an order runs."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, tmp_path / "state")
        who = device.who
        asked = order_world.request(
            tenant=who.tenant,
            device=who.device,
            incarnation=device.spool.incarnation(),
        )
        sealed = orders.seal_order(
            order_world.order(asked), who.sealing.public, who.tenant, who.device
        )
        collector.offer = {"orders": (sealed,)}
        trust = trusted(device.state, who, int(time.time()))
        with polling.open_session(who, trust) as session:
            polling.exchange(session, device, trust, About("0.1.0", "Debian 12"))
        collector.offer = {}
        (held,) = device.spool.orders()
        with device.spool.transaction() as change:
            change.put_order(replace(held, state=OrderState.RUNNING, seconds=30))
        device.spool.close()
        bench = Bench(device.state, who)
        yield Line(collector, device.state, bench, held.id, io.StringIO())
        bench.close()


def test_it_tells_how_far_an_order_is(line: Line) -> None:
    """Seconds that have passed, of all that there are; never more than all."""
    for ran, told in ((LONG, 20), (99.0, 30)):
        watch = line.watch(ran)
        assert not watch.look()
        watch.close()
        (doing,) = line.collector.heard[-1].doing
        order = bytes.fromhex(line.order)
        assert doing == Doing(order, OrderState.RUNNING, "", told, 30)


def test_one_that_is_short_is_not_spoken_of(line: Line) -> None:
    """Before its first look is due, and between two, nobody is asked."""
    before = len(line.collector.heard)
    assert not line.watch(ORDER_LOOK_SECONDS / 2).look()
    watch = line.watch()
    assert not watch.look()
    assert not watch.look()
    watch.close()
    assert len(line.collector.heard) == before + 1


def test_it_hears_that_an_order_is_taken_back(line: Line) -> None:
    """This one, and no other that is on the list."""
    other = line.watch()
    line.collector.offer = {"revocations": line.removals(bytes(16))}
    assert not other.look()
    other.close()
    this = line.watch()
    line.collector.offer = {"revocations": line.removals(bytes.fromhex(line.order))}
    assert this.look()
    this.close()


def test_a_collector_that_fails_is_not_asked_again(line: Line) -> None:
    """Its time must not wait for a network; the order goes on, and the log says why."""
    line.collector.refusals = {polling.PATH: [problem("unavailable", 503)]}
    watch = line.watch()
    assert not watch.look()
    before = len(line.collector.heard)
    watch.began -= LONG
    assert not watch.look()
    watch.close()
    assert len(line.collector.heard) == before
    (said,) = map(json.loads, line.said.getvalue().splitlines())
    assert (said["event"], said["act"]) == ("exchange-failed", "tell")


def test_a_list_that_nobody_signed_ends_nothing(line: Line) -> None:
    """Who holds the gate alone cannot take an order back that runs."""
    held = line.collector.installation
    whole = revocations.Revocations(
        held.tenant, int(time.time()), (), (bytes.fromhex(line.order),)
    )
    payload = revocations.REVOCATIONS.encode(whole)
    forged = signed.sign(SignedKind.REVOCATIONS, payload, [held.roles.gate])
    line.collector.offer = {"revocations": forged}
    watch = line.watch()
    assert not watch.look()
    watch.close()
