# SPDX-License-Identifier: Apache-2.0
"""HPKE opening and the keys that can.

Rules: an opening key shows nothing in its repr and cannot be pickled; the gate may
not import this module (import-linter).
Not here: where opening keys are kept (`server/keyring`, `agent/identity.py`).
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wire.crypto.sealing import SUITE
from wire.errors import OpenError

MLKEM_SEED_BYTES = 64
X25519_SEED_BYTES = 32
SEED_BYTES = MLKEM_SEED_BYTES + X25519_SEED_BYTES
NONCE_BYTES = 12
WRAP_KEY_BYTES = 32


class OpeningKey:
    """A private MLKEM768-X25519 key."""

    __slots__ = ("_key", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        """Take 96 bytes: the ML-KEM-768 seed (d then z), then the X25519 scalar.

        Raises:
            OpenError: the seed has another length.
        """
        if len(seed) != SEED_BYTES:
            msg = f"an opening key has {SEED_BYTES} bytes; restore it from its backup"
            raise OpenError(msg)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:MLKEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(seed[MLKEM_SEED_BYTES:])
        self._seed = seed
        self._key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = (
            mlkem.public_key().public_bytes_raw()
            + x25519.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls) -> "OpeningKey":
        """Make a fresh key from the operating system's randomness."""
        mlkem = MLKEM768PrivateKey.generate()
        x25519 = X25519PrivateKey.generate()
        return cls(mlkem.private_bytes_raw() + x25519.private_bytes_raw())

    def seed(self) -> bytes:
        """Return the 96 secret bytes, for storing them wrapped."""
        return self._seed

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open sealed bytes.

        Raises:
            OpenError: another key, another header, or altered bytes.
        """
        try:
            return SUITE.decrypt(sealed, self._key, info=info)
        except (InvalidTag, ValueError):
            msg = "the sealed bytes do not open with this key and header"
            raise OpenError(msg) from None

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "<OpeningKey>"

    def __reduce__(self) -> str:
        """Refuse pickling."""
        msg = "an OpeningKey cannot be pickled"
        raise TypeError(msg)


def wrap(wrapping_key: bytes, nonce: bytes, secret: bytes, context: bytes) -> bytes:
    """Wrap a secret under a 32-byte key with AES-256-GCM.

    Args:
        wrapping_key: 32 bytes.
        nonce: 12 fresh random bytes.
        secret: what to wrap.
        context: bound as associated data: names what the secret is.
    """
    return AESGCM(wrapping_key).encrypt(nonce, secret, context)


def unwrap(wrapping_key: bytes, nonce: bytes, wrapped: bytes, context: bytes) -> bytes:
    """Return the secret that was wrapped.

    Raises:
        OpenError: another key or context, or altered bytes.
    """
    try:
        return AESGCM(wrapping_key).decrypt(nonce, wrapped, context)
    except (InvalidTag, ValueError):
        msg = "a wrapped key does not open: it belongs to another installation"
        raise OpenError(msg) from None
