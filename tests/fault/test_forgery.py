# SPDX-License-Identifier: Apache-2.0
"""One hundred thousand forgeries, none accepted.

Rules: true shipments are altered in every way that someone without the device's key
could alter them; the gate must take none, and the store must be as before.
Not here: bytes that no one signed (`test_gate_bytes.py`), HTTP (`tests/e2e`).
"""

import hashlib
import os
import random
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from installation_fixture import Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate import protocol
from server.gate.nonces import Nonces
from server.problems import Refusal
from wire import envelope, messages, signed
from wire.envelope import Envelope, Header
from wire.messages import Manifest
from wire.purposes import Purpose
from wire.signed import SIGNED, SignedKind

FORGERIES = max(100_000, int(os.environ.get("DISCREET_TRIES", "0")))
"""`make fault` makes it a million."""


@dataclass(frozen=True)
class Truth:
    """A true shipment that was never sent, and its parts."""

    octets: bytes
    message: bytes
    manifest: Manifest
    envelopes: tuple[bytes, ...]


@dataclass(frozen=True)
class Scene:
    """Who is there: the device, another device, a stranger, and the dice."""

    device: Stranger
    other: Stranger
    stranger: Stranger
    truths: tuple[Truth, ...]
    single: Truth
    dice: random.Random

    def truth(self) -> Truth:
        """Return one of the true shipments."""
        return self.dice.choice(self.truths)


Forge = Callable[[Scene], bytes]


def _three(device: Stranger, made: Installation) -> Truth:
    key = made.key(Purpose.SECURITY)
    return _truth(device, (device.seal(key), device.gap(), device.seal(key)))


def _truth(device: Stranger, sent: tuple[bytes, ...]) -> Truth:
    manifest = device.manifest(sent)
    octets = device.ship(sent, manifest)
    message = messages.SHIPMENT.decode(octets).manifest
    return Truth(octets, message, manifest, sent)


def _shipment(message: bytes, envelopes: tuple[bytes, ...]) -> bytes:
    return messages.SHIPMENT.encode(messages.Shipment(message, envelopes))


def flip(octets: bytes, dice: random.Random) -> bytes:
    """Flip one to three bits."""
    changed = bytearray(octets)
    for place in dice.sample(range(len(octets) * 8), dice.randint(1, 3)):
        changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def cut(octets: bytes, dice: random.Random) -> bytes:
    """Cut the end off, or a piece out of it, or add to it."""
    place = dice.randrange(len(octets))
    kind = dice.randrange(3)
    if kind == 0:
        return octets[:place]
    if kind == 1:
        return octets[:place] + octets[place + dice.randint(1, 40) :]
    return octets + dice.randbytes(dice.randint(1, 40))


def damaged(scene: Scene) -> bytes:
    """Damage the bytes of a shipment of one envelope anywhere."""
    return dice_of(scene)(scene.single.octets, scene.dice)


def dice_of(scene: Scene) -> Callable[[bytes, random.Random], bytes]:
    """Choose a way to damage bytes."""
    return scene.dice.choice((flip, cut))


def damaged_envelope(scene: Scene) -> bytes:
    """Damage every envelope under a true manifest."""
    truth = scene.truth()
    hurt = tuple(dice_of(scene)(item, scene.dice) or b"x" for item in truth.envelopes)
    return _shipment(truth.message, hurt)


def _changed_header(header: Header, scene: Scene) -> Header:
    dice = scene.dice
    changes: tuple[dict[str, object], ...] = (
        {"sequence": header.sequence + dice.randint(1, 9)},
        {"created": header.created + dice.randint(1, 9)},
        {"records": header.records + 1},
        {"policy": dice.randbytes(32)},
        {"incarnation": dice.randbytes(16)},
        {"device": scene.other.device},
        {"tenant": dice.randbytes(16)},
        {"retention": "forever"},
        {"purpose": Purpose.SUPPORT},
        {"bucket": header.bucket + 900},
    )
    build: Callable[..., Header] = replace
    return build(header, **dice.choice(changes))


def swapped_header(scene: Scene) -> bytes:
    """Change a field of each header under a true manifest."""
    truth = scene.truth()
    sent = []
    for item in truth.envelopes:
        sealed, header = envelope.read(item)
        changed = envelope.HEADER.encode(_changed_header(header, scene))
        sent.append(envelope.ENVELOPE.encode(replace(sealed, header=changed)))
    return _shipment(truth.message, tuple(sent))


def swapped_parts(scene: Scene) -> bytes:
    """Put header, ciphertext and signature of different envelopes together."""
    truth = scene.truth()
    one, two = (envelope.read(truth.envelopes[place])[0] for place in (0, 2))
    mixed = scene.dice.choice(
        (
            Envelope(one.header, two.ciphertext, one.signature),
            Envelope(two.header, one.ciphertext, two.signature),
            Envelope(one.header, one.ciphertext, two.signature),
        )
    )
    octets = envelope.ENVELOPE.encode(mixed)
    return _shipment(truth.message, (octets, octets, octets))


def shuffled(scene: Scene) -> bytes:
    """Move each envelope to another's place, or repeat one, or leave one out."""
    truth = scene.truth()
    one, two, three = truth.envelopes
    orders = ((two, three, one), (three, one, two), (one, two), (*truth.envelopes, one))
    return _shipment(truth.message, scene.dice.choice(orders))


def _changed_manifest(manifest: Manifest, scene: Scene) -> Manifest:
    dice = scene.dice
    changes: tuple[dict[str, object], ...] = (
        {"tenant": dice.randbytes(16)},
        {"device": scene.other.device},
        {"incarnation": dice.randbytes(16)},
        {"time": manifest.time + dice.randint(1, 60)},
        {"nonce": dice.randbytes(16)},
        {"digests": tuple(reversed(manifest.digests))},
        {"digests": tuple(dice.randbytes(32) for _ in manifest.digests)},
    )
    build: Callable[..., Manifest] = replace
    return build(manifest, **dice.choice(changes))


def swapped_manifest(scene: Scene) -> bytes:
    """Change a field of the manifest and keep its signature."""
    truth = scene.truth()
    payload = messages.MANIFEST.encode(_changed_manifest(truth.manifest, scene))
    message = replace(signed.read(truth.message, SignedKind.SHIPMENT), payload=payload)
    return _shipment(SIGNED.encode(message), truth.envelopes)


def by_another_key(scene: Scene) -> bytes:
    """Sign the device's manifest by another device's or by a stranger's key."""
    truth = scene.truth()
    signer = scene.dice.choice((scene.other, scene.stranger))
    manifest = replace(truth.manifest, nonce=secrets.token_bytes(16))
    payload = messages.MANIFEST.encode(manifest)
    message = signer.sign(SignedKind.SHIPMENT, payload)
    if scene.dice.random() < 0.5:  # and claim that the device signed
        read = signed.read(message, SignedKind.SHIPMENT)
        claimed = replace(read.signatures[0], signer=scene.device.device)
        message = SIGNED.encode(replace(read, signatures=(claimed,)))
    return _shipment(message, truth.envelopes)


def in_another_name(scene: Scene) -> bytes:
    """Ship the device's envelopes as another device's or a stranger's own."""
    truth = scene.truth()
    thief = scene.dice.choice((scene.other, scene.stranger))
    incarnation = scene.dice.choice((thief.incarnation, truth.manifest.incarnation))
    manifest = replace(
        truth.manifest,
        device=thief.device,
        incarnation=incarnation,
        nonce=secrets.token_bytes(16),
    )
    payload = messages.MANIFEST.encode(manifest)
    return _shipment(thief.sign(SignedKind.SHIPMENT, payload), truth.envelopes)


def of_another_kind(scene: Scene) -> bytes:
    """Use a signature that the device gave for something else."""
    truth = scene.truth()
    kind = scene.dice.choice((SignedKind.POLL, SignedKind.ENROL, SignedKind.MARK))
    message = scene.device.sign(kind, messages.MANIFEST.encode(truth.manifest))
    read = signed.read(message, kind)
    if scene.dice.random() < 0.5:
        message = SIGNED.encode(replace(read, kind=SignedKind.SHIPMENT))
    return _shipment(message, truth.envelopes)


def out_of_time(scene: Scene) -> bytes:
    """Send what the device signed long ago, or will have signed."""
    truth = scene.truth()
    drift = scene.dice.choice((-1, 1)) * scene.dice.randint(1_000, 10**9)
    manifest = replace(truth.manifest, time=max(0, truth.manifest.time + drift))
    payload = messages.MANIFEST.encode(manifest)
    message = scene.device.sign(SignedKind.SHIPMENT, payload)
    return _shipment(message, truth.envelopes)


FORGES: tuple[Forge, ...] = (
    damaged,
    damaged,
    damaged_envelope,
    swapped_header,
    swapped_parts,
    shuffled,
    swapped_manifest,
    by_another_key,
    in_another_name,
    of_another_kind,
    out_of_time,
)


class Door:
    """The gate's decision with a store, and a count of what came of it."""

    def __init__(self, made: Installation) -> None:
        self._store = made.store
        self.outcomes: Counter[str] = Counter()

    def knock(self, octets: bytes, now: int) -> int:
        """Return how many envelopes reach the store.

        The replay window is empty each time, so that every forgery is judged whole.
        """
        try:
            admitted = protocol.admit(self._store, Nonces(), octets, now)
        except Refusal as refusal:
            self.outcomes[refusal.problem.slug] += 1
            return 0
        self.outcomes.update(admitted.refused.values())
        if admitted.envelopes:
            self._store.put(admitted.envelopes, now)
        return len(admitted.envelopes)


def contents(path: Path) -> str:
    """Return a digest of every row of every table."""
    with sqlite3.connect(path) as database:
        lines = "\n".join(database.iterdump())
    return hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.timeout(36_000)
def test_no_forgery_is_accepted(tmp_path: Path) -> None:
    """Of 100,000 altered shipments none is stored and the store does not change."""
    made, now = install(tmp_path), int(time.time())
    device = enrolled(made)
    scene = Scene(
        device,
        enrolled(made),
        Stranger(made.tenant),
        tuple(_three(device, made) for _ in range(20)),
        _truth(device, (device.gap(),)),
        random.Random(7),  # noqa: S311 - the same forgeries each time
    )
    before, door = contents(made.layout.store), Door(made)
    accepted = Counter(
        forge.__name__
        for number in range(FORGERIES)
        for forge in [FORGES[number % len(FORGES)]]
        if door.knock(forge(scene), now)
    )
    assert accepted == Counter()
    assert contents(made.layout.store) == before
    assert set(door.outcomes) >= {
        "bad-digest",
        "bad-signature",
        "clock-skew",
        "malformed",
        "unknown-device",
        "unknown-version",
        "wrong-identity",
    }
    taken = sum(door.knock(truth.octets, now) for truth in scene.truths)
    assert taken == 3 * len(scene.truths), "the door is open for the truth"
    made.store.close()
