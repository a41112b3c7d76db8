# SPDX-License-Identifier: Apache-2.0
"""What a certificate says of itself, as plain values.

Rules: nothing is verified and nothing trusted; what is no certificate gives None, and a
part that cannot be read is None; never raises on any bytes.
Not here: where certificates are (`agent/host`), DER itself (`der.py`), the collector's
own CA (`certificates.py`). The library's X.509 is not used: to load it costs 40 ms and
16 MB, the greater part of which makes and verifies certificates; tests hold what is
told here against it.
Source: RFC 5280.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from wire.crypto import der
from wire.crypto.der import SEQUENCE, SET, Element

_RSA, _DSA, _EC = "rsa", "dsa", "ec"
_ALGORITHMS = {
    "1.2.840.113549.1.1.1": _RSA,
    "1.2.840.113549.1.1.10": _RSA,
    "1.2.840.10040.4.1": _DSA,
    "1.2.840.10045.2.1": _EC,
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
}
_CURVES = {
    "1.2.840.10045.3.1.1": 192,
    "1.3.132.0.33": 224,
    "1.2.840.10045.3.1.7": 256,
    "1.3.132.0.10": 256,
    "1.3.132.0.34": 384,
    "1.3.132.0.35": 521,
    "1.3.36.3.3.2.8.1.1.7": 256,
    "1.3.36.3.3.2.8.1.1.11": 384,
    "1.3.36.3.3.2.8.1.1.13": 512,
}
_COMMON_NAME, _ORGANISATION = "2.5.4.3", "2.5.4.10"
_ALTERNATIVE, _CONSTRAINTS = "2.5.29.17", "2.5.29.19"
_VERSION, _EXTENSIONS, _DNS_NAME = 0xA0, 0xA3, 0x82
_NEWEST_VERSION = 2
"""Version 3, which counts from 0."""
_EXTENSION_PARTS = (2, 3)

_Name = Sequence[frozenset[tuple[str, str | None]]]


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate's own words.

    Attributes:
        fingerprint: SHA-256 of the whole certificate, in hexadecimal.
        subject: common name, else organisation, else its first DNS name.
        issuer: organisation, else common name.
        serial: in hexadecimal.
        not_before: seconds since the epoch.
        not_after: seconds since the epoch.
        algorithm: of its key.
        bits: of its key.
        self_issued: whether it names itself as its issuer.
        authority: whether it may issue others.
    """

    fingerprint: str
    subject: str | None
    issuer: str | None
    serial: str
    not_before: int
    not_after: int
    algorithm: str | None
    bits: int | None
    self_issued: bool
    authority: bool | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """A certificate's parts, in their order."""

    serial: int
    issuer: _Name
    not_before: int
    not_after: int
    subject: _Name
    key: Element
    extensions: Sequence[Element]


def parse_certificate(data: bytes) -> CertificateFacts | None:
    """Return what a DER certificate says; None where it is none."""
    try:
        parts = _parts(data)
        serial = f"{parts.serial:x}"
        subject = _first(parts.subject, (_COMMON_NAME, _ORGANISATION))
        algorithm, *parameters = parts.key.inside(SEQUENCE)[0].inside(SEQUENCE)
        known = _ALGORITHMS.get(der.name(algorithm))
    except (ValueError, IndexError, OverflowError):
        return None
    return CertificateFacts(
        hashlib.sha256(data).hexdigest(),
        subject or _alternative(parts.extensions),
        _first(parts.issuer, (_ORGANISATION, _COMMON_NAME)),
        serial.zfill(len(serial) + len(serial) % 2),
        parts.not_before,
        parts.not_after,
        known,
        _bits(known, parts.key, parameters),
        parts.issuer == parts.subject,
        _authority(parts.extensions),
    )


def _parts(data: bytes) -> _Parts:
    signed, _, _ = der.one(data).inside(SEQUENCE)
    fields = signed.inside(SEQUENCE)
    if fields[0].tag == _VERSION:
        version = der.integer(der.one(fields.pop(0).content))
        if not 0 <= version <= _NEWEST_VERSION:
            reason = "no version that there is"
            raise ValueError(reason)
    serial, _, issuer, validity, subject, key, *rest = fields
    begin, end = validity.inside(SEQUENCE)
    told = [item for item in rest if item.tag == _EXTENSIONS]
    return _Parts(
        der.integer(serial),
        _name(issuer),
        der.seconds(begin),
        der.seconds(end),
        _name(subject),
        key,
        der.one(told[0].content).inside(SEQUENCE) if told else (),
    )


def _name(element: Element) -> _Name:
    """Return the sets of attributes that a name consists of."""
    found = []
    for part in element.inside(SEQUENCE):
        pairs = [item.inside(SEQUENCE) for item in part.inside(SET)]
        found.append(frozenset((der.name(k), der.text(v)) for k, v in pairs))
    return found


def _first(name: _Name, wanted: tuple[str, ...]) -> str | None:
    for identifier in wanted:
        for part in name:
            texts = [value for key, value in part if key == identifier and value]
            if texts:
                return min(texts)
    return None


def _extension(extensions: Sequence[Element], wanted: str) -> Element | None:
    """Return what an extension holds; None where there is none.

    Raises:
        ValueError: it is there twice, or is malformed.
    """
    found: list[Element] = []
    for item in extensions:
        parts = item.inside(SEQUENCE)
        if len(parts) not in _EXTENSION_PARTS:
            reason = "no extension"
            raise ValueError(reason)
        if der.name(parts[0]) == wanted:
            found.append(der.one(parts[-1].of(der.OCTET_STRING)))
    if not found:
        return None
    (only,) = found
    return only


def _alternative(extensions: Sequence[Element]) -> str | None:
    """Return the first DNS name, where a service has no other name."""
    try:
        held = _extension(extensions, _ALTERNATIVE)
        names = held.inside(SEQUENCE) if held else []
        found = [n.content.decode("ascii") for n in names if n.tag == _DNS_NAME]
    except ValueError:
        return None
    return found[0] if found else None


def _bits(
    algorithm: str | None, key: Element, parameters: Sequence[Element]
) -> int | None:
    """Return the size of a key; None for kinds that have one size only."""
    try:
        if algorithm == _RSA:
            held = der.bits(key.inside(SEQUENCE)[1])
            return der.integer(der.one(held).inside(SEQUENCE)[0]).bit_length()
        if algorithm == _DSA:
            return der.integer(parameters[0].inside(SEQUENCE)[0]).bit_length()
        if algorithm == _EC:
            return _CURVES.get(der.name(parameters[0]))
    except (ValueError, IndexError):
        pass
    return None


def _authority(extensions: Sequence[Element]) -> bool | None:
    try:
        held = _extension(extensions, _CONSTRAINTS)
        parts = held.inside(SEQUENCE) if held else []
        return bool(parts) and parts[0].tag == der.BOOLEAN and der.boolean(parts[0])
    except ValueError:
        return None
