# SPDX-License-Identifier: Apache-2.0
"""Keyed stand-ins for identities: `user-7f3k9q2m`.

Rules: HMAC-SHA-256 under a key of one (tenant, purpose, epoch), separated by class;
spellings that name the same thing have the same stand-in; no secret, card or account
number is ever given one, for few digits can be tried.
Not here: where the keys come from (`agent/`), which columns get one (policies).
"""

import hashlib
import hmac
import ipaddress
import re

from wire.errors import TransformError

KEY_BYTES = 32
"""Length of a pseudonym key: the output of the hash."""
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: nothing that reads like another letter."""
CHARS = 8
"""Characters of a stand-in: 40 bits, one accidental pair in a million values."""

_LABEL = b"discreet/pseudonym/v1"
_BITS = 5
_CLASS = re.compile(r"[a-z][a-z0-9_]{0,15}\Z")
_NOT_HEXADECIMAL = re.compile(r"[^0-9a-f]")


def pseudonym(key: bytes, identity: str, value: str) -> str:
    """Return the stand-in of a value.

    Args:
        key: pseudonym key of one tenant, purpose and epoch.
        identity: class of identity (user, host, ip, mac ...); it is shown.
        value: the raw value; spellings are made equal first.

    Raises:
        TransformError: for a key of the wrong length or a class that is not a word.
    """
    if len(key) != KEY_BYTES:
        msg = f"a pseudonym key has {KEY_BYTES} bytes"
        raise TransformError(msg)
    if not _CLASS.match(identity):
        msg = "a class of identity is one lower-case word"
        raise TransformError(msg)
    text = normalise(identity, value).encode("utf-8", "replace")
    message = b"\x00".join((_LABEL, identity.encode("ascii"), text))
    digest = hmac.digest(key, message, hashlib.sha256)
    number = int.from_bytes(digest[: CHARS * _BITS // 8], "big")
    letters = [
        ALPHABET[number >> shift & len(ALPHABET) - 1]
        for shift in range((CHARS - 1) * _BITS, -1, -_BITS)
    ]
    return f"{identity}-{''.join(letters)}"


def normalise(identity: str, value: str) -> str:
    """Return the one spelling under which equal identities are equal."""
    text = value.strip().casefold()
    if identity == "ip":
        return _address(text)
    if identity == "mac":
        pairs = re.split("[:-]", text)
        return _NOT_HEXADECIMAL.sub("", "".join(pair.zfill(2) for pair in pairs))
    if identity in {"host", "fqdn", "domain"}:
        return text.rstrip(".$")
    return text


def _address(text: str) -> str:
    """Return an address in canonical form; as written when it is none."""
    bare = text.partition("%")[0].partition("/")[0]
    if bare.count(".") == 3 and ":" not in bare:  # noqa: PLR2004 - dotted quad
        bare = ".".join(octet.lstrip("0") or "0" for octet in bare.split("."))
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return text
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
