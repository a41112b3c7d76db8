# SPDX-License-Identifier: Apache-2.0
"""Promises of what a passphrase locks.

Rules: the cost is the lowest that is allowed.
Not here: files (`tests/unit/server/test_keyring_place.py`).
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wire import cbor
from wire.crypto.passphrase import lock, unlock
from wire.errors import OpenError, SchemaError

WORDS = b"seven words"


def test_opens_with_its_passphrase_and_use_only() -> None:
    """Another passphrase and another use open nothing, in one sentence."""
    locked = lock(b"secret", WORDS, b"master", 14)
    assert unlock(locked, WORDS, b"master") == b"secret"
    for words, use in (
        (b"Seven words", b"master"),
        (WORDS, b"backup"),
        (b"", b"master"),
    ):
        with pytest.raises(OpenError, match="does not open with this passphrase"):
            unlock(locked, words, use)


def test_each_bit_counts() -> None:
    """A changed bit anywhere makes it unreadable, whatever it was a part of."""
    locked = lock(b"secret", WORDS, b"master", 14)
    places = [0, 2, 4, 6, 8, 20, 30, len(locked) - 1]
    for place in places:
        altered = bytearray(locked)
        altered[place] ^= 1
        with pytest.raises(OpenError):
            unlock(bytes(altered), WORDS, b"master")


def test_it_is_what_the_standards_say() -> None:
    """Scrypt and AES-GCM as others have them open it."""
    plain = cbor.decode(lock(b"secret", WORDS, b"master", 14))
    assert isinstance(plain, dict)
    salt, nonce, sealed = (plain[key] for key in (3, 4, 5))
    assert isinstance(salt, bytes)
    assert isinstance(nonce, bytes)
    assert isinstance(sealed, bytes)
    key = hashlib.scrypt(WORDS, salt=salt, n=2**14, r=8, p=1, dklen=32)
    opened = AESGCM(key).decrypt(nonce, sealed, b"discreet/1/locked/master")
    assert (plain[1], plain[2], opened) == (1, 14, b"secret")


@pytest.mark.parametrize("log_n", [13, 21])
def test_costs_are_bounded(log_n: int) -> None:
    """Neither a cheap lock nor one that exhausts who opens it can be made."""
    with pytest.raises(SchemaError, match="14 to 20"):
        lock(b"secret", WORDS, b"master", log_n)
