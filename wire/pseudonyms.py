# SPDX-License-Identifier: Apache-2.0
"""Keyed stand-ins for identities: `user_7f3k9q2m`.

Rules: made under a key of one (tenant, purpose, epoch), separated by class; spellings
that name the same thing have the same stand-in; what a name consists of can be compared
(the domain of a mail address, of an account and of a machine, the authority of a SID);
no secret, card or account number is ever given one, for few digits can be tried.
Not here: where the keys come from (`agent/`), which columns get one (policies), which
spellings are equal (`wire/spellings.py`), how one is known (`wire/stand_ins.py`).
"""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from wire.errors import TransformError
from wire.spellings import Named, named
from wire.stand_ins import ALPHABET, CHARS, KEY_BYTES

if TYPE_CHECKING:  # only addresses pay for `cryptography`
    from wire.crypto.addresses import DeterministicCipher, PrefixCipher

_LABEL = b"discreet/pseudonym/v1"
_DETERMINISTIC = b"discreet/pseudonym/v1/ipcrypt-deterministic"
_PREFIX = b"discreet/pseudonym/v1/ipcrypt-pfx"
_NAME = "host"
_NAMES = frozenset({"host", "fqdn", "domain"})
"""Classes of one kind of name, which have the same letters: a machine is the domain of
its own accounts."""
_BITS = 5
_BYTES = CHARS * _BITS // 8
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_PAIR = len(_PAIRS) - 1
"""Two letters for ten bits."""
_CLASS = re.compile(r"[a-z][a-z0-9]{0,15}\Z")
_CIPHERS = 32
"""Ciphers kept: a key for each purpose that a device has at a time."""
_IPV4 = 4


def pseudonym(key: bytes, identity: str, value: str, *, prefix: bool = False) -> str:
    """Return the stand-in of a value.

    Args:
        key: pseudonym key of one tenant, purpose and epoch.
        identity: class of identity (user, host, ip, mac ...); it is shown.
        value: the raw value; spellings are made equal first.
        prefix: whether addresses keep how long a prefix they share, and MAC addresses
            their maker.

    Raises:
        TransformError: for a key of the wrong length or a class that is not a word.
    """
    if len(key) != KEY_BYTES:
        msg = f"a pseudonym key has {KEY_BYTES} bytes"
        raise TransformError(msg)
    if not _CLASS.match(identity):
        msg = "a class of identity is one lower-case word"
        raise TransformError(msg)
    found = named(identity, value)
    if found.address is not None:
        return _address(key, found.address, prefix=prefix)
    shown = _short(key, found.identity, found.text)
    if prefix and found.vendor:
        word, _, letters = shown.partition("_")
        return f"{word}_{found.vendor}_{letters}"
    return shown + _rest(key, found)


def _rest(key: bytes, found: Named) -> str:
    """Return what follows the first part: a domain, or which account of a SID."""
    if found.domain:
        return found.joint + _short(key, "domain", found.domain)
    if found.account.isdecimal():
        return f"_{found.account}"
    if found.account:
        return f"_{_letters(key, found.identity, found.account)}"
    return ""


def _short(key: bytes, identity: str, text: str) -> str:
    return f"{identity}_{_letters(key, identity, text)}"


def _letters(key: bytes, identity: str, text: str) -> str:
    """Return the letters of a normalised text: 40 bits of its keyed hash."""
    octets = text.encode("utf-8", "replace")
    name = _NAME if identity in _NAMES else identity
    message = b"\x00".join((_LABEL, name.encode("ascii"), octets))
    return _spelled(hmac.digest(key, message, hashlib.sha256)[:_BYTES])


def _spelled(octets: bytes) -> str:
    """Return five octets as letters, five bits each."""
    number = int.from_bytes(octets, "big")
    return (
        _PAIRS[number >> 30]
        + _PAIRS[number >> 20 & _PAIR]
        + _PAIRS[number >> 10 & _PAIR]
        + _PAIRS[number & _PAIR]
    )


def _address(key: bytes, octets: bytes, *, prefix: bool) -> str:
    """Return the stand-in of an address of 16 octets.

    Digits without dots and colons: what looks like an address would be taken for one.
    """
    if not prefix:
        return f"ip_{_spelled(_deterministic(key).encrypt(octets)[:_BYTES])}"
    encrypted = _prefixed(key).encrypt(octets)
    if octets.startswith(bytes(10) + b"\xff\xff"):
        return f"ip4_{encrypted[-_IPV4:].hex()}"
    return f"ip6_{encrypted.hex()}"


@lru_cache(maxsize=_CIPHERS)
def _deterministic(key: bytes) -> "DeterministicCipher":
    from wire.crypto.addresses import (  # noqa: PLC0415 - only addresses pay for it
        DETERMINISTIC_KEY_BYTES,
        DeterministicCipher,
    )

    derived = hmac.digest(key, _DETERMINISTIC, hashlib.sha256)
    return DeterministicCipher(derived[:DETERMINISTIC_KEY_BYTES])


@lru_cache(maxsize=_CIPHERS)
def _prefixed(key: bytes) -> "PrefixCipher":
    from wire.crypto.addresses import PrefixCipher  # noqa: PLC0415 - as above

    return PrefixCipher(hmac.digest(key, _PREFIX, hashlib.sha256))
