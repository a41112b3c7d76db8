# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys and signatures (RFC 8032).

Rules: a signing key shows nothing in its repr; an identity is a digest of a key,
never a name; every signature is over a label that names what is signed.
Not here: what is signed (`wire/signed.py`, `wire/envelope.py`).
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from wire.errors import SignatureError

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
IDENTITY_BYTES = 16
_LABEL = b"discreet/1/key\x00"


class SigningKey:
    """A private Ed25519 key."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        """Take a 32-byte seed.

        Raises:
            SignatureError: the seed has another length.
        """
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(seed)
        except ValueError:
            msg = "a signing key is 32 bytes; restore the key file from its backup"
            raise SignatureError(msg) from None
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def seed(self) -> bytes:
        """Return the 32 secret bytes, for storing them."""
        return self._key.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a labelled message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "<SigningKey>"

    def __reduce__(self) -> str:
        """Refuse pickling."""
        msg = "a SigningKey cannot be pickled"
        raise TypeError(msg)


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature.

    Raises:
        SignatureError: it does not verify under this key.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        msg = "the signature does not verify"
        raise SignatureError(msg) from None


def identity(public: bytes) -> bytes:
    """Return the 16-byte identity of a public key, as used for devices and signers."""
    return hashlib.sha256(_LABEL + public).digest()[:IDENTITY_BYTES]
