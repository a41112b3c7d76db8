# SPDX-License-Identifier: Apache-2.0
"""A real agent at a gate whose store is away: it keeps what is queued until a mark.

Rules: the agent's own way to the collector, a real gate, a real database and NATS
servers; marks are signed as the reader signs them.
Not here: servers that are killed (`test_intake.py`).
"""

import time
from collections.abc import Iterator
from pathlib import Path

import nats_fixture
import postgres_fixture
import pytest
from collector_fixture import fill
from gates_room import Gates, gates, until
from intake_room import write

from agent import enrolment, identity
from agent.delivery.courier import Courier, Done
from agent.delivery.polling import About
from agent.delivery.shipping import Act, Next
from agent.device import Device
from agent.errors import Problem
from agent.spool.spool import open_spool
from agent.state import State
from server.reader.duties import sign_marks
from wire import limits
from wire.token import format_token

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.nats,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
    pytest.mark.skipif(nats_fixture.MISSING, reason="install nats-server"),
]
ABOUT = About("0.1.0", "Debian 12")
SHIP = Next(Act.SHIP, count=limits.SHIPMENT_ENVELOPES)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Gates]:
    """Run one gate with a buffer, which devices reach without a balancer."""
    with nats_fixture.cluster() as cluster:
        also = "--intake", str(write(tmp_path, cluster))
        with gates(tmp_path, 1, balancer="192.0.2.200", also=also) as made:
            yield made


def act(device: Device, step: Next) -> Done:
    """Have a device do one act at its collector."""
    trust = identity.trusted(device.state, device.who, int(time.time()))
    courier = Courier(ABOUT)
    with courier.session(device, trust) as session:
        return courier.act(session, device, trust, step)


def test_what_is_queued_is_kept_until_it_is_stored(
    fleet: Gates, tmp_path: Path
) -> None:
    """It is sent once, a copy stays, and the store's mark lets it go."""
    (gate,) = fleet.every
    token = fleet.made.token(f"https://127.0.0.1:{gate.port}")
    state = State(tmp_path / "agent")
    who = enrolment.enrol(state, format_token(token), ABOUT)
    device = Device(state, who, open_spool(state.spool, int(time.time())))
    fill(device, 3)
    assert act(device, SHIP).sent == 3
    fleet.cluster.stop()
    fill(device, 3)
    until("nothing is queued", lambda: did(device, SHIP))
    assert device.spool.facts().waiting == 0
    fill(device, 2)
    assert act(device, SHIP).sent == 2
    assert act(device, SHIP).sent == 0
    with pytest.raises(Problem) as told:
        act(device, Next(Act.POLL))
    assert (told.value.slug, told.value.retry_after) == ("overloaded", 30)
    facts = device.spool.facts()
    assert (facts.waiting, facts.received, facts.marked) == (0, 8, 0)
    fleet.cluster.start()

    def stored() -> bool:
        found = fleet.store.envelopes(who.tenant, device=who.device)
        return [one.sequence for one in found] == list(range(1, 9))

    until("something is missing", stored)
    assert sign_marks(fleet.store, fleet.made.roles.store, int(time.time())) == 1
    until("no poll is answered", lambda: did(device, Next(Act.POLL)))
    facts = device.spool.facts()
    assert (facts.waiting, facts.received, facts.marked) == (0, 0, 8)
    device.spool.close()


def did(device: Device, step: Next) -> bool:
    """Do an act unless the gate is busy, as one is whose buffer is not there yet."""
    try:
        return not act(device, step).retry
    except Problem:
        return False
