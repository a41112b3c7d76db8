# SPDX-License-Identifier: Apache-2.0
"""Which CA certificates are pinned now: those whose key the newest root names.

Rules: a bundle's certificates are believed only by the digest of their public key;
the certificate is walked here in strict DER, for an X.509 library costs the resident
agent 8 MiB; what is not understood is not pinned.
Not here: TLS (`agent/delivery/transport.py`), the token's pin (`enrolment.py`).
Source: RFC 5280 section 4.1, X.690 section 8.1.
"""

import hashlib

from agent.identity import Identity
from wire.errors import DecodeError
from wire.trust import Trusted

_SEQUENCE = 0x30
_VERSION = 0xA0
_BEFORE_KEY = 5
"""Serial, algorithm, issuer, validity and subject stand before the public key."""
_SHORT = 0x80
_LENGTH_OCTETS = 2
"""A certificate is bounded to 8 KiB, so no length needs more."""


def pins(who: Identity, trusted: Trusted | None) -> tuple[bytes, ...]:
    """Return the CA certificates that TLS may hang from, DER.

    Args:
        who: the device, with the CA that was pinned when it enrolled.
        trusted: what the newest bundle makes trusted; None before the first.
    """
    if trusted is None:
        return (who.authority,)
    offered = dict.fromkeys((who.authority, *trusted.authorities))
    named = tuple(item for item in offered if is_named(item, trusted.root.authorities))
    # A root that names none of them is a slip in publishing: it must not strand.
    return named or (who.authority,)


def is_named(certificate: bytes, digests: tuple[bytes, ...]) -> bool:
    """Tell whether a certificate's key is one of these digests."""
    try:
        return key_digest(certificate) in digests
    except DecodeError:
        return False


def key_digest(certificate: bytes) -> bytes:
    """Return the SHA-256 of a DER certificate's public key (SPKI).

    Raises:
        DecodeError: not a certificate in DER.
    """
    _, start, end = _element(certificate, 0, len(certificate), _SEQUENCE)
    if end != len(certificate):
        msg = "bytes follow the CA certificate"
        raise DecodeError(msg)
    _, position, limit = _element(certificate, start, end, _SEQUENCE)
    tag, _, after = _element(certificate, position, limit, None)
    if tag == _VERSION:
        position = after
    for _ in range(_BEFORE_KEY):
        _, _, position = _element(certificate, position, limit, None)
    _, _, after = _element(certificate, position, limit, _SEQUENCE)
    return hashlib.sha256(certificate[position:after]).digest()


def _element(
    octets: bytes, position: int, limit: int, wanted: int | None
) -> tuple[int, int, int]:
    """Return tag, start of the content and end of one DER element."""
    msg = "the CA certificate is malformed"
    if position + 2 > limit:
        raise DecodeError(msg)
    tag, length, start = octets[position], octets[position + 1], position + 2
    if length >= _SHORT:
        count = length - _SHORT
        length = int.from_bytes(octets[start : start + count], "big")
        start += count
        minimal = length >= _SHORT and length.bit_length() > 8 * (count - 1)
        if not 1 <= count <= _LENGTH_OCTETS or not minimal:
            raise DecodeError(msg)
    if start + length > limit or (wanted is not None and tag != wanted):
        raise DecodeError(msg)
    return tag, start, start + length
