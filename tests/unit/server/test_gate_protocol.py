# SPDX-License-Identifier: Apache-2.0
"""What the gate decides, without a socket.

Rules: a real installation, store and keys; the time is passed in.
Not here: HTTP and TLS (`tests/e2e/test_gate.py`), forgeries (`tests/fault`).
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from installation_fixture import YEAR, Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate import protocol
from server.gate.nonces import Nonces
from server.gate.process import read_post
from server.gate.protocol import Post
from server.problems import Problem, Refusal
from server.store.interface import ChainEnd, DeviceState, HeldResync
from wire import envelope, messages, signed
from wire.limits import CLOCK_SKEW_SECONDS, RESYNCS
from wire.messages import Fate, Mark, Receipt, Result
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.trust import check_bundle, first_root, root_digest

STORED = Result(Fate.STORED, "")


@dataclass
class World:
    """An installation and its gate's memory."""

    made: Installation
    post: Post
    nonces: Nonces = field(default_factory=Nonces)

    def introduce(self, octets: bytes) -> messages.Introduction:
        """Introduce, and check who answered."""
        answer = protocol.introduce(self.post, octets, now())
        return messages.INTRODUCTION.decode(
            self.opened(answer, SignedKind.INTRODUCTION)
        )

    def enrol(self, octets: bytes) -> messages.Enrolled:
        """Enrol, and check who answered."""
        answer = protocol.enrol(self.post, self.made.store, self.nonces, octets, now())
        return messages.ENROLLED.decode(self.opened(answer, SignedKind.ENROLLED))

    def poll(self, octets: bytes) -> messages.Answer:
        """Poll, and check who answered."""
        answer = protocol.poll(self.post, self.made.store, self.nonces, octets, now())
        return messages.ANSWER.decode(self.opened(answer, SignedKind.ANSWER))

    def ship(self, octets: bytes) -> Receipt:
        """Ship, and check who answered."""
        store = self.made.store
        admitted = protocol.admit(store, self.nonces, octets, now())
        verdicts = store.put(admitted.envelopes, now())
        answer = protocol.receipt(self.post, store, admitted, verdicts, now())
        return messages.RECEIPT.decode(self.opened(answer, SignedKind.RECEIPT))

    def opened(self, answer: bytes, kind: SignedKind) -> bytes:
        """Return the payload that the gate role signed."""
        return signed.verified(answer, kind, self.made.roles.gate.public)

    def held(self) -> int:
        """Return how many envelopes are stored."""
        return len(list(self.made.store.envelopes(self.made.tenant)))


def now() -> int:
    """Return the test's time."""
    return int(time.time())


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


def refused(ask: Callable[[bytes], object], octets: bytes) -> Problem:
    """Return why something is refused."""
    with pytest.raises(Refusal) as caught:
        ask(octets)
    return caught.value.problem


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
    mark = _mark(world, device)
    answer = world.poll(device.poll())
    assert (answer.pseudonyms, answer.mark) == (b"pseudonyms", mark)
    assert world.poll(device.poll(marked=1)).mark is None


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


def _mark(world: World, device: Stranger) -> bytes:
    """Mark all of a device's chain, as the store side does."""
    end = ChainEnd(
        device.tenant,
        device.device,
        device.incarnation,
        device.sequence,
        device.previous,
    )
    mark = Mark(
        end.tenant, end.device, end.incarnation, end.sequence, end.digest, now()
    )
    message = signed.sign(
        SignedKind.MARK, messages.MARK.encode(mark), [world.made.roles.store]
    )
    world.made.store.set_mark(end, message)
    return message


def test_a_poll_is_written_down(world: World) -> None:
    """A heard device has its time and versions in the store."""
    device = enrolled(world.made)
    asked = replace(device.asks(), agent="9.9", system="Other")
    world.poll(device.sign(SignedKind.POLL, messages.POLL.encode(asked)))
    found = world.made.store.device(device.tenant, device.device)
    assert found is not None
    assert (found.agent, found.system) == ("9.9", "Other")


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
    mark = _mark(world, device)
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
    clone.drift = -1  # so that its gap record differs
    receipt = world.ship(clone.ship([clone.gap()]))
    assert receipt.results == (Result(Fate.REFUSED, "forked"),)
    assert refused(world.poll, device.poll()) is Problem.QUARANTINED
    assert refused(world.ship, device.ship([device.gap()])) is Problem.QUARANTINED


def test_a_farewell_is_taken_and_may_be_repeated(world: World) -> None:
    """After its farewell a device still gets its receipt and its mark."""
    device = enrolled(world.made)
    sent = [device.farewell()]
    assert world.ship(device.ship(sent)).results == (STORED,)
    assert world.ship(device.ship(sent)).results == (Result(Fate.DUPLICATE, ""),)
    assert world.poll(device.poll()).nonce


def test_a_revoked_device_is_not_heard(world: World) -> None:
    """A revoked device can neither poll nor ship."""
    device = enrolled(world.made)
    world.made.store.set_state(device.tenant, device.device, DeviceState.REVOKED)
    assert refused(world.poll, device.poll()) is Problem.REVOKED
    assert refused(world.ship, device.ship([device.gap()])) is Problem.REVOKED


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


def test_counts_must_agree(world: World) -> None:
    """A manifest names exactly the envelopes that follow it."""
    device = enrolled(world.made)
    manifest = device.manifest([b"one", b"two"])
    assert refused(world.ship, device.ship([b"one"], manifest)) is Problem.MALFORMED


def test_a_tenant_without_a_bundle_takes_nobody(world: World, tmp_path: Path) -> None:
    """Before the first bundle is published no token works."""
    made = install(tmp_path)
    made.store.publish(b"o" * 16, b"another tenant's")
    stranger = Stranger(b"x" * 16)
    empty = World(made, world.post)
    assert refused(empty.enrol, stranger.enrol(b"s" * 16)) is Problem.TOKEN_UNKNOWN
    made.store.close()
