# SPDX-License-Identifier: Apache-2.0
"""Keyed stand-ins.

Rules: stable under one key, unlinkable across keys and classes.
Not here: the pseudonymise transform's examples (`test_examples.py`).
"""

import re

import pytest
import re2

from wire.errors import TransformError
from wire.pseudonyms import pseudonym
from wire.stand_ins import STAND_IN

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


@pytest.mark.parametrize(
    ("identity", "value", "shape"),
    [
        ("user", "amelie", "user_L"),
        ("user", r"CORP\amelie", "user_L@domain_L"),
        ("user", "WS7$", "host_L"),
        ("mail", "amelie@example.net", "user_L@domain_L"),
        ("mail", "amelie", "mail_L"),
        ("host", "ws7", "host_L"),
        ("host", "ws7.corp.example.net", r"host_L\+domain_L"),
        ("host", "ws7.local", r"host_L\+domain_L"),
        ("host", "example.net", "domain_L"),
        ("host", "192.0.2.1", "ip_L"),
        ("ip", "192.0.2.1", "ip_L"),
        ("ip", "2001:db8::1", "ip_L"),
        ("mac", "00:1a:2b:3c:4d:5e", "mac_L"),
        ("sid", "S-1-5-21-1-2-3", "sid_L"),
        ("sid", "S-1-5-21-1-2-3-512", "sid_L_512"),
        ("sid", "S-1-5-21-1-2-3-1107", "sid_L_L"),
        ("sid", "S-1-12-1-1-2-3-4", "sid_L"),
    ],
)
def test_the_form_is_fixed(identity: str, value: str, shape: str) -> None:
    """A stand-in is its class and eight letters that cannot be misread, by parts."""
    form = shape.replace("L", "[0-9a-hjkmnp-tv-z]{8}")
    assert re.fullmatch(form, pseudonym(KEY, identity, value))


@pytest.mark.parametrize(
    ("identity", "value", "shape"),
    [
        ("ip", "192.0.2.1", "ip4_[0-9a-f]{8}"),
        ("ip", "2001:db8::1", "ip6_[0-9a-f]{32}"),
        ("mac", "00:1a:2b:3c:4d:5e", "mac_001a2b_L"),
        ("mac", "02:1a:2b:3c:4d:5e", "mac_L"),
        ("mac", "00:1a:2b:ff:fe:3c:4d:5e", "mac_L"),
        ("user", "amelie", "user_L"),
    ],
)
def test_a_prefix_is_kept_on_demand(identity: str, value: str, shape: str) -> None:
    """Addresses become digits that nothing takes for an address; makers show."""
    form = shape.replace("L", "[0-9a-hjkmnp-tv-z]{8}")
    assert re.fullmatch(form, pseudonym(KEY, identity, value, prefix=True))


def test_the_value_is_fixed() -> None:
    """The same key, class and value give this stand-in for ever."""
    assert pseudonym(KEY, "user", "amelie") == "user_k5ar72k1"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("mail", "amelie@example.net"), ("user", "amelie")),
        (("user", r"CORP\amelie"), ("user", "amelie")),
        (("host", "ws7.corp.example.net"), ("host", "ws7")),
        (("sid", "S-1-5-21-1-2-3-500"), ("sid", "S-1-5-21-1-2-3")),
    ],
)
def test_first_parts_join(one: tuple[str, str], two: tuple[str, str]) -> None:
    """The first part of a name is the stand-in of that part alone."""
    assert pseudonym(KEY, *one).startswith(pseudonym(KEY, *two))


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("mail", "amelie@example.net"),
        ("mail", "amelie%40EXAMPLE.net"),
        ("host", "ws7.example.net"),
    ],
)
def test_domains_join(identity: str, value: str) -> None:
    """Mail and machines of one domain show that they are."""
    domain = pseudonym(KEY, "domain", "example.net")
    assert re.split("[+@]", pseudonym(KEY, identity, value))[1] == domain


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
        ("ip", "192.0.2.1/24", "192-0-2-1"),
        ("ip", "[2001:db8::1]", "2001:db8::1"),
        ("user", "m\u00fcller", "MU\u0308LLER"),
        ("user", r"CORP\amelie", "Amelie@corp"),
        ("mail", "amelie@example.net", "Amelie%40Example.NET"),
        ("person", "Eve Roux", "roux, eve"),
        ("person", "eve.roux", "Eve Roux"),
        ("serial", "PF3K-9Q", "pf3k9q"),
        ("uuid", "{1B4E28BA-2FA1}", "1b4e28ba2fa1"),
        ("sid", "S-1-5-21-1-2-3-1107", "s-1-5-21-1-2-3-1107"),
        (
            "sid",
            "S-1-5-21-1-2-3-500",
            "0x010500000000000515000000010000000200000003000000F4010000",
        ),
    ],
)
def test_spellings_of_one_thing_agree(identity: str, first: str, second: str) -> None:
    """Two spellings of one identity have one stand-in."""
    assert pseudonym(KEY, identity, first) == pseudonym(KEY, identity, second)


def test_a_machine_is_the_domain_of_its_accounts() -> None:
    """A name has the same letters as a machine and as a domain."""
    machine = pseudonym(KEY, "host", "ws7").partition("_")[2]
    assert pseudonym(KEY, "user", r"WS7\amelie").endswith(f"@domain_{machine}")


def test_keys_are_unlinkable() -> None:
    """Another key, so another purpose or epoch, gives another stand-in."""
    assert pseudonym(KEY, "user", "amelie") != pseudonym(OTHER_KEY, "user", "amelie")


def test_classes_are_separate() -> None:
    """A user and a host of one name do not share their letters."""
    user = pseudonym(KEY, "user", "amelie").partition("_")[2]
    assert user != pseudonym(KEY, "host", "amelie").partition("_")[2]


@pytest.mark.parametrize("prefix", [False, True])
@pytest.mark.parametrize("identity", ["ip", "mac", "sid", "host", "mail", "user"])
def test_every_form_is_a_stand_in(identity: str, *, prefix: bool) -> None:
    """What is made is recognised, with any value, and never a second time made."""
    for value in ("", "x", "a@b.c", "192.0.2.1", "::1", "S-1-5-21-1-2-3-4-5", "0:1"):
        made = pseudonym(KEY, identity, value, prefix=prefix)
        assert re.fullmatch(STAND_IN, made)
        assert re2.fullmatch(STAND_IN, made)


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
