# SPDX-License-Identifier: Apache-2.0
"""What certificates say, beside what the library of X.509 says of the same ones.

Rules: the library is the judge; certificates are made here or are the system's own.
Not here: junk (`tests/property/test_parsers_posture.py`).
"""

import datetime as dt
import re
from binascii import a2b_base64
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from wire.crypto.x509_facts import CertificateFacts, parse_certificate

TEXTS = ("UTF8String", "PrintableString", "IA5String", "BMPString", "UniversalString")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
Key = (
    rsa.RSAPrivateKey
    | dsa.DSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
)
BEGIN = dt.datetime(1999, 12, 31, 23, 59, 58, tzinfo=dt.UTC)
END = dt.datetime(2051, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def keys() -> list[tuple[str, int | None, Key]]:
    """Return keys of each kind with the name and size that they must have."""
    curves = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.BrainpoolP256R1())
    return [
        ("rsa", 2048, rsa.generate_private_key(65537, 2048)),
        ("dsa", 2048, dsa.generate_private_key(2048)),
        ("ed25519", None, ed25519.Ed25519PrivateKey.generate()),
        *(("ec", c.key_size, ec.generate_private_key(c)) for c in curves),
    ]


def made(key: Key, names: list[x509.NameAttribute]) -> bytes:
    """Return a certificate of an authority, from 1999 to 2051."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
        .public_key(key.public_key())
        .serial_number(0xABC)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.RFC822Name("a@x.test"), x509.DNSName("x.test")]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    )
    plain = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    signed = builder.sign(key, plain)
    return signed.public_bytes(serialization.Encoding.DER)


@pytest.mark.slow
def test_keys_of_each_kind() -> None:
    """Kind and size of a key, times across both forms, and the rest are told."""
    for kind, bits, key in keys():
        facts = parse_certificate(made(key, []))
        assert facts == CertificateFacts(
            facts.fingerprint if facts else "",
            "x.test",
            "ca",
            "0abc",
            946684798,
            2556241445,
            kind,
            bits,
            self_issued=False,
            authority=True,
        )


@pytest.mark.parametrize("kind", [k for k in _ASN1Type if k.name in TEXTS])
def test_texts_of_each_kind(kind: _ASN1Type) -> None:
    """A name in any of the forms of text is told."""
    words = "x.test"
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.NameAttribute(NameOID.COMMON_NAME, words, kind)
    facts = parse_certificate(made(key, [name]))
    assert facts is not None
    assert facts.subject == words


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of an old authority
@pytest.mark.skipif(not BUNDLE.exists(), reason="needs the system's authorities")
def test_the_systems_own_authorities() -> None:
    """Of each authority that the system trusts the same is told as by the library."""
    block = re.compile(r"BEGIN CERTIFICATE-----(.+?)-----END", re.DOTALL)
    found = block.findall(BUNDLE.read_text())
    for body in found:
        data = a2b_base64(body)
        facts, theirs = parse_certificate(data), x509.load_der_x509_certificate(data)
        assert facts is not None
        key, constraint = theirs.public_key(), x509.BasicConstraints
        assert (
            int(facts.serial, 16),
            facts.not_before,
            facts.not_after,
            facts.bits,
            facts.self_issued,
            facts.authority,
        ) == (
            theirs.serial_number,
            theirs.not_valid_before_utc.timestamp(),
            theirs.not_valid_after_utc.timestamp(),
            getattr(key, "key_size", None),
            theirs.subject == theirs.issuer,
            theirs.extensions.get_extension_for_class(constraint).value.ca,
        )
        named = theirs.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert not named or facts.subject == named[0].value
    assert len(found) > 50
