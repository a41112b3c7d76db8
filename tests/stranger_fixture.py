# SPDX-License-Identifier: Apache-2.0
"""Devices that talk to a gate without an agent, so that they can also misbehave.

Rules: keys and messages are real; only a clock can be set. A sealed envelope here
carries no rows, which the gate cannot tell.
Not here: devices with an agent (`device_fixture.py`).
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from installation_fixture import CBOR, Installation, Reply, RunningGate

from server.store.interface import Device, DeviceState
from server.store.tokens import TokenFate
from wire import envelope, messages, signed
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_NONE, SUITE_XWING
from wire.crypto.signing import SigningKey, identity
from wire.doing import Doing
from wire.envelope import NO_KEY, NO_PREVIOUS, EnvelopeKind, Gap, Header
from wire.keys import PurposeKey
from wire.messages import Receipt
from wire.purposes import Purpose
from wire.queue_state import QUIET
from wire.signed import SignedKind
from wire.token import secret_digest


@dataclass
class Stranger:
    """A machine with keys of its own; a device once it has enrolled."""

    tenant: bytes
    key: SigningKey = field(default_factory=SigningKey.generate)
    opening: OpeningKey = field(default_factory=OpeningKey.generate)
    incarnation: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    drift: int = 0
    """Seconds that its clock is ahead."""
    sequence: int = 0
    previous: bytes = NO_PREVIOUS

    @property
    def device(self) -> bytes:
        """Return its identity."""
        return identity(self.key.public)

    def now(self) -> int:
        """Return what its clock says."""
        return int(time.time()) + self.drift

    def sign(self, kind: SignedKind, payload: bytes) -> bytes:
        """Sign a message with its own key."""
        return signed.sign(kind, payload, [self.key])

    def enrol(self, secret: bytes) -> bytes:
        """Return the signed enrolment by a token's secret."""
        asked = messages.Enrol(
            self.tenant,
            secret,
            self.key.public,
            self.opening.public,
            "0.1.0",
            "Linux",
            self.now(),
            secrets.token_bytes(16),
        )
        return self.sign(SignedKind.ENROL, messages.ENROL.encode(asked))

    def asks(
        self, bundle: bytes = b"", marked: int = 0, resync: int = 0
    ) -> messages.Poll:
        """Return a poll, naming what it holds."""
        return messages.Poll(
            self.tenant,
            self.device,
            self.now(),
            secrets.token_bytes(16),
            "0.1.0",
            "Linux",
            hashlib.sha256(bundle).digest() if bundle else bytes(32),
            bytes(32),
            self.incarnation,
            self.sequence,
            marked,
            resync,
            0,
            QUIET,
        )

    def poll(self, bundle: bytes = b"", marked: int = 0, resync: int = 0) -> bytes:
        """Return a signed poll."""
        payload = messages.POLL.encode(self.asks(bundle, marked, resync))
        return self.sign(SignedKind.POLL, payload)

    def waits(self, bundle: bytes, seconds: int, *doing: Doing) -> bytes:
        """Return a signed poll whose answer may be kept back."""
        asked = replace(self.asks(bundle), doing=doing, wait=seconds)
        return self.sign(SignedKind.POLL, messages.POLL.encode(asked))

    def header(self, key: PurposeKey | None = None) -> Header:
        """Return the header of the next envelope; without a key, of a gap record."""
        now = self.now()
        return Header(
            envelope.VERSION,
            EnvelopeKind.GAP if key is None else EnvelopeKind.DATA,
            SUITE_NONE if key is None else SUITE_XWING,
            self.tenant,
            self.device,
            Purpose.SECURITY if key is None else key.purpose,
            "standard" if key is None else key.retention,
            NO_KEY if key is None else key.id,
            bytes(32),
            self.incarnation,
            self.sequence + 1,
            self.previous,
            now,
            0,
            now - now % envelope.BUCKET_SECONDS,
            Gap(None, now - 60, now, "spool-corrupt") if key is None else None,
        )

    def seal(self, key: PurposeKey) -> bytes:
        """Seal the next envelope to a purpose key and move the chain on."""
        sealed = envelope.seal(self.header(key), [], [], key.public, self.key)
        return self._moved(sealed)

    def gap(self) -> bytes:
        """Announce a gap and move the chain on."""
        return self._moved(envelope.announce(self.header(), self.key))

    def farewell(self) -> bytes:
        """Say farewell and move the chain on."""
        header = replace(self.header(), kind=EnvelopeKind.FAREWELL, gap=None)
        return self._moved(envelope.announce(header, self.key))

    def manifest(self, envelopes: Sequence[bytes]) -> messages.Manifest:
        """Return the manifest of a shipment."""
        return messages.Manifest(
            self.tenant,
            self.device,
            self.incarnation,
            self.now(),
            secrets.token_bytes(16),
            tuple(hashlib.sha256(item).digest() for item in envelopes),
        )

    def ship(
        self, envelopes: Sequence[bytes], manifest: messages.Manifest | None = None
    ) -> bytes:
        """Return a shipment of envelopes."""
        named = self.manifest(envelopes) if manifest is None else manifest
        message = self.sign(SignedKind.SHIPMENT, messages.MANIFEST.encode(named))
        return messages.SHIPMENT.encode(messages.Shipment(message, tuple(envelopes)))

    def _moved(self, octets: bytes) -> bytes:
        self.sequence += 1
        self.previous = envelope.digest(octets)
        return octets


def enrolled(installation: Installation) -> Stranger:
    """Return a device that the installation's store knows already."""
    stranger, now = Stranger(installation.tenant), int(time.time())
    secret = installation.token("https://127.0.0.1:1").secret
    device = Device(
        stranger.tenant,
        stranger.device,
        stranger.key.public,
        stranger.opening.public,
        DeviceState.ACTIVE,
        now,
        now,
        "0.1.0",
        "Linux",
        "",
    )
    fate = installation.store.enrol(device, secret_digest(secret), now)
    assert fate is TokenFate.TAKEN
    return stranger


def payload(made: Installation, reply: Reply, kind: SignedKind) -> bytes:
    """Return what the gate role signed in a good answer."""
    assert reply.status == 200, reply.body
    assert reply.headers["content-type"] == CBOR
    return signed.verified(reply.body, kind, made.roles.gate.public)


def ship(
    made: Installation, gate: RunningGate, device: Stranger, sent: list[bytes]
) -> Receipt:
    """Ship envelopes and return the checked receipt."""
    reply = gate.ask("POST", "/v1/shipments", device.ship(sent))
    return messages.RECEIPT.decode(payload(made, reply, SignedKind.RECEIPT))
