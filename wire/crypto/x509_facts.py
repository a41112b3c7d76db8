# SPDX-License-Identifier: Apache-2.0
"""What a certificate says of itself, as plain values.

Rules: nothing is verified and nothing trusted; what is no certificate gives None, and a
part that cannot be read is None; never raises on any bytes.
Not here: where certificates are (`agent/host`), the collector's own CA
(`certificates.py`). Importing X.509 costs 16 MB: only a pass's child does, when it has
found a certificate.
"""

import hashlib
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID, ObjectIdentifier

_ALGORITHMS = {
    "1.2.840.113549.1.1.1": "rsa",
    "1.2.840.113549.1.1.10": "rsa",
    "1.2.840.10040.4.1": "dsa",
    "1.2.840.10045.2.1": "ec",
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
}
_SUBJECT = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
_ISSUER = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
_MALFORMED = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are not as they should be."""


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


def parse_certificate(der: bytes) -> CertificateFacts | None:
    """Return what a DER certificate says; None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd certificates, which are not ours
        try:
            return _facts(x509.load_der_x509_certificate(der), der)
        except _MALFORMED:
            return None


def _facts(certificate: x509.Certificate, der: bytes) -> CertificateFacts:
    serial = f"{certificate.serial_number:x}"
    return CertificateFacts(
        hashlib.sha256(der).hexdigest(),
        _first(certificate.subject, _SUBJECT) or _alternative(certificate),
        _first(certificate.issuer, _ISSUER),
        serial.zfill(len(serial) + len(serial) % 2),
        int(certificate.not_valid_before_utc.timestamp()),
        int(certificate.not_valid_after_utc.timestamp()),
        _ALGORITHMS.get(certificate.public_key_algorithm_oid.dotted_string),
        _bits(certificate),
        certificate.issuer == certificate.subject,
        _authority(certificate),
    )


def _first(name: x509.Name, wanted: tuple[ObjectIdentifier, ...]) -> str | None:
    for identifier in wanted:
        for attribute in name.get_attributes_for_oid(identifier):
            if isinstance(attribute.value, str) and attribute.value:
                return attribute.value
    return None


def _alternative(certificate: x509.Certificate) -> str | None:
    try:
        found = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        names = found.value.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, *_MALFORMED):
        return None
    return names[0] if names else None


def _bits(certificate: x509.Certificate) -> int | None:
    try:
        key = certificate.public_key()
    except _MALFORMED:
        return None
    bits = getattr(key, "key_size", None)
    return bits if isinstance(bits, int) else None


def _authority(certificate: x509.Certificate) -> bool | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    except _MALFORMED:
        return None
    return found.value.ca
