# SPDX-License-Identifier: Apache-2.0
"""The file that has a person's signing key, locked by a passphrase.

Rules: the key is never on a disk without its lock; only its owner can read the file.
Not here: whose key it is (`server/configuration_keeper.py`), decisions
(`wire/papers/decision.py`).
"""

from pathlib import Path

from server.errors import TrustError, UsageError
from server.key_files import read_secret, write_new
from wire.crypto.passphrase import lock, unlock
from wire.crypto.signing import SigningKey
from wire.errors import WireError

LOG_N = 17
"""scrypt takes 128 MiB and about a second: guessing a stolen file's passphrase is dear,
and a person decides a few times a week."""
PASSPHRASE_CHARS = 12
"""Fewer are guessed in spite of scrypt."""
_USE = b"person"


def make_person_key(path: Path, passphrase: bytes, log_n: int = LOG_N) -> bytes:
    """Write a new key; returns its public half.

    Args:
        path: must not exist.
        passphrase: locks it.
        log_n: base-2 logarithm of scrypt's cost.

    Raises:
        UsageError: the passphrase is too short.
        StateError: the file is there already, or cannot be written.
    """
    if len(passphrase.decode(errors="replace")) < PASSPHRASE_CHARS:
        msg = f"the passphrase is shorter than {PASSPHRASE_CHARS} characters"
        raise UsageError(msg)
    key = SigningKey.generate()
    write_new(path, lock(key.seed(), passphrase, _USE, log_n))
    return key.public


def read_person_key(path: Path, passphrase: bytes) -> SigningKey:
    """Return the key in a file.

    Raises:
        StateError: the file cannot be read, or others may read it.
        TrustError: it does not open with this passphrase.
    """
    try:
        return SigningKey(unlock(read_secret(path), passphrase, _USE))
    except WireError:
        msg = f"{path} does not open with this passphrase, or is no person's key"
        raise TrustError(msg) from None
