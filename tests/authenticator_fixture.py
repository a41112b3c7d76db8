# SPDX-License-Identifier: Apache-2.0
"""An authenticator with its person, as a browser speaks for it.

Rules: real keys, real signatures, built from the standard's own layout and not from the
library that verifies them; each wrong thing that it can do has a name.
Not here: any expectation.
Source: Web Authentication Level 3, 6.1 and 6.5.
"""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

RP_ID = "console.example"
ORIGIN = "https://console.example:8444"
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
NOBODY = bytes(16)
ES256 = -7


def text(octets: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def octets(encoded: str) -> bytes:
    """Return what base64url stands for."""
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


@dataclass
class Authenticator:
    """One passkey, or the wish for one.

    Attributes:
        rp_id: that it believes to talk to.
        origin: of the page, as the browser sees it.
        flags: of what it says about its person.
        count: of its uses; None for one that does not count.
        cross: whether the page is in a frame of another site.
    """

    rp_id: str = RP_ID
    origin: str = ORIGIN
    flags: int = UP | UV
    count: int | None = None
    cross: bool = False
    id: bytes = field(default_factory=lambda: secrets.token_bytes(24))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    handle: bytes = b""

    def make(self, options: str, kind: str = "webauthn.create") -> str:
        """Return a browser's answer to the wish for a passkey."""
        asked = json.loads(options)
        self.handle = octets(asked["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: ES256,
                -1: 1,
                -2: point.x.to_bytes(32, "big"),
                -3: point.y.to_bytes(32, "big"),
            }
        )
        attested = NOBODY + struct.pack(">H", len(self.id)) + self.id + public
        said = self._said(self.flags | AT) + attested
        return self._answer(
            asked["challenge"],
            kind,
            attestationObject=text(
                cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
            ),
        )

    def use(self, options: str, kind: str = "webauthn.get") -> str:
        """Return a browser's answer to the wish that a person is there."""
        asked = json.loads(options)
        if self.count is not None:
            self.count += 1
        said = self._said(self.flags)
        client = self._client(asked["challenge"], kind)
        signed = said + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            asked["challenge"],
            kind,
            authenticatorData=text(said),
            signature=text(signature),
            userHandle=text(self.handle),
        )

    def _said(self, flags: int) -> bytes:
        digest = hashlib.sha256(self.rp_id.encode()).digest()
        return digest + struct.pack(">BI", flags, self.count or 0)

    def _client(self, challenge: str, kind: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(client | {"crossOrigin": self.cross}).encode()

    def _answer(self, challenge: str, kind: str, **response: str) -> str:
        client = text(self._client(challenge, kind))
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {"clientDataJSON": client, **response},
            }
        )
