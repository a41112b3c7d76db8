# SPDX-License-Identifier: Apache-2.0
"""Derives a key of 32 bytes from a secret that is as good as random.

Rules: what was derived for one use is another key than for any other; a passphrase is
no such secret: see `passphrase.py`.
Not here: where the secret comes from (`server/keyring`).
Source: RFC 5869 (HKDF) with SHA-256, of which the first block is all that is needed.
"""

import hmac

KEY_BYTES = 32


def derived(secret: bytes, salt: bytes, use: bytes) -> bytes:
    """Return the key for a use.

    Args:
        secret: at least 32 bytes, random.
        salt: 32 random bytes, kept with what the key locks.
        use: what it is for.
    """
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, use + b"\x01", "sha256")
