# SPDX-License-Identifier: Apache-2.0
"""A buffer before the store: three real NATS servers, a real database, real gates.

Rules: servers, database and gates are killed; what is expected is said of what the
store has in the end.
Not here: what an agent does with what is queued (`test_queued.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import nats_fixture
import postgres_fixture
import psycopg
import pytest
from gates_room import DATABASE, Gates, gates, until
from intake_room import Shipper, shipper, write
from nats_fixture import Cluster

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.nats,
    pytest.mark.skipif(postgres_fixture.MISSING, reason="install postgresql"),
    pytest.mark.skipif(nats_fixture.MISSING, reason="install nats-server"),
]


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
        until("something is missing", lambda one=one: one.held() == one.sent)
        assert one.stored <= set(one.held())
    with psycopg.connect(fleet.cluster.address(DATABASE)) as connection:
        count = connection.execute("SELECT count(*) FROM discreet.places").fetchone()
    assert count == (sum(len(one.sent) for one in every),)


def ships(one: Shipper, count: int, gate: int = 0) -> None:
    """Ship new envelopes until a gate has a receipt for them."""
    made = one.new(count)
    until("there is no receipt", lambda: one.ship(made, gate))


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
