# SPDX-License-Identifier: Apache-2.0
"""Polls that wait at a real gate: over TLS, beside others, and at its end.

Rules: a real process and real sockets; that a poll waits is seen from an answer that
another one got after it.
Not here: what ends a wait (`tests/unit/server/test_gate_waiting.py`), ten thousand of
them (`bench/waits.py`).
"""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from installation_fixture import Installation, Reply, RunningGate, install, running_gate
from stranger_fixture import Stranger, enrolled

from server.gate.bounds import ADDRESS_CONNECTIONS
from wire import messages, signed
from wire.signed import SignedKind

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
LONG = 50
ROUNDS = 3
PART = ADDRESS_CONNECTIONS // ROUNDS + 2
"""All rounds are more than one address may have while nobody vouches for it; one has no
more than may wait for their handshakes (`ADDRESS_WAITING_PART`)."""


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


def wait(
    pool: ThreadPoolExecutor, gate: RunningGate, made: Installation, device: Stranger
) -> "Future[Reply]":
    """Let a device's poll wait."""
    octets = device.waits(made.bundle, LONG)
    return pool.submit(gate.ask, "POST", "/v1/poll", octets)


def has_spoken(made: Installation, device: Stranger) -> bool:
    """Tell whether the gate has written down that a device polled."""
    chains = made.store.holes(made.tenant, device.device)
    return any(chain.said_at for chain in chains)


def until_all_wait(made: Installation, devices: list[Stranger]) -> None:
    """Return when the gate has heard all of them."""
    end = time.monotonic() + 60
    while not all(has_spoken(made, device) for device in devices):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_office_waits_and_ships(made: Installation) -> None:
    """Behind one address all machines may wait, and another is served at once."""
    waiting: list[Future[Reply]] = []
    with running_gate(made) as gate, ThreadPoolExecutor(ROUNDS * PART) as pool:
        for _ in range(ROUNDS):
            devices = [enrolled(made) for _ in range(PART)]
            waiting += [wait(pool, gate, made, device) for device in devices]
            until_all_wait(made, devices)
        other = enrolled(made)
        began = time.monotonic()
        assert gate.ask("POST", "/v1/poll", other.poll(made.bundle)).status == 200
        assert time.monotonic() - began < LONG / 5
        assert not any(one.done() for one in waiting)
        gate.process.send_signal(signal.SIGTERM)
        assert {one.result().status for one in waiting} == {200}
        assert gate.process.wait(60) == 0


def test_the_end_of_a_gate_cuts_nobody_off(made: Installation) -> None:
    """Whoever waits is answered, signed, and the gate ends long before its grace."""
    device = enrolled(made)
    with running_gate(made) as gate, ThreadPoolExecutor(1) as pool:
        waiting = wait(pool, gate, made, device)
        until_all_wait(made, [device])
        gate.process.send_signal(signal.SIGTERM)
        reply = waiting.result()
        assert gate.process.wait(60) == 0
    public = made.roles.gate.public
    payload = signed.verified(reply.body, SignedKind.ANSWER, public)
    assert messages.ANSWER.decode(payload).orders == ()


def test_a_device_that_asks_again_frees_its_place(made: Installation) -> None:
    """The poll before is answered at once, and the later one waits in its stead."""
    device = enrolled(made)
    with running_gate(made) as gate, ThreadPoolExecutor(2) as pool:
        first = wait(pool, gate, made, device)
        until_all_wait(made, [device])
        second = wait(pool, gate, made, device)
        assert first.result().status == 200
        gate.process.send_signal(signal.SIGTERM)
        assert second.result().status == 200
        assert gate.process.wait(60) == 0
