# SPDX-License-Identifier: Apache-2.0
"""What was said once, or in another's name, or in another order, is not taken.

Rules: everything sent is truly signed by somebody; the gate's decision and a real
store; the store must be as before, row by row.
Not here: what nobody signed (`test_forgery.py`), HTTP (`tests/e2e`).
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

import pytest
from installation_fixture import Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate import protocol
from server.gate.nonces import Nonces
from server.problems import Refusal
from wire import envelope, messages
from wire.limits import CLOCK_SKEW_SECONDS
from wire.messages import Fate, Manifest
from wire.purposes import Purpose

TRIES = int(os.environ.get("DISCREET_TRIES", "50000"))
"""Of each class; `make fault` makes it a million."""
pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(36_000)]


@dataclass(frozen=True)
class Said:
    """A shipment that was stored, as it was sent."""

    octets: bytes
    manifest: Manifest
    envelopes: tuple[bytes, ...]


@dataclass
class Scene:
    """A device whose shipments are stored, and a device of another tenant."""

    made: Installation
    device: Stranger
    other: Stranger
    said: list[Said]
    nonces: Nonces
    dice: random.Random
    now: int

    def knock(self, octets: bytes, nonces: Nonces, now: int) -> list[str]:
        """Return what became of each envelope, or the refusal of them all."""
        try:
            admitted = protocol.admit(self.made.store, nonces, octets, now)
        except Refusal as refusal:
            return [refusal.problem.slug]
        verdicts = self.made.store.put(admitted.envelopes, now)
        told = [verdict.reason or verdict.fate.name for verdict in verdicts]
        return told + list(admitted.refused.values())

    def rows(self) -> str:
        """Return a digest of every row of every table."""
        with sqlite3.connect(self.made.layout.store) as database:
            lines = "\n".join(database.iterdump())
        return hashlib.sha256(lines.encode()).hexdigest()


Send = Callable[[Scene], tuple[bytes, Nonces, int]]


def replayed(scene: Scene) -> tuple[bytes, Nonces, int]:
    """Send again what was sent, soon or late, to a gate that started again or not."""
    said, dice = scene.dice.choice(scene.said), scene.dice
    fresh = dice.random() < 0.5
    within = dice.randint(0, CLOCK_SKEW_SECONDS - 60)
    late = dice.choice((within, within, dice.randint(2_000, 10**8)))
    return said.octets, Nonces() if fresh else scene.nonces, scene.now + late


def across_tenants(scene: Scene) -> tuple[bytes, Nonces, int]:
    """Send a tenant's envelopes, or in its name, by another tenant's device."""
    said, other = scene.dice.choice(scene.said), scene.other
    manifest = scene.dice.choice(
        (
            replace(said.manifest, tenant=other.tenant, device=other.device),
            replace(said.manifest, device=other.device),
            replace(said.manifest, tenant=other.tenant),
            replace(said.manifest),
        )
    )
    if scene.dice.random() < 0.5:
        manifest = replace(manifest, incarnation=other.incarnation)
    sent = said.envelopes
    if scene.dice.random() < 0.5:  # a header that names the other tenant, well signed
        sent = tuple(_resigned(item, scene) for item in sent)
        digests = tuple(envelope.digest(item) for item in sent)
        manifest = replace(manifest, digests=digests)
    manifest = replace(manifest, nonce=secrets.token_bytes(16))
    return other.ship(sent, manifest), Nonces(), scene.now


def _resigned(octets: bytes, scene: Scene) -> bytes:
    read, header = envelope.read(octets)
    build: Callable[..., envelope.Header] = replace
    changes: dict[str, object] = scene.dice.choice(
        ({"tenant": scene.other.tenant}, {"tenant": scene.other.tenant, "sequence": 9})
    )
    changed = envelope.HEADER.encode(build(header, **changes))
    signature = scene.other.key.sign(envelope.covered(changed, read.ciphertext))
    return envelope.ENVELOPE.encode(
        envelope.Envelope(changed, read.ciphertext, signature)
    )


def reordered(scene: Scene) -> tuple[bytes, Nonces, int]:
    """Send a true shipment's parts in another order, or with one of another's."""
    dice = scene.dice
    said, second = dice.sample(scene.said, 2)
    sent = list(said.envelopes)
    if dice.random() < 0.5:
        sent[dice.randrange(len(sent))] = dice.choice(second.envelopes)
    while tuple(sent) == said.envelopes:
        dice.shuffle(sent)
    message = messages.SHIPMENT.decode(said.octets).manifest
    octets = messages.SHIPMENT.encode(messages.Shipment(message, tuple(sent)))
    return octets, Nonces(), scene.now


def doubled(scene: Scene) -> tuple[bytes, Nonces, int]:
    """Name again, under a new manifest, what is stored: some of it, twice, mixed."""
    every = [item for said in scene.said for item in said.envelopes]
    sent = scene.dice.choices(every, k=scene.dice.randint(1, 8))
    return scene.device.ship(sent), Nonces(), int(time.time())  # signed just now


SENDS: dict[Send, frozenset[str]] = {
    replayed: frozenset({"replay", "clock-skew", "DUPLICATE"}),
    across_tenants: frozenset({"wrong-identity", "unknown-device", "malformed"}),
    reordered: frozenset({"bad-digest", "DUPLICATE"}),
    doubled: frozenset({"DUPLICATE"}),
}
"""What is sent, and all that may become of it."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a collector of two tenants that has stored what one device sent."""
    made = install(tmp_path_factory.mktemp("collector"))
    device = enrolled(made)
    other = enrolled(replace(made, tenant=secrets.token_bytes(16)))
    key, said, now = made.key(Purpose.SECURITY), [], int(time.time())
    for _ in range(20):
        sent = (device.seal(key), device.gap(), device.seal(key))
        manifest = device.manifest(sent)
        said.append(Said(device.ship(sent, manifest), manifest, sent))
    dice = random.Random(11)  # noqa: S311 - the same tries each time
    ready = Scene(made, device, other, said, Nonces(), dice, now)
    for one in said:
        assert ready.knock(one.octets, ready.nonces, now) == [Fate.STORED.name] * 3
    return ready


@pytest.mark.parametrize("send", SENDS, ids=lambda send: send.__name__)
def test_none_is_taken(scene: Scene, send: Send) -> None:
    """Nothing of this class is stored, and the store does not change."""
    before, outcomes = scene.rows(), Counter[str]()
    for _ in range(TRIES):
        outcomes.update(scene.knock(*send(scene)))
    assert set(outcomes) == SENDS[send]
    assert scene.rows() == before


def test_the_door_is_open(scene: Scene) -> None:
    """The next shipment of the device is stored: none of the tries did it harm."""
    sent = (scene.device.seal(scene.made.key(Purpose.SECURITY)), scene.device.gap())
    octets = scene.device.ship(sent)
    now = int(time.time())
    assert scene.knock(octets, Nonces(), now) == [Fate.STORED.name] * 2
