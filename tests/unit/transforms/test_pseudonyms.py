# SPDX-License-Identifier: Apache-2.0
"""Keyed stand-ins.

Rules: stable under one key, unlinkable across keys and classes.
Not here: the pseudonymise transform's examples (`test_examples.py`).
"""

import re

import pytest

from wire.errors import TransformError
from wire.pseudonyms import pseudonym

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def test_the_form_is_fixed() -> None:
    """A stand-in is its class and eight letters that cannot be misread."""
    shape = r"user-[0-9a-hjkmnp-tv-z]{8}"
    assert re.fullmatch(shape, pseudonym(KEY, "user", "amelie"))


def test_the_value_is_fixed() -> None:
    """The same key, class and value give this stand-in for ever."""
    assert pseudonym(KEY, "user", "amelie") == "user-k5ar72k1"


@pytest.mark.parametrize(
    ("identity", "first", "second"),
    [
        ("user", "Amelie", "amelie"),
        ("host", "WS-7", "ws-7"),
        ("host", "WS-7$", "ws-7"),
        ("fqdn", "ws7.example.net.", "WS7.example.NET"),
        ("mac", "00:1A:2B:3C:4D:5E", "001a.2b3c.4d5e"),
        ("mac", "8:0:27:fc:ad:56", "08-00-27-FC-AD-56"),
        ("ip", "2001:DB8::1", "2001:db8:0:0:0:0:0:1"),
        ("ip", "::ffff:192.0.2.1", "192.0.2.1"),
        ("ip", "192.000.002.001", "192.0.2.1"),
        ("ip", "fe80::1%eth0", "fe80::1"),
    ],
)
def test_spellings_of_one_thing_agree(identity: str, first: str, second: str) -> None:
    """Two spellings of one identity have one stand-in."""
    assert pseudonym(KEY, identity, first) == pseudonym(KEY, identity, second)


def test_keys_are_unlinkable() -> None:
    """Another key, so another purpose or epoch, gives another stand-in."""
    assert pseudonym(KEY, "user", "amelie") != pseudonym(OTHER_KEY, "user", "amelie")


def test_classes_are_separate() -> None:
    """A user and a host of one name do not share their letters."""
    user = pseudonym(KEY, "user", "amelie").partition("-")[2]
    assert user != pseudonym(KEY, "host", "amelie").partition("-")[2]


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_wrong_keys_are_refused(key: bytes) -> None:
    """A key of another length is refused rather than used."""
    with pytest.raises(TransformError):
        pseudonym(key, "user", "amelie")


@pytest.mark.parametrize("identity", ["", "User", "a b", "user\n", "x" * 17])
def test_wrong_classes_are_refused(identity: str) -> None:
    """A class that is not one lower-case word is refused."""
    with pytest.raises(TransformError):
        pseudonym(KEY, identity, "amelie")
