# SPDX-License-Identifier: Apache-2.0
"""A person's signing key as the bytes of a file, locked by a passphrase.

Rules: the key is never in a file without its lock; what was made for one use opens for
no other.
Not here: the file (`server/person_keys.py`, `technician/keys.py`).
"""

from wire.crypto.passphrase import lock, unlock
from wire.crypto.signing import SigningKey

LOG_N = 17
"""scrypt takes 128 MiB and about a second: guessing a stolen file's passphrase is dear,
and a person signs a few times a day."""
PASSPHRASE_CHARS = 12
"""Fewer are guessed in spite of scrypt."""
PERSON, TECHNICIAN = b"person", b"technician"
"""Who decides about data; who authorises diagnostics."""


def is_short(passphrase: bytes) -> bool:
    """Tell whether a passphrase is soon guessed."""
    return len(passphrase.decode(errors="replace")) < PASSPHRASE_CHARS


def locked(key: SigningKey, passphrase: bytes, use: bytes, log_n: int = LOG_N) -> bytes:
    """Return the bytes of a key's file.

    Args:
        key: the key.
        passphrase: locks it.
        use: `PERSON` or `TECHNICIAN`.
        log_n: base-2 logarithm of scrypt's cost.
    """
    return lock(key.seed(), passphrase, use, log_n)


def unlocked(octets: bytes, passphrase: bytes, use: bytes) -> SigningKey:
    """Return the key in the bytes of a file.

    Raises:
        WireError: they do not open with this passphrase, or are for another use.
    """
    return SigningKey(unlock(octets, passphrase, use))
