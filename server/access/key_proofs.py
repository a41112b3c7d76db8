# SPDX-License-Identifier: Apache-2.0
"""A person's key file as a proof of presence, for the command line.

Rules: what is signed names the console's origin, so another console cannot use it; it
can be taken for nothing else that such a key signs.
Not here: the file (`server/person_keys.py`), challenges (`challenges.py`).
"""

from wire.crypto.signing import SigningKey, verify
from wire.errors import SignatureError

_LABEL = b"discreet/1/sign-in\x00"


def sign(key: SigningKey, origin: str, challenge: bytes) -> bytes:
    """Return the proof that whoever holds the key is there."""
    return key.sign(_said(origin, challenge))


def is_proof(public: bytes, origin: str, challenge: bytes, signature: bytes) -> bool:
    """Tell whether a signature is that of a key, for this origin and challenge."""
    try:
        verify(public, signature, _said(origin, challenge))
    except SignatureError:
        return False
    return True


def _said(origin: str, challenge: bytes) -> bytes:
    return _LABEL + origin.encode() + b"\x00" + challenge
