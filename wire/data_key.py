# SPDX-License-Identifier: Apache-2.0
"""Content under a data key of its own, bound to a header and signed.

Rules: the data key is random, encrypts once, and is sealed to a public key; header,
data key and content are bound to each other, and the signature covers all three.
Not here: what is sealed so (`block.py`, `papers/extract.py`). Neither gate nor agent
can import this.
"""

import hashlib
import os
from dataclasses import dataclass

from wire import limits
from wire.codec import Field, Message, Octets, fixed
from wire.crypto import sealing
from wire.crypto.opening import (
    NONCE_BYTES,
    WRAP_KEY_BYTES,
    OpeningKey,
    unwrap,
    wrap,
)
from wire.crypto.signing import SIGNATURE_BYTES, SigningKey, verify
from wire.frame import frame, unframe

_NONCE = bytes(NONCE_BYTES)
"""A data key encrypts once."""
SEALED_LIMIT = limits.ENVELOPE_BYTES + limits.HEADER_BYTES + 4 * limits.KIB
"""All parts, encoded: a frame, a header, a sealed data key of 1,168 octets, a signature
and CBOR's heads."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The parts as they are stored.

    Attributes:
        header: canonical CBOR, readable.
        data_key: sealed, 1,168 octets.
        ciphertext: of the framed content.
        signature: over all three.
    """

    header: bytes
    data_key: bytes
    ciphertext: bytes
    signature: bytes


def sealed_message(name: str) -> Message[Sealed]:
    """Return how the parts of one use are stored, under its name in the schema."""
    return Message(
        name,
        Sealed,
        (
            Field(1, "header", Octets(1, limits.HEADER_BYTES)),
            Field(2, "data_key", fixed(WRAP_KEY_BYTES + sealing.OVERHEAD_BYTES)),
            Field(
                3,
                "ciphertext",
                Octets(1, limits.ENVELOPE_BYTES + sealing.OVERHEAD_BYTES),
            ),
            Field(4, "signature", fixed(SIGNATURE_BYTES)),
        ),
    )


@dataclass(frozen=True, slots=True)
class Use:
    """One use of it, which no octets of another are taken for.

    Attributes:
        sign: label of what is signed.
        key: label of the sealed data key.
        content: label of the content.
    """

    sign: bytes
    key: bytes
    content: bytes

    def seal(
        self, header: bytes, content: bytes, public: bytes, key: SigningKey
    ) -> Sealed:
        """Seal content to a public key, and sign it.

        Args:
            header: encoded.
            content: encoded.
            public: whom it is sealed to.
            key: who signs.

        Raises:
            LimitError: the content is larger than a frame can hold.
        """
        secret = os.urandom(WRAP_KEY_BYTES)
        framed = frame(content)
        data_key = sealing.seal(secret, public, self.key + header)
        ciphertext = wrap(secret, _NONCE, framed, self.content + header)
        signature = key.sign(self._covered(header, data_key, ciphertext))
        return Sealed(header, data_key, ciphertext, signature)

    def verify(self, sealed: Sealed, signer: bytes) -> None:
        """Require a signature; opens nothing.

        Raises:
            SignatureError: another key signed it, or none.
        """
        covered = self._covered(sealed.header, sealed.data_key, sealed.ciphertext)
        verify(signer, sealed.signature, covered)

    def unseal(self, sealed: Sealed, key: OpeningKey) -> bytes:
        """Return the content.

        Raises:
            OpenError: it is sealed to another key, or altered.
            WireError: of another kind: it is not framed.
        """
        secret = key.open(sealed.data_key, self.key + sealed.header)
        bound = self.content + sealed.header
        return unframe(unwrap(secret, _NONCE, sealed.ciphertext, bound))

    def _covered(self, header: bytes, data_key: bytes, ciphertext: bytes) -> bytes:
        return self.sign + header + hashlib.sha256(data_key + ciphertext).digest()
