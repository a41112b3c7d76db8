# SPDX-License-Identifier: Apache-2.0
"""The file that has a person's signing key, locked by a passphrase.

Rules: the key is never on a disk without its lock; only its owner can read the file.
Not here: whose key it is (`server/configuration_keeper.py`), decisions
(`wire/papers/decision.py`).
"""

from pathlib import Path

from server.errors import TrustError, UsageError
from server.key_files import read_secret, write_new
from wire.crypto.signing import SigningKey
from wire.errors import WireError
from wire.locked_key import LOG_N, PASSPHRASE_CHARS, PERSON, is_short, locked, unlocked


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
    if is_short(passphrase):
        msg = f"the passphrase is shorter than {PASSPHRASE_CHARS} characters"
        raise UsageError(msg)
    key = SigningKey.generate()
    write_new(path, locked(key, passphrase, PERSON, log_n))
    return key.public


def read_person_key(path: Path, passphrase: bytes, use: bytes = PERSON) -> SigningKey:
    """Return the key in a file.

    Args:
        path: the file.
        passphrase: locks it.
        use: what it was made for.

    Raises:
        StateError: the file cannot be read, or others may read it.
        TrustError: it does not open with this passphrase.
    """
    try:
        return unlocked(read_secret(path), passphrase, use)
    except WireError:
        name = use.decode()
        msg = f"{path} does not open with this passphrase, or is no {name}'s key"
        raise TrustError(msg) from None
