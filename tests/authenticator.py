# SPDX-License-Identifier: Apache-2.0
"""A software authenticator: a passkey as a technician's browser would use it.

Rules: what it makes follows Web Authentication Level 3, and each part can be made
wrong by name; its keys come from a seed, and ECDSA draws its number from the message
(RFC 6979), so that the same asked twice is the same made twice.
Not here: what is signed (`wire/orders.py`), who checks it (`wire/proofs.py`).
"""

import base64
import hashlib
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.crypto.signing import identity
from wire.orders import Proof
from wire.technicians import KeyKind, May, Technician

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP = 0x01, 0x04, 0x08, 0x10
ATTESTED, EXTENDED = 0x40, 0x80


@dataclass(frozen=True)
class Passkey:
    """One credential of an authenticator.

    Attributes:
        seed: 32 bytes that give the key.
        kind: passkey-es256 or passkey-eddsa.
        rp_id: what it was made for.
        origin: where the browser is that asks.
        type: what the browser writes as the type.
        crossing: what the browser writes as crossOrigin.
        flags: what the authenticator says of user, backup and parts.
        counter: how often it has signed, as it says.
        members: what the browser writes after crossOrigin, with its comma.
        tail: what follows the authenticator data's counter.
    """

    seed: bytes
    kind: KeyKind = KeyKind.PASSKEY_ES256
    rp_id: str = "localhost"
    origin: str = "http://localhost:8347"
    type: str = "webauthn.get"
    crossing: str = "false"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    members: str = ""
    tail: bytes = b""

    def but(self, **changes: object) -> "Passkey":
        """Return it with parts made otherwise."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names of its fields

    @property
    def public(self) -> bytes:
        """Return its public key, as a root names it."""
        raw, point = serialization.Encoding.Raw, serialization.Encoding.X962
        if self.kind is KeyKind.PASSKEY_EDDSA:
            key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
            return key.public_bytes(raw, serialization.PublicFormat.Raw)
        held = self._curve().public_key()
        form = serialization.PublicFormat.UncompressedPoint
        return held.public_bytes(point, form)

    def spki(self) -> bytes:
        """Return its public key as a browser gives it."""
        der, form = serialization.Encoding.DER, serialization.PublicFormat
        if self.kind is KeyKind.PASSKEY_EDDSA:
            key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
            return key.public_bytes(der, form.SubjectPublicKeyInfo)
        return self._curve().public_key().public_bytes(der, form.SubjectPublicKeyInfo)

    def technician(self, name: str, may: May = May.BOTH) -> Technician:
        """Return its entry in a root."""
        return Technician(name, self.public, self.kind, may, self.rp_id, self.origin)

    def client(self, challenge: bytes) -> bytes:
        """Return the client data as a browser serialises it."""
        text = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        return (
            f'{{"type":"{self.type}","challenge":"{text}","origin":"{self.origin}",'
            f'"crossOrigin":{self.crossing}{self.members}}}'
        ).encode()

    def authenticator(self) -> bytes:
        """Return the authenticator data."""
        where = hashlib.sha256(self.rp_id.encode()).digest()
        return where + bytes([self.flags]) + self.counter.to_bytes(4) + self.tail

    def sign(self, challenge: bytes) -> Proof:
        """Return the proof that it makes of a challenge."""
        return self.over(self.authenticator(), self.client(challenge))

    def over(self, authenticator: bytes, client: bytes) -> Proof:
        """Return the proof over these very parts."""
        covered = authenticator + hashlib.sha256(client).digest()
        signer = identity(self.public)
        return Proof(signer, self.raw(covered), authenticator, client)

    def raw(self, covered: bytes) -> bytes:
        """Return its signature of bytes."""
        if self.kind is KeyKind.PASSKEY_EDDSA:
            return Ed25519PrivateKey.from_private_bytes(self.seed).sign(covered)
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return self._curve().sign(covered, algorithm)

    def _curve(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.seed), ec.SECP256R1())
