# SPDX-License-Identifier: Apache-2.0
"""What the gate decides, without a socket.

Rules: a real installation, store and keys; the time is passed in.
Not here: HTTP and TLS (`tests/e2e/test_gate.py`), forgeries (`tests/fault`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gate_world import World, now, refused, set_mark
from installation_fixture import YEAR, Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate.process import read_post
from server.problems import Problem
from server.store.interface import DeviceState, HeldResync
from wire import messages, signed
from wire.limits import CLOCK_SKEW_SECONDS, RESYNCS
from wire.signed import SignedKind
from wire.trust import check_bundle, first_root, root_digest


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


def test_a_stranger_learns_time_certificate_and_roots(world: World) -> None:
    """An introduction repeats the nonce and leads to the pinned root."""
    told = world.introduce(b"n" * 16)
    assert told.nonce == b"n" * 16
    assert told.certificate == world.made.authority.certificate
    assert first_root(told.roots[0], root_digest(world.made.root)) == world.made.root
    assert abs(told.server_time - now()) <= 2


@pytest.mark.parametrize("octets", [b"", b"n" * 15, b"n" * 17])
def test_an_introduction_takes_a_nonce_only(world: World, octets: bytes) -> None:
    """What is not a nonce of 16 bytes is malformed."""
    assert refused(world.introduce, octets) is Problem.MALFORMED


def test_a_token_makes_a_device(world: World) -> None:
    """An enrolment is answered with the device's name and a bundle that checks."""
    stranger = Stranger(world.made.tenant)
    told = world.enrol(stranger.enrol(world.made.token("https://c").secret))
    assert (told.tenant, told.device) == (stranger.tenant, stranger.device)
    trusted = check_bundle(told.bundle, world.made.root, None, now())
    assert trusted.root == world.made.root
    found = world.made.store.device(stranger.tenant, stranger.device)
    assert found is not None
    assert (found.public, found.sealing) == (
        stranger.key.public,
        stranger.opening.public,
    )


def test_a_lost_answer_can_be_asked_for_again(world: World) -> None:
    """The same key may ask again with its token; another key may not."""
    secret = world.made.token("https://c").secret
    stranger = Stranger(world.made.tenant)
    first, second = world.enrol(stranger.enrol(secret)), stranger.enrol(secret)
    assert world.enrol(second).device == first.device
    other = Stranger(world.made.tenant)
    assert refused(world.enrol, other.enrol(secret)) is Problem.TOKEN_USED


def test_wrong_tokens_are_told_apart(world: World) -> None:
    """An unknown, an expired and another tenant's token are refused."""
    made = world.made
    stranger = Stranger(made.tenant)
    assert refused(world.enrol, stranger.enrol(b"u" * 16)) is Problem.TOKEN_UNKNOWN
    late = made.token("https://c", lifetime=-1)
    assert refused(world.enrol, stranger.enrol(late.secret)) is Problem.TOKEN_EXPIRED
    elsewhere = Stranger(b"x" * 16)
    good = made.token("https://c")
    assert refused(world.enrol, elsewhere.enrol(good.secret)) is Problem.TOKEN_UNKNOWN


def test_a_revoked_device_cannot_enrol_again(world: World) -> None:
    """A token does not lift a revocation of the same key."""
    device = enrolled(world.made)
    world.made.store.set_state(device.tenant, device.device, DeviceState.REVOKED)
    secret = world.made.token("https://c").secret
    assert refused(world.enrol, device.enrol(secret)) is Problem.REVOKED


def test_a_device_that_left_cannot_enrol_again_by_its_old_key(world: World) -> None:
    """A token does not bring a device back that said farewell."""
    device = enrolled(world.made)
    world.made.store.set_state(device.tenant, device.device, DeviceState.GONE)
    secret = world.made.token("https://c").secret
    assert refused(world.enrol, device.enrol(secret)) is Problem.GONE


def test_an_enrolment_is_signed_by_its_own_key(world: World) -> None:
    """Nobody enrols a key that he does not hold."""
    stranger, other = Stranger(world.made.tenant), Stranger(world.made.tenant)
    octets = stranger.enrol(world.made.token("https://c").secret)
    payload = signed.read(octets, SignedKind.ENROL).payload
    stolen = other.sign(SignedKind.ENROL, payload)
    assert refused(world.enrol, stolen) is Problem.BAD_SIGNATURE


def test_a_poll_brings_what_is_new_only(world: World) -> None:
    """A bundle comes until its digest is named; a mark comes while it is further."""
    device, store = enrolled(world.made), world.made.store
    assert world.poll(device.poll()).bundle == world.made.bundle
    answer = world.poll(device.poll(world.made.bundle))
    assert (answer.bundle, answer.pseudonyms, answer.mark) == (None, None, None)
    store.set_pseudonyms(device.tenant, device.device, b"pseudonyms")
    world.ship(device.ship([device.gap()]))
    mark = set_mark(world, device)
    answer = world.poll(device.poll())
    assert (answer.pseudonyms, answer.mark) == (b"pseudonyms", mark)
    assert world.poll(device.poll(marked=1)).mark is None


def test_a_poll_brings_the_ledgers_anchor(world: World) -> None:
    """The gate hands on what the keeper left, unread; without one it has none."""
    device, store = enrolled(world.made), world.made.store
    assert world.poll(device.poll()).anchor is None
    store.set_anchor(device.tenant, b"anchored")
    assert world.poll(device.poll()).anchor == b"anchored"


def test_a_poll_brings_resyncs_that_were_not_taken(world: World) -> None:
    """The gate hands on bytes, oldest first: of this spool, newer than those taken."""
    device, store = enrolled(world.made), world.made.store
    for number, (purpose, dataset, incarnation) in enumerate(
        (
            ("support", "software", device.incarnation),
            ("security", "software", device.incarnation),
            ("security", "sessions", bytes(16)),
            ("support", "sessions", device.incarnation),
        )
    ):
        store.hold_resync(
            HeldResync(
                *(device.tenant, device.device, purpose, dataset, incarnation),
                100 - number,
                f"sealed {number}".encode(),
            )
        )
    assert world.poll(device.poll()).resyncs == (b"sealed 3", b"sealed 1", b"sealed 0")
    assert world.poll(device.poll(resync=97)).resyncs == (b"sealed 1", b"sealed 0")
    assert world.poll(device.poll(resync=100)).resyncs == ()
    assert world.poll(enrolled(world.made).poll()).resyncs == ()


def test_many_resyncs_come_in_several_polls(world: World) -> None:
    """An answer has a bound; what is beyond it comes once the first were taken."""
    device, store = enrolled(world.made), world.made.store
    for number in range(1, RESYNCS + 4):
        place = device.tenant, device.device, "support", f"d{number}"
        held = HeldResync(*place, device.incarnation, number, bytes([number]))
        store.hold_resync(held)
    first = world.poll(device.poll()).resyncs
    assert first == tuple(bytes([number]) for number in range(1, RESYNCS + 1))
    assert len(world.poll(device.poll(resync=RESYNCS)).resyncs) == 3


def test_a_poll_is_written_down(world: World) -> None:
    """A heard device has its time and versions in the store."""
    device = enrolled(world.made)
    asked = replace(device.asks(), agent="9.9", system="Other")
    world.poll(device.sign(SignedKind.POLL, messages.POLL.encode(asked)))
    found = world.made.store.device(device.tenant, device.device)
    assert found is not None
    assert (found.agent, found.system) == ("9.9", "Other")


def test_a_stranger_is_not_heard(world: World) -> None:
    """A key that did not enrol, or of another tenant, is unknown."""
    stranger = Stranger(world.made.tenant)
    assert refused(world.poll, stranger.poll()) is Problem.UNKNOWN_DEVICE
    device = enrolled(world.made)
    device.tenant = b"x" * 16
    assert refused(world.ship, device.ship([device.gap()])) is Problem.UNKNOWN_DEVICE


def test_no_device_speaks_for_another(world: World) -> None:
    """A message that names another device than its signer is refused."""
    device, other = enrolled(world.made), enrolled(world.made)
    poll = messages.POLL.encode(other.asks())
    assert refused(world.poll, device.sign(SignedKind.POLL, poll)) is (
        Problem.WRONG_IDENTITY
    )
    manifest = other.manifest([other.gap()])
    shipment = device.ship([b"x"], manifest)
    assert refused(world.ship, shipment) is Problem.WRONG_IDENTITY


@pytest.mark.parametrize("drift", [YEAR, -YEAR, 2 * CLOCK_SKEW_SECONDS])
def test_a_wrong_clock_is_told(world: World, drift: int) -> None:
    """A device whose clock is wrong is told so and nothing of it is kept."""
    device = enrolled(world.made)
    device.drift = drift
    assert refused(world.poll, device.poll()) is Problem.CLOCK_SKEW
    assert refused(world.ship, device.ship([device.gap()])) is Problem.CLOCK_SKEW
    stranger = Stranger(world.made.tenant, drift=drift)
    secret = world.made.token("https://c").secret
    assert refused(world.enrol, stranger.enrol(secret)) is Problem.CLOCK_SKEW


def test_nothing_is_heard_twice(world: World) -> None:
    """The same enrolment, poll or shipment a second time is a replay."""
    device = enrolled(world.made)
    poll, shipment = device.poll(), device.ship([device.gap()])
    enrolment = Stranger(device.tenant).enrol(world.made.token("https://c").secret)
    world.poll(poll)
    world.ship(shipment)
    world.enrol(enrolment)
    assert refused(world.poll, poll) is Problem.REPLAY
    assert refused(world.ship, shipment) is Problem.REPLAY
    assert refused(world.enrol, enrolment) is Problem.REPLAY


def test_a_message_of_one_kind_is_not_another(world: World) -> None:
    """A poll is no shipment's manifest, though the same key signed it."""
    device = enrolled(world.made)
    shipment = messages.Shipment(device.poll(), (b"x",))
    octets = messages.SHIPMENT.encode(shipment)
    assert refused(world.ship, octets) is Problem.BAD_SIGNATURE


def test_a_tenant_without_a_bundle_takes_nobody(world: World, tmp_path: Path) -> None:
    """Before the first bundle is published no token works."""
    made = install(tmp_path)
    made.store.publish(b"o" * 16, b"another tenant's")
    stranger = Stranger(b"x" * 16)
    empty = World(made, world.post)
    assert refused(empty.enrol, stranger.enrol(b"s" * 16)) is Problem.TOKEN_UNKNOWN
    made.store.close()
