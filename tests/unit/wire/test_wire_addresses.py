# SPDX-License-Identifier: Apache-2.0
"""Encrypted addresses, held to the draft's own vectors.

Rules: all vectors of the two variants that we use, unchanged.
Not here: how a stand-in is written (`tests/unit/transforms/test_pseudonyms.py`).
Source: test vectors of draft-denis-ipcrypt, from implementations/python of
github.com/ipcrypt-std/draft-denis-ipcrypt at e525566944de (ISC licence).
"""

import ipaddress

import pytest

from wire.crypto.addresses import DeterministicCipher, PrefixCipher
from wire.errors import TransformError
from wire.spellings import address_octets

NONE = ".".join("0000")
ONE = "0123456789abcdeffedcba9876543210"
TWO = "1032547698badcfeefcdab8967452301"
NIST = "2b7e151628aed2a6abf7158809cf4f3c"
PAIR = NIST + "a9f5ba40db214c3798f2e1c23456789a"
DETERMINISTIC = [
    (ONE, NONE, "bde9:6789:d353:824c:d7c6:f58a:6bd2:26eb"),
    (TWO, "255.255.255.255", "aed2:92f6:ea23:58c3:48fd:8b8:74e8:45d8"),
    (NIST, "192.0.2.1", "1dbd:c1b9:fff1:7586:7d0b:67b4:e76e:4777"),
    (
        ONE,
        "2001:db8:85a3::8a2e:370:7334",
        "1eef:2352:64c8:18e6:6456:1373:f615:5032",
    ),
    (TWO, "192.0.2.1", "7fde:a680:9546:ef2:d3c:7abb:1b38:2659"),
]
PREFIX = [
    (ONE + TWO, NONE, "151.82.155.134"),
    (ONE + TWO, "255.255.255.255", "94.185.169.89"),
    (ONE + TWO, "192.0.2.1", "100.115.72.131"),
    (ONE + TWO, "2001:db8::1", "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88"),
    (PAIR, "10.0.0.47", "19.214.210.244"),
    (PAIR, "10.0.0.129", "19.214.210.80"),
    (PAIR, "10.0.0.234", "19.214.210.30"),
    (PAIR, "172.16.5.193", "210.78.229.136"),
    (PAIR, "172.16.97.42", "210.78.179.241"),
    (PAIR, "172.16.248.177", "210.78.121.215"),
    (
        PAIR,
        "2001:db8::a5c9:4e2f:bb91:5a7d",
        "7cec:702c:1243:f70:1956:125:b9bd:1aba",
    ),
    (
        PAIR,
        "2001:db8::7234:d8f1:3c6e:9a52",
        "7cec:702c:1243:f70:a3ef:c8e:95c1:cd0d",
    ),
    (
        PAIR,
        "2001:db8::f1e0:937b:26d4:8c1a",
        "7cec:702c:1243:f70:443c:c8e:6a62:b64d",
    ),
    (
        PAIR,
        "2001:db8:3a5c:0:e7d1:4b9f:2c8a:f673",
        "7cec:702c:3503:bef:e616:96bd:be33:a9b9",
    ),
    (
        PAIR,
        "2001:db8:9f27:0:b4e2:7a3d:5f91:c8e6",
        "7cec:702c:a504:b74e:194a:3d90:b047:2d1a",
    ),
    (
        PAIR,
        "2001:db8:d8b4:0:193c:a5e7:8b2f:46d1",
        "7cec:702c:f840:aa67:1b8:e84f:ac9d:77fb",
    ),
]


def _octets(address: str) -> bytes:
    octets = address_octets(address)
    assert octets is not None
    return octets


@pytest.mark.parametrize(("key", "plain", "encrypted"), DETERMINISTIC)
def test_deterministic(key: str, plain: str, encrypted: str) -> None:
    """Each vector of ipcrypt-deterministic is reproduced."""
    got = DeterministicCipher(bytes.fromhex(key)).encrypt(_octets(plain))
    assert got == ipaddress.ip_address(encrypted).packed


@pytest.mark.parametrize(("key", "plain", "encrypted"), PREFIX)
def test_prefix_preserving(key: str, plain: str, encrypted: str) -> None:
    """Each vector of ipcrypt-pfx is reproduced."""
    got = PrefixCipher(bytes.fromhex(key)).encrypt(_octets(plain))
    assert got == _octets(encrypted)


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(17)])
def test_wrong_keys_of_the_first_are_refused(key: bytes) -> None:
    """A key of another length is refused."""
    with pytest.raises(TransformError):
        DeterministicCipher(key)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), b"k" * 32])
def test_wrong_keys_of_the_second_are_refused(key: bytes) -> None:
    """A key of another length, or of two equal halves, is refused."""
    with pytest.raises(TransformError):
        PrefixCipher(key)
