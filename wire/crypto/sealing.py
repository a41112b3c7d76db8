# SPDX-License-Identifier: Apache-2.0
"""HPKE sealing: RFC 9180 base mode, MLKEM768-X25519 (X-Wing), AES-256-GCM.

Rules: suite 1 = KEM 0x647a, KDF HKDF-SHA256 0x0001, AEAD AES-256-GCM 0x0002; a public
key on the wire is the ML-KEM-768 key (1184 bytes) and then the X25519 key (32).
Not here: opening (`wire/crypto/opening.py`), which the gate cannot import.
"""

import hashlib

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from wire.errors import SchemaError

SUITE_XWING = 1
SUITE_NONE = 0
"""Header-only messages (gap, farewell) carry no ciphertext."""
MLKEM_BYTES = 1184
X25519_BYTES = 32
PUBLIC_BYTES = MLKEM_BYTES + X25519_BYTES
ENCAPSULATED_BYTES = 1120
TAG_BYTES = 16
OVERHEAD_BYTES = ENCAPSULATED_BYTES + TAG_BYTES
KEY_ID_BYTES = 16
_LABEL = b"discreet/1/sealing-key\x00"

SUITE = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM
)


def key_id(public: bytes) -> bytes:
    """Return the 16-byte id of a sealing key."""
    return hashlib.sha256(_LABEL + public).digest()[:KEY_ID_BYTES]


def seal(plaintext: bytes, public: bytes, info: bytes) -> bytes:
    """Seal bytes to a public key; returns the encapsulated key and the ciphertext.

    Args:
        plaintext: what to seal, already framed and padded.
        public: 1216 bytes, ML-KEM-768 key then X25519 key.
        info: bound by the key schedule: the labelled canonical header.

    Raises:
        SchemaError: the public key is malformed.
    """
    if len(public) != PUBLIC_BYTES:
        msg = f"a sealing key has {PUBLIC_BYTES} bytes"
        raise SchemaError(msg)
    try:
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:MLKEM_BYTES]),
            X25519PublicKey.from_public_bytes(public[MLKEM_BYTES:]),
        )
        # a point of small order is found only when the shared key is made
        return SUITE.encrypt(plaintext, key, info=info)
    except ValueError:
        msg = "a sealing key is malformed"
        raise SchemaError(msg) from None
