# SPDX-License-Identifier: Apache-2.0
"""A buffer before the store: three real NATS servers, a real database, real gates.

Rules: servers, database and gates are killed; what is expected is said of what the
store has in the end.
Not here: what an agent does with what is queued (`test_queued.py`).
"""

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import nats_fixture
import postgres_fixture
import psycopg
import pytest
from gates_room import DATABASE, Gates, gates, until
from intake_room import (
    SIZE_MIB,
    Shipper,
    counts,
    fill,
    octets,
    overfill,
    put,
    shipper,
    write,
)
from nats_fixture import Cluster
from stranger_fixture import Stranger

from server.gate.intake.bounds import HELD_SECONDS
from wire.limits import MIB

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.nats,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
    pytest.mark.skipif(nats_fixture.MISSING, reason="install nats-server"),
]
SOON = 4.0 * HELD_SECONDS
"""What a gate had taken when the store went comes to another one so much later."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Run three NATS servers."""
    with nats_fixture.cluster() as made:
        yield made


@pytest.fixture
def fleet(tmp_path: Path, cluster: Cluster) -> Iterator[Gates]:
    """Run two gates that may queue there."""
    also = "--intake", str(write(tmp_path, cluster))
    with gates(tmp_path, 2, also=also) as made:
        yield made


def whole(fleet: Gates, *every: Shipper) -> None:
    """Expect that the store has what was sent, each once and in order."""
    for one in every:
        until("something is missing", lambda one=one: one.held() == one.sent, SOON)
        assert one.stored <= set(one.held())
    with psycopg.connect(fleet.cluster.address(DATABASE)) as connection:
        count = connection.execute("SELECT count(*) FROM discreet.places").fetchone()
    assert count == (sum(len(one.sent) for one in every),)


def ships(one: Shipper, count: int, gate: int = 0) -> None:
    """Ship new envelopes until a gate has a receipt for them."""
    made = one.new(count)
    until("there is no receipt", lambda: one.ship(made, gate))


def put_off(fleet: Gates, device: Shipper, envelopes: Sequence[bytes]) -> bool:
    """Ship once; tells whether the gate had the device come again."""
    shipment = device.device.ship(list(envelopes))
    reply = fleet.ask(fleet.every[0], "POST", "/v1/shipments", shipment)
    if reply.status == 200:
        return False
    assert (reply.status, reply.slug) == (503, "overloaded")
    return int(reply.headers["Retry-After"]) > 0


def test_a_store_that_is_away_is_carried(fleet: Gates, cluster: Cluster) -> None:
    """What comes meanwhile is queued, not stored; it is in the store once that is back.

    One server is killed on the way.
    """
    devices = [shipper(fleet) for _ in range(6)]
    fleet.cluster.stop()
    for number, one in enumerate(devices):
        ships(one, 3)
        if number == 2:
            cluster.kill(0)
    assert all(len(one.queued) == 3 for one in devices)
    assert all(len(one.stored) == 1 for one in devices)
    assert fleet.ask(fleet.every[0], "GET", "/v1/ready").status == 200
    fleet.cluster.start()
    whole(fleet, *devices)


def test_all_servers_of_the_buffer_are_killed(fleet: Gates, cluster: Cluster) -> None:
    """Before and behind it devices are queued, and in between told to come again.

    What was queued is in the store once that is back, though nobody sends it again.
    """
    devices = [shipper(fleet) for _ in range(4)]
    fleet.cluster.stop()
    for one in devices:
        ships(one, 3)
    cluster.kill()
    assert put_off(fleet, devices[0], devices[0].sent[-3:])
    cluster.start()
    for one in devices:
        ships(one, 2)
    assert all(len(one.queued) == 5 for one in devices)
    fleet.cluster.start()
    whole(fleet, *devices)


def test_a_buffer_that_loses_all_loses_nothing(fleet: Gates, cluster: Cluster) -> None:
    """Its disks are lost: devices, which have no mark, send again what was queued.

    A gate may have taken some of it before: that comes into the store by itself.
    """
    devices = [shipper(fleet) for _ in range(3)]
    fleet.cluster.stop()
    for one in devices:
        ships(one, 3)
    cluster.kill()
    cluster.lose_disks()
    cluster.start()
    for one in devices:
        ships(one, 1)
    fleet.cluster.start()
    until(
        "the last is missing",
        lambda: all(one.sent[-1] in one.held() for one in devices),
        SOON,
    )
    for one in devices:
        assert one.queued == set(one.sent[1:])
        assert one.stored == set(one.sent[:1])
        again = one.sent[1:4]
        until("there is no receipt", lambda one=one, again=again: one.ship(again))
    whole(fleet, *devices)


def test_a_gate_is_killed_while_it_empties_the_buffer(fleet: Gates) -> None:
    """The other one puts what it had taken into the store, and nothing twice.

    Devices ship new envelopes all the while, which come before what is queued.
    """
    devices = [shipper(fleet) for _ in range(4)]
    fleet.cluster.stop()
    for one in devices:
        for _ in range(4):
            ships(one, 4)
    first, _ = fleet.every
    fleet.cluster.start()
    until("nothing is stored", lambda: any(len(one.held()) > 1 for one in devices))
    first.end(signal.SIGKILL)
    for one in devices:
        ships(one, 2, gate=1)
    end = time.monotonic() + HELD_SECONDS
    while time.monotonic() < end and any(one.held() != one.sent for one in devices):
        time.sleep(0.5)
    first.start()
    whole(fleet, *devices)


def test_a_buffer_that_is_full_has_devices_come_again(
    fleet: Gates, cluster: Cluster
) -> None:
    """What somebody filled it with is no device's: it goes, and nothing is lost.

    Nobody sends again what was queued before: servers keep what they have, for gates
    leave a part of their stream free.
    """
    device = shipper(fleet)
    assert device.ship(device.new(), 1)
    fleet.cluster.stop()
    for gate in (0, 1):
        ships(device, 1, gate)
    made = device.new(2)

    def full() -> bool:
        # a gate that asked for messages before the store went takes some, and that
        # makes room for what is shipped now
        fill(cluster)
        return put_off(fleet, device, made)

    until("it takes what it has no room for", full)
    assert SIZE_MIB * MIB // 2 < octets(cluster) <= SIZE_MIB * MIB * 3 // 4
    fleet.cluster.start()
    until("it is not stored", lambda: device.ship(made))
    whole(fleet, device)


def test_a_buffer_that_is_overfilled_loses_nothing(
    fleet: Gates, cluster: Cluster
) -> None:
    """Servers at their own limit lose what they said they had: it is sent again."""
    device = shipper(fleet)
    assert device.ship(device.new(), 1)
    fleet.cluster.stop()
    for gate in (0, 1):
        ships(device, 1, gate)

    def full() -> bool:
        overfill(cluster)
        return put_off(fleet, device, device.sent[-2:])

    until("it takes what it has no room for", full)
    fleet.cluster.start()

    def stored() -> bool:
        return device.ship(device.sent) and device.stored == set(device.sent)

    until("it is not stored", stored)
    whole(fleet, device)


def test_what_can_never_be_stored_is_set_aside(fleet: Gates, cluster: Cluster) -> None:
    """Whoever reaches the buffer puts nothing into the store, and holds nothing up."""
    device, known = shipper(fleet), shipper(fleet)
    fleet.cluster.stop()
    ships(device, 1)
    forged, shipment = Stranger(fleet.made.tenant), known.device.ship(known.new())
    manifest = replace(forged.manifest([forged.gap()]), device=known.device.device)
    put(
        cluster,
        [
            b"no shipment",
            shipment[:-1],
            forged.ship([forged.gap()], manifest),
            Stranger(fleet.made.tenant).ship([forged.gap()]),
        ],
    )
    ships(device, 1)
    fleet.cluster.start()
    until("it is held up", lambda: device.held() == device.sent, SOON)
    until("it still waits", lambda: counts(cluster) == (0, 3), SOON)
    assert known.held() == known.sent[:1]
