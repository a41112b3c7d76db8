# SPDX-License-Identifier: Apache-2.0
"""ECDSA on P-256 with SHA-256: what an authenticator signs with (COSE's ES256).

Rules: a public key is 65 bytes, uncompressed, and a point of the curve; a signature is
the one DER form of its two numbers, each of 1 to the curve's order less 1; the second
number may be of either half: authenticators draw it so, so the same may be signed twice
differently, and nothing is named by its signature.
Not here: what is signed (`wire/proofs.py`); private keys, which no part of this product
has.
Source: SEC 1, RFC 3279 section 2.2.3; WebAuthn Level 3, section 6.5.6.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from wire.errors import SignatureError

P256_PUBLIC_BYTES = 65
UNCOMPRESSED = b"\x04"


def verify_es256(public: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature.

    Raises:
        SignatureError: it does not verify under this key, or either is malformed.
    """
    msg = "the signature does not verify"
    if len(public) != P256_PUBLIC_BYTES or public[:1] != UNCOMPRESSED:
        raise SignatureError(msg)
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise SignatureError(msg) from None
