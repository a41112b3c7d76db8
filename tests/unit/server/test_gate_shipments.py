# SPDX-License-Identifier: Apache-2.0
"""What the gate makes of a shipment, without a socket.

Rules: a real installation, store and keys; the time is passed in.
Not here: enrolling and polling (`test_gate_protocol.py`), forgeries (`tests/fault`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from gate_world import STORED, World, now, refused, set_mark
from installation_fixture import Installation, install
from stranger_fixture import enrolled

from server.gate import protocol
from server.gate.process import read_post
from server.problems import Problem
from server.store.bounds import ANNOUNCED_DAY_BYTES, DEVICE_DAY_BYTES
from server.store.interface import DeviceState
from wire import envelope, messages, signed
from wire.messages import Fate, Result
from wire.purposes import Purpose


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


def test_a_receipt_follows_the_commit(world: World) -> None:
    """Each envelope is stored as sent, and the receipt names the manifest."""
    device = enrolled(world.made)
    sent = [device.seal(world.made.key(Purpose.SECURITY)), device.gap()]
    manifest = device.manifest(sent)
    receipt = world.ship(device.ship(sent, manifest))
    assert receipt.results == (STORED, STORED)
    assert receipt.manifest == signed.digest(messages.MANIFEST.encode(manifest))
    stored = list(world.made.store.envelopes(device.tenant, device=device.device))
    assert [item.octets for item in stored] == sent
    assert [item.digest for item in stored] == list(manifest.digests)
    assert stored[0].purpose == "security"


def test_what_is_sent_again_is_a_duplicate(world: World) -> None:
    """A retry under a new manifest stores nothing twice and brings the mark."""
    device = enrolled(world.made)
    sent = [device.gap()]
    world.ship(device.ship(sent))
    mark = set_mark(world, device)
    receipt = world.ship(device.ship(sent))
    assert receipt.results == (Result(Fate.DUPLICATE, ""),)
    assert receipt.mark == mark


def test_one_bad_envelope_spoils_no_other(world: World) -> None:
    """Each refusal stands at its place in the receipt, with its reason."""
    made = world.made
    device, other = enrolled(made), enrolled(made)
    good = device.gap()
    foreign = other.gap()
    version = replace(envelope.read(device.gap())[1], version=2)
    newer = envelope.ENVELOPE.encode(
        envelope.Envelope(envelope.HEADER.encode(version), b"", bytes(64))
    )
    large = b"\x00" * (envelope.ENVELOPE_LIMIT + 1)
    sent = [b"junk", good, foreign, newer, large, b"changed"]
    manifest = device.manifest(sent)
    digests = (*manifest.digests[:-1], hashlib.sha256(b"other").digest())
    receipt = world.ship(device.ship(sent, replace(manifest, digests=digests)))
    reasons = [result.reason for result in receipt.results]
    assert reasons == [
        "malformed",
        "",
        "wrong-identity",
        "unknown-version",
        "too-large",
        "bad-digest",
    ]


def test_another_incarnation_needs_its_own_manifest(world: World) -> None:
    """An envelope of another incarnation than the manifest's is refused."""
    device = enrolled(world.made)
    old = device.gap()
    device.incarnation = b"j" * 16
    assert world.ship(device.ship([old])).results[0].reason == "wrong-identity"


def test_a_fork_is_refused_and_quarantines(world: World) -> None:
    """A clone's envelope is refused as forked, and the device is heard no more."""
    device = enrolled(world.made)
    clone = replace(device)
    world.ship(device.ship([device.gap()]))
    clone.drift = -60  # its gap record differs, however long the first one took
    receipt = world.ship(clone.ship([clone.gap()]))
    assert receipt.results == (Result(Fate.REFUSED, "forked"),)
    assert refused(world.poll, device.poll()) is Problem.QUARANTINED
    assert refused(world.ship, device.ship([device.gap()])) is Problem.QUARANTINED


def test_a_farewell_is_taken_and_may_be_repeated(world: World) -> None:
    """After its farewell a device still gets the receipt whose answer was lost."""
    device = enrolled(world.made)
    sent = [device.gap(), device.farewell()]
    assert world.ship(device.ship(sent)).results == (STORED, STORED)
    again = Result(Fate.DUPLICATE, "")
    assert world.ship(device.ship(sent)).results == (again, again)


def test_after_a_farewell_its_keys_are_worth_nothing(world: World) -> None:
    """Who holds a copy of the keys can neither poll nor send more."""
    device = enrolled(world.made)
    world.ship(device.ship([device.farewell()]))
    assert refused(world.poll, device.poll()) is Problem.GONE
    more = world.ship(device.ship([device.gap()]))
    assert more.results == (Result(Fate.REFUSED, "gone"),)


def test_a_revoked_device_is_not_heard(world: World) -> None:
    """A revoked device can neither poll nor ship."""
    device = enrolled(world.made)
    world.made.store.set_state(device.tenant, device.device, DeviceState.REVOKED)
    assert refused(world.poll, device.poll()) is Problem.REVOKED
    assert refused(world.ship, device.ship([device.gap()])) is Problem.REVOKED


def test_a_device_whose_day_is_used_up_is_not_read(world: World) -> None:
    """Where not even an announcement fits the day, the manifest is refused."""
    device, other = enrolled(world.made), enrolled(world.made)
    world.ship(device.ship([device.gap()]))
    world.made.store._connections.writer.execute(
        "UPDATE usage SET octets = ? WHERE device = ?",
        (DEVICE_DAY_BYTES + ANNOUNCED_DAY_BYTES, device.device),
    )
    message = messages.SHIPMENT.decode(device.ship([device.gap()])).manifest
    judge = partial(protocol.judge, world.made.store)
    assert refused(lambda octets: judge(octets, now()), message) is Problem.OVER_QUOTA
    assert world.ship(other.ship([other.gap()])).results == (STORED,)


def test_counts_must_agree(world: World) -> None:
    """A manifest names exactly the envelopes that follow it."""
    device = enrolled(world.made)
    manifest = device.manifest([b"one", b"two"])
    assert refused(world.ship, device.ship([b"one"], manifest)) is Problem.MALFORMED
