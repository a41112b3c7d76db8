# SPDX-License-Identifier: Apache-2.0
"""Laws of stand-ins.

Rules: values are built of what the classes' own forms are built of.
Not here: single spellings (`tests/unit/transforms/test_pseudonyms.py`).
"""

import ipaddress
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vectors.second_pseudonym import stand_in
from wire.pseudonyms import pseudonym
from wire.stand_ins import STAND_IN

CLASSES = st.sampled_from(
    [
        "user",
        "mail",
        "host",
        "domain",
        "fqdn",
        "ip",
        "mac",
        "sid",
        "person",
        "serial",
        "uuid",
        "ssid",
    ]
)
PARTS = [
    *("a", "Z", "é", "É", "ß", "\u0308", "İ", "@", "%40", "\\", ".", "$", "-", ":"),
    *("/", "%", "[", "]", " ", "_", "192.0.2.1", "2001:db8::1", "S-1-5-21-1-2-3"),
    *("0x", "010500000000000515000000", "01000000", r"\01", r"\05", r"\00"),
    *("-500", "-0512", "-1107", "00:1a:2b", "local", "1", "\u0663", "\udc80"),
]
VALUES = st.lists(st.sampled_from(PARTS), max_size=6).map("".join) | st.text(max_size=9)
KEYS = st.binary(min_size=32, max_size=32)
V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
V6 = st.integers(2**112, 2**128 - 1).map(ipaddress.IPv6Address)
LETTERS = re.compile(r"_([0-9a-z]{8,32})(?![0-9a-z])")


@settings(max_examples=400)
@given(KEYS, CLASSES, VALUES, st.booleans())
def test_two_readings_of_the_specification_agree(
    key: bytes,
    identity: str,
    value: str,
    prefix: bool,  # noqa: FBT001 - drawn
) -> None:
    """Ours, and one written from the specification bit by bit, make the same."""
    made = pseudonym(key, identity, value, prefix=prefix)
    assert stand_in(key, identity, value, prefix=prefix) == made
    assert re.fullmatch(STAND_IN, made)


@given(KEYS, KEYS, CLASSES, VALUES, st.booleans())
def test_keys_are_unlinkable(
    one: bytes,
    two: bytes,
    identity: str,
    value: str,
    prefix: bool,  # noqa: FBT001 - drawn
) -> None:
    """Under another key, so for another purpose or epoch, no letters are the same."""
    if one == two:
        return
    first = LETTERS.findall(pseudonym(one, identity, value, prefix=prefix))
    second = LETTERS.findall(pseudonym(two, identity, value, prefix=prefix))
    assert first
    assert set(first).isdisjoint(second)


@given(KEYS, CLASSES, VALUES)
def test_spelling_does_not_matter(key: bytes, identity: str, value: str) -> None:
    """Case and white space around change nothing."""
    made = pseudonym(key, identity, value)
    assert pseudonym(key, identity, f" {value.casefold()}\t") == made


@given(KEYS, V4, V4)
def test_prefixes_of_ipv4_are_kept(
    key: bytes, one: ipaddress.IPv4Address, two: ipaddress.IPv4Address
) -> None:
    """Two stand-ins share exactly as many bits as their addresses do."""
    _same_prefix(key, one, two, 32)


@given(KEYS, V6, V6, st.integers(0, 128))
def test_prefixes_of_ipv6_are_kept(
    key: bytes, one: ipaddress.IPv6Address, two: ipaddress.IPv6Address, shared: int
) -> None:
    """So do those of IPv6, also of neighbours."""
    tail = int(two) & (1 << 128 - shared) - 1
    near = ipaddress.IPv6Address(int(one) >> 128 - shared << 128 - shared | tail)
    _same_prefix(key, one, near, 128)


def _same_prefix(
    key: bytes,
    one: ipaddress.IPv4Address | ipaddress.IPv6Address,
    two: ipaddress.IPv4Address | ipaddress.IPv6Address,
    bits: int,
) -> None:
    made = [
        int(pseudonym(key, "ip", str(address), prefix=True).partition("_")[2], 16)
        for address in (one, two)
    ]
    plain = (int(one) ^ int(two)).bit_length()
    assert (made[0] ^ made[1]).bit_length() == plain
    assert plain <= bits
