# SPDX-License-Identifier: Apache-2.0
"""What the gate takes from voids and from the numbers of a poll, without a socket.

Rules: a real installation, store and keys.
Not here: other shipments (`test_gate_shipments.py`).
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from gate_world import STORED, World
from installation_fixture import Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate.process import read_post
from server.store.interface import DeviceState, Quotas
from server.store.sqlite import open_store
from wire import envelope, messages
from wire.envelope import NO_KEY, EnvelopeKind, Gap, Header
from wire.messages import Fate, Result
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState
from wire.signed import SignedKind

DUPLICATE = Result(Fate.DUPLICATE, "")
GAP = Gap(7, 0, 10, "damaged")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


@pytest.fixture
def world(made: Installation) -> World:
    """Return an installation with a fresh replay window."""
    return World(made, read_post(made.layout.gate))


def void_of(device: Stranger, octets: bytes, instead: bytes | None = None) -> bytes:
    """Return the signed void that stands for an envelope."""
    _, header = envelope.read(octets)
    void: Header = replace(
        header,
        kind=EnvelopeKind.VOID,
        suite=0,
        key_id=NO_KEY,
        records=0,
        gap=GAP,
        instead=envelope.digest(octets) if instead is None else instead,
    )
    return envelope.announce(void, device.key)


def test_a_void_takes_the_place_of_what_will_not_come(world: World) -> None:
    """Its successor, sealed before it, fits; the envelope itself is a duplicate."""
    device = enrolled(world.made)
    key = world.made.key(Purpose.SECURITY)
    first, lost, last = device.seal(key), device.seal(key), device.seal(key)
    void = void_of(device, lost)
    assert world.ship(device.ship([first, void, last])).results == (STORED,) * 3
    assert world.ship(device.ship([lost])).results == (DUPLICATE,)
    (chain,) = world.made.store.holes(device.tenant, device.device)
    assert (chain.end, chain.holes) == (3, ())
    _, stored, _ = world.made.store.envelopes(device.tenant, device=device.device)
    assert (stored.octets, stored.gap) == (void, GAP)


def test_a_void_takes_nothing_away(world: World) -> None:
    """An envelope that is stored stays, and its void is a duplicate."""
    device = enrolled(world.made)
    sent = device.seal(world.made.key(Purpose.SECURITY))
    world.ship(device.ship([sent]))
    assert world.ship(device.ship([void_of(device, sent)])).results == (DUPLICATE,)
    (stored,) = world.made.store.envelopes(device.tenant, device=device.device)
    assert stored.octets == sent


def test_a_void_of_something_else_is_a_fork(world: World) -> None:
    """A device whose void names what the store does not have there is quarantined."""
    device = enrolled(world.made)
    sent = device.seal(world.made.key(Purpose.SECURITY))
    world.ship(device.ship([sent]))
    other = void_of(device, sent, b"9" * 32)
    assert world.ship(device.ship([other])).results == (Result(Fate.REFUSED, "forked"),)
    found = world.made.store.device(device.tenant, device.device)
    assert found is not None
    assert found.state is DeviceState.QUARANTINED


def test_a_poll_is_kept(world: World) -> None:
    """What a device tells of its chain and queue is there for who asks."""
    device = enrolled(world.made)
    queue = QueueState(3, 999, 60, 5, 1, ("spool-full",))
    asked = replace(device.asks(b"bundle"), accepted=40, queue=queue, sequence=4)
    world.poll(device.sign(SignedKind.POLL, messages.POLL.encode(asked)))
    (chain,) = world.made.store.holes(device.tenant, device.device)
    assert (chain.said, chain.said_accepted) == (4, 40)
    found = world.made.store.device(device.tenant, device.device)
    assert found is not None
    assert found.queue is not None
    assert QUEUE_STATE.decode(found.queue) == queue


def test_zeros_for_want_of_a_bundle_are_no_count(world: World) -> None:
    """A device that holds no bundle tells no numbers, so its last count stays."""
    device = enrolled(world.made)
    told = replace(device.asks(b"bundle"), accepted=40, sequence=4)
    silent = replace(device.asks(), sequence=4)
    for asked in (told, silent):
        world.poll(device.sign(SignedKind.POLL, messages.POLL.encode(asked)))
    (chain,) = world.made.store.holes(device.tenant, device.device)
    assert (chain.said, chain.said_accepted) == (4, 40)


def test_a_receipt_asks_to_send_again_what_is_over_the_quota(world: World) -> None:
    """It is told apart from a refusal, and taken when the day has room for it."""
    device = enrolled(world.made)
    key = world.made.key(Purpose.SECURITY)
    sent = [device.seal(key), device.seal(key)]
    small = open_store(world.made.layout.store, Quotas(len(sent[0])))
    later = World(replace(world.made, store=small), world.post)
    results = later.ship(device.ship(sent)).results
    assert results == (STORED, Result(Fate.RETRY, "over-quota"))
    small.close()
    assert world.ship(device.ship(sent)).results == (DUPLICATE, STORED)
