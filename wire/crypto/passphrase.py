# SPDX-License-Identifier: Apache-2.0
"""Locks bytes under a passphrase.

Rules: the passphrase is stretched by scrypt with a fresh salt, at a cost that is
stored beside it and bounded; what was locked for one use does not open for another.
Not here: asking for passphrases, files (`server/keyring`).
Source: RFC 7914 (scrypt), NIST SP 800-38D (AES-GCM); docs/spec/keyring.md.
"""

import hashlib
import secrets
from dataclasses import dataclass

from wire import limits
from wire.codec import Field, Message, Octets, Uint, fixed
from wire.crypto.opening import NONCE_BYTES, WRAP_KEY_BYTES, unwrap, wrap
from wire.errors import OpenError, WireError

_BLOCK = 8
"""scrypt's r: 1 KiB blocks, for which its cost is stated in RFC 7914."""
_SALT_BYTES = 16
_COST = Uint(limits.LOG_N_MAXIMUM, limits.LOG_N_MINIMUM)
_CONTEXT = b"discreet/1/locked/"


@dataclass(frozen=True, slots=True)
class Locked:
    """Locked bytes; scrypt costs 128 * 8 * 2^log_n bytes of memory."""

    version: int
    log_n: int
    salt: bytes
    nonce: bytes
    ciphertext: bytes


LOCKED = Message(
    "locked",
    Locked,
    (
        Field(1, "version", Uint(1, 1)),
        Field(2, "log_n", _COST),
        Field(3, "salt", fixed(_SALT_BYTES)),
        Field(4, "nonce", fixed(NONCE_BYTES)),
        Field(5, "ciphertext", Octets(16, limits.LOCKED_BYTES)),
    ),
)


def lock(secret: bytes, passphrase: bytes, use: bytes, log_n: int) -> bytes:
    """Return bytes that only the passphrase opens, for one use.

    Args:
        secret: what to lock.
        passphrase: of any length but empty.
        use: what it is for.
        log_n: base-2 logarithm of scrypt's cost.

    Raises:
        SchemaError: the cost is out of bounds.
    """
    _COST.read(log_n, "log_n")
    salt = secrets.token_bytes(_SALT_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = wrap(_stretched(passphrase, salt, log_n), nonce, secret, _CONTEXT + use)
    return LOCKED.encode(Locked(1, log_n, salt, nonce, sealed))


def unlock(octets: bytes, passphrase: bytes, use: bytes) -> bytes:
    """Return what was locked.

    Raises:
        OpenError: another passphrase, another use, or altered bytes.
    """
    try:
        locked = LOCKED.decode(octets, limits.LOCKED_BYTES + limits.KIB)
        key = _stretched(passphrase, locked.salt, locked.log_n)
        return unwrap(key, locked.nonce, locked.ciphertext, _CONTEXT + use)
    except WireError:
        msg = "it does not open with this passphrase: give the one it was locked with"
        raise OpenError(msg) from None


def _stretched(passphrase: bytes, salt: bytes, log_n: int) -> bytes:
    cost = 1 << log_n
    return hashlib.scrypt(
        passphrase,
        salt=salt,
        n=cost,
        r=_BLOCK,
        p=1,
        maxmem=2 * 128 * _BLOCK * cost,
        dklen=WRAP_KEY_BYTES,
    )
