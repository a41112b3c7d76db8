# SPDX-License-Identifier: Apache-2.0
"""Which CA certificates are pinned, told by their keys without an X.509 library.

Rules: the library stands beside as the judge.
Not here: TLS itself (`test_transport.py`).
"""

import time
from dataclasses import replace

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import InvalidVersion
from hypothesis import given
from hypothesis import strategies as st
from installation_fixture import Installation, install

from agent import authority
from agent.identity import Identity
from wire.crypto.certificates import authority_digest, make_authority
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.errors import DecodeError
from wire.trust import Trusted, check_bundle

NOW = int(time.time())
CERTIFICATE = make_authority("Collector", NOW).certificate


@pytest.mark.parametrize("subject", ["C", "x" * 60])
def test_the_key_is_the_librarys(subject: str) -> None:
    """The walk finds the same key as the X.509 library."""
    certificate = make_authority(subject, NOW).certificate
    assert authority.key_digest(certificate) == authority_digest(certificate)


@given(st.binary(max_size=64))
def test_other_bytes_are_refused(octets: bytes) -> None:
    """Bytes that are no certificate are refused and nothing else."""
    with pytest.raises(DecodeError):
        authority.key_digest(octets)


@given(st.integers(0, len(CERTIFICATE) - 1), st.integers(1, 255))
def test_damage_never_passes_as_another_key(place: int, change: int) -> None:
    """Where a damaged certificate still counts, the library reads the pinned key."""
    damaged = bytearray(CERTIFICATE)
    damaged[place] ^= change
    pinned = authority_digest(CERTIFICATE)
    if not authority.is_named(bytes(damaged), (pinned,)):
        return
    try:
        theirs = authority_digest(bytes(damaged))
    except (DecodeError, ValueError, InvalidVersion, UnsupportedAlgorithm):
        return  # TLS will refuse it as well
    assert theirs == pinned


@given(st.integers(0, len(CERTIFICATE) - 1))
def test_a_cut_certificate_is_refused(length: int) -> None:
    """A certificate that is cut off, or followed by anything, is refused."""
    for octets in (CERTIFICATE[:length], CERTIFICATE + bytes(length + 1)):
        with pytest.raises(DecodeError):
            authority.key_digest(octets)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation."""
    return install(tmp_path_factory.mktemp("pins"))


def _pins(installation: Installation, *digests: bytes) -> tuple[bytes, ...]:
    """Return what is pinned where the root names these CA keys."""
    held = installation.authority.certificate
    root = replace(installation.root, authorities=digests)
    who = Identity(
        "https://a", SigningKey.generate(), OpeningKey.generate(), held, root, NOW
    )
    trusted: Trusted = replace(
        check_bundle(installation.bundle, installation.root, None, int(time.time())),
        root=root,
        authorities=(held, CERTIFICATE, b"damaged"),
    )
    return authority.pins(who, trusted)


def test_only_named_authorities_are_pinned(installation: Installation) -> None:
    """A bundle's CA counts only if the root names its key; a former one goes."""
    held, following = installation.authority.certificate, CERTIFICATE
    first, second = authority_digest(held), authority_digest(following)
    assert _pins(installation, first) == (held,)
    assert _pins(installation, first, second) == (held, following)
    assert _pins(installation, second) == (following,)
    assert _pins(installation, bytes(32)) == (held,)
