# SPDX-License-Identifier: Apache-2.0
"""The collector's own certificate authority (X.509, P-256).

Rules: the CA is pinned by the digest of its public key, so it may be renewed; the
resident agent never imports this module (X.509 costs it 8 MiB).
Not here: TLS itself (`agent/delivery/transport.py`, `server/serve.py`).
"""

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wire.errors import DecodeError

AUTHORITY_DAYS = 3650
"""A CA outlives its leaves; the next one is announced in the root."""
SERVER_DAYS = 397
"""The longest that common TLS clients accept."""
_COMMON_NAME_CHARS = 64
"""X.520's bound; clients look at the alternative names, which have none."""
_BACKDATE = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its private key.

    Attributes:
        certificate: DER.
        key: PEM, PKCS#8, unencrypted: the file's mode protects it.
    """

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "<Credential>"


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _builder(
    subject: str, key: ec.EllipticCurvePublicKey, now: int, days: int
) -> x509.CertificateBuilder:
    start = dt.datetime.fromtimestamp(now, dt.UTC)
    common = subject[:_COMMON_NAME_CHARS]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATE)
        .not_valid_after(start + dt.timedelta(days=days))
    )


def make_authority(subject: str, now: int) -> Credential:
    """Make a self-signed CA.

    Args:
        subject: its common name.
        now: seconds since the epoch.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = subject[:_COMMON_NAME_CHARS]
    builder = _builder(subject, key.public_key(), now, AUTHORITY_DAYS)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        builder.issuer_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return Credential(certificate.public_bytes(serialization.Encoding.DER), _pem(key))


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(pem: bytes) -> PrivateKeyTypes | None:
    try:
        return serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def make_server(authority: Credential, names: Sequence[str], now: int) -> Credential:
    """Make a server certificate under a CA.

    Args:
        authority: the CA with its key.
        names: DNS names and addresses under which agents reach it; at least one.
        now: seconds since the epoch.

    Raises:
        DecodeError: the CA's certificate or key is not one.
    """
    issuer = _loaded(authority.certificate)
    issuer_key = _private(authority.key)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        msg = "the CA key is not a P-256 key; restore it from its backup"
        raise DecodeError(msg)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(names[0], key.public_key(), now, SERVER_DAYS)
        .issuer_name(issuer.subject)
        .add_extension(
            x509.SubjectAlternativeName([_alternative(name) for name in names]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return Credential(certificate.public_bytes(serialization.Encoding.DER), _pem(key))


def authority_digest(certificate: bytes) -> bytes:
    """Return the SHA-256 of a DER certificate's public key (SPKI).

    Raises:
        DecodeError: not a certificate.
    """
    spki = (
        _loaded(certificate)
        .public_key()
        .public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return hashlib.sha256(spki).digest()


def expiry(certificate: bytes) -> int:
    """Return the last second of a DER certificate, in seconds since the epoch.

    Raises:
        DecodeError: not a certificate.
    """
    return int(_loaded(certificate).not_valid_after_utc.timestamp())


def _loaded(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(certificate)
    except ValueError:
        msg = "a certificate is malformed"
        raise DecodeError(msg) from None
