# SPDX-License-Identifier: Apache-2.0
"""What is sent again, in another's name or in another order, and what comes of it.

Rules: everything sent is truly signed by somebody; the gate's decision and a real
store, which takes what several brought in one commit, as the gate's committer does.
Not here: how many are sent (`__main__.py`), what nobody signed
(`tests/fault/test_forgery.py`).
"""

import hashlib
import random
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from installation_fixture import Installation, install
from stranger_fixture import Stranger, enrolled

from server.gate import protocol
from server.gate.nonces import Nonces
from server.problems import Refusal
from wire import envelope, messages
from wire.limits import CLOCK_SKEW_SECONDS
from wire.messages import Fate, Manifest
from wire.purposes import Purpose

if TYPE_CHECKING:
    from server.store.interface import StoredEnvelope


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
    now: int

    def knock(self, sent: Iterable[tuple[bytes, Nonces, int]]) -> Counter[str]:
        """Return what became of each envelope, or the refusal of a whole shipment."""
        told: Counter[str] = Counter()
        taken: list[StoredEnvelope] = []
        for octets, nonces, now in sent:
            try:
                admitted = protocol.admit(self.made.store, nonces, octets, now)
            except Refusal as refusal:
                told[refusal.problem.slug] += 1
                continue
            told.update(admitted.refused.values())
            taken += admitted.envelopes
        if taken:
            verdicts = self.made.store.put(taken, self.now)
            told.update(one.reason or one.fate.name for one in verdicts)
        return told

    def rows(self) -> str:
        """Return a digest of every row of every table."""
        with sqlite3.connect(self.made.layout.store) as database:
            lines = "\n".join(database.iterdump())
        return hashlib.sha256(lines.encode()).hexdigest()


Send = Callable[[Scene, random.Random], tuple[bytes, Nonces, int]]


def replayed(scene: Scene, dice: random.Random) -> tuple[bytes, Nonces, int]:
    """Send again what was sent, soon or late, to a gate that started again or not."""
    said = dice.choice(scene.said)
    fresh = dice.random() < 0.5
    within = dice.randint(0, CLOCK_SKEW_SECONDS - 60)
    late = dice.choice((within, within, dice.randint(2_000, 10**8)))
    return said.octets, Nonces() if fresh else scene.nonces, scene.now + late


def across_tenants(scene: Scene, dice: random.Random) -> tuple[bytes, Nonces, int]:
    """Send a tenant's envelopes, or in its name, by another tenant's device."""
    said, other = dice.choice(scene.said), scene.other
    manifest = dice.choice(
        (
            replace(said.manifest, tenant=other.tenant, device=other.device),
            replace(said.manifest, device=other.device),
            replace(said.manifest, tenant=other.tenant),
            replace(said.manifest),
        )
    )
    if dice.random() < 0.5:
        manifest = replace(manifest, incarnation=other.incarnation)
    sent = said.envelopes
    if dice.random() < 0.5:  # a header that names the other tenant, well signed
        sent = tuple(_resigned(item, scene, dice) for item in sent)
        digests = tuple(envelope.digest(item) for item in sent)
        manifest = replace(manifest, digests=digests)
    manifest = replace(manifest, nonce=secrets.token_bytes(16))
    return other.ship(sent, manifest), Nonces(), scene.now


def _resigned(octets: bytes, scene: Scene, dice: random.Random) -> bytes:
    read, header = envelope.read(octets)
    build: Callable[..., envelope.Header] = replace
    changes: dict[str, object] = dice.choice(
        ({"tenant": scene.other.tenant}, {"tenant": scene.other.tenant, "sequence": 9})
    )
    changed = envelope.HEADER.encode(build(header, **changes))
    signature = scene.other.key.sign(envelope.covered(changed, read.ciphertext))
    return envelope.ENVELOPE.encode(
        envelope.Envelope(changed, read.ciphertext, signature)
    )


def reordered(scene: Scene, dice: random.Random) -> tuple[bytes, Nonces, int]:
    """Send a true shipment's parts in another order, or with one of another's."""
    said, second = dice.sample(scene.said, 2)
    sent = list(said.envelopes)
    if dice.random() < 0.5:
        sent[dice.randrange(len(sent))] = dice.choice(second.envelopes)
    while tuple(sent) == said.envelopes:
        dice.shuffle(sent)
    message = messages.SHIPMENT.decode(said.octets).manifest
    octets = messages.SHIPMENT.encode(messages.Shipment(message, tuple(sent)))
    return octets, Nonces(), scene.now


def doubled(scene: Scene, dice: random.Random) -> tuple[bytes, Nonces, int]:
    """Name again, under a new manifest, what is stored: some of it, twice, mixed."""
    every = [item for said in scene.said for item in said.envelopes]
    sent = dice.choices(every, k=dice.randint(1, 8))
    return scene.device.ship(sent), Nonces(), int(time.time())  # signed just now


SENDS: dict[Send, frozenset[str]] = {
    replayed: frozenset({"replay", "clock-skew", "DUPLICATE"}),
    across_tenants: frozenset({"wrong-identity", "unknown-device", "malformed"}),
    reordered: frozenset({"bad-digest", "DUPLICATE"}),
    doubled: frozenset({"DUPLICATE"}),
}
"""What is sent, and all that may become of it."""
BY_NAME = {send.__name__: send for send in SENDS}


def begin(folder: Path) -> Scene:
    """Return a collector of two tenants that has stored what one device sent."""
    folder.mkdir(parents=True, exist_ok=True)
    made = install(folder)
    device = enrolled(made)
    other = enrolled(replace(made, tenant=secrets.token_bytes(16)))
    key, said, now = made.key(Purpose.SECURITY), [], int(time.time())
    for _ in range(20):
        sent = (device.seal(key), device.gap(), device.seal(key))
        manifest = device.manifest(sent)
        said.append(Said(device.ship(sent, manifest), manifest, sent))
    ready = Scene(made, device, other, said, Nonces(), now)
    for one in said:
        stored = ready.knock([(one.octets, ready.nonces, now)])
        assert stored == {Fate.STORED.name: 3}
    return ready


def tries(scene: Scene, name: str, numbers: Iterable[int]) -> Counter[str]:
    """Send what belongs to each number of a class; the same wherever a run begins."""
    send = BY_NAME[name]
    return scene.knock(
        send(scene, random.Random(f"{name} {number}"))  # noqa: S311 - the same each time
        for number in numbers
    )
