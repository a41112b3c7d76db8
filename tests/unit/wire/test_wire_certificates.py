# SPDX-License-Identifier: Apache-2.0
"""Promises of the collector's certificates.

Rules: times are passed in.
Not here: TLS itself.
"""

from cryptography import x509

from wire.crypto.certificates import make_authority, make_server

NOW = 1_800_000_000


def test_long_names() -> None:
    """A DNS name longer than a common name may be still stands in the certificate."""
    name = "collector." + "a" * 60 + ".example.org"
    authority = make_authority("CA of " + "a" * 100, NOW)
    server = x509.load_der_x509_certificate(
        make_server(authority, [name], NOW).certificate
    )
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == [name]
    server.verify_directly_issued_by(
        x509.load_der_x509_certificate(authority.certificate)
    )
