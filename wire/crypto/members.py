# SPDX-License-Identifier: Apache-2.0
"""Locks the members of a ZIP archive, as 7-Zip, libarchive and others open them.

Rules: AES-256 of the AE-2 form: each member has a salt of its own, is encrypted and
then authenticated. Its stretching of passwords is weak, so a password is drawn here,
with 125 bits, and is never a person's own.
Not here: the archive around them (`server/keeper/rights/archive.py`).
Source: WinZip, "AES Encryption Information: Encryption Specification AE-1 and AE-2".
"""

import hashlib
import hmac
import os
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: none is heard or read as another."""
SALT_BYTES = 16
CODE_BYTES = 10
_VERIFIER_BYTES = 2
_KEY_BYTES = 32
_ROUNDS = 1_000
_GROUPS = 5
_GROUP_LETTERS = 5
"""A password has five groups of five letters, of five bits each."""
_BLOCK = 16
_SLICE = 1 << 20
"""Encrypted at a time: the counters of more would only take memory."""
OVERHEAD = SALT_BYTES + _VERIFIER_BYTES + CODE_BYTES
"""By how many bytes a locked member is longer."""


def draw_password() -> str:
    """Return a password that nobody had before: 25 letters and digits, in groups."""
    groups = (
        "".join(secrets.choice(LETTERS) for _ in range(_GROUP_LETTERS))
        for _ in range(_GROUPS)
    )
    return "-".join(groups)


def lock_member(octets: bytes, password: str) -> bytes:
    """Return a member's locked bytes: salt, check of the password, text, code.

    Args:
        octets: the member, compressed.
        password: from `draw_password`.
    """
    salt = os.urandom(SALT_BYTES)
    made = hashlib.pbkdf2_hmac(
        "sha1", password.encode(), salt, _ROUNDS, 2 * _KEY_BYTES + _VERIFIER_BYTES
    )
    key, code_key = made[:_KEY_BYTES], made[_KEY_BYTES : 2 * _KEY_BYTES]
    sealed = _encrypted(key, octets)
    code = hmac.digest(code_key, sealed, "sha1")[:CODE_BYTES]
    return salt + made[2 * _KEY_BYTES :] + sealed + code


def _encrypted(key: bytes, octets: bytes) -> bytes:
    """Encrypt in counter mode; AE-2 counts from one, the lowest byte first."""
    # one block at a time is a counter mode of our own: no other has this order
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - see above
    parts = []
    for start in range(0, len(octets), _SLICE):
        text = octets[start : start + _SLICE]
        first = start // _BLOCK + 1
        blocks = -(-len(text) // _BLOCK)
        numbers = range(first, first + blocks)
        counters = b"".join(number.to_bytes(_BLOCK, "little") for number in numbers)
        stream = encryptor.update(counters)[: len(text)]
        mixed = int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")
        parts.append(mixed.to_bytes(len(text), "big"))
    return b"".join(parts)
