# SPDX-License-Identifier: Apache-2.0
"""Deterministic CBOR of the subset.

Rules: each value has one form; all else is refused with the class the spec names.
Not here: round trips of drawn values (`tests/property/test_wire.py`).
"""

import tracemalloc
from typing import cast

import pytest

from wire import cbor, limits
from wire.cbor import Plain
from wire.errors import DecodeError, LimitError, NotCanonicalError, SchemaError

FORMS = [
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (256, "190100"),
    (65_536, "1a00010000"),
    (2**63 - 1, "1b7fffffffffffffff"),
    (-1, "20"),
    (-(2**63), "3b7fffffffffffffff"),
    (b"\x01", "4101"),
    ("é", "62c3a9"),
    ([1, [2]], "82018102"),
    ({1: 2, 24: 3}, "a20102181803"),
    ({"b": 1, "aa": 2}, "a2616201626161" + "02"),
    (True, "f5"),
    (False, "f4"),
    (None, "f6"),
]


@pytest.mark.parametrize(("value", "form"), FORMS)
def test_each_value_has_its_form(value: Plain, form: str) -> None:
    """A value encodes to the form of RFC 8949 section 4.2.1 and back."""
    assert (form, value) == (cbor.encode(value).hex(), cbor.decode(bytes.fromhex(form)))


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("", DecodeError),
        ("18", DecodeError),
        ("1c", DecodeError),
        ("ff", DecodeError),
        ("6161"[:2], DecodeError),
        ("62c328", DecodeError),
        ("63eda080", DecodeError),
        ("9f00ff", DecodeError),
        ("5f4100ff", DecodeError),
        ("bf0000ff", DecodeError),
        ("a201000101", DecodeError),
        ("9bffffffffffffffff", DecodeError),
        ("bbffffffffffffffff", DecodeError),
        ("5bffffffffffffffff", DecodeError),
        ("f818", DecodeError),
        ("1800", NotCanonicalError),
        ("190017", NotCanonicalError),
        ("5801aa", NotCanonicalError),
        ("a202000100", NotCanonicalError),
        ("0000", NotCanonicalError),
        ("f90000", SchemaError),
        ("fb7ff8000000000000", SchemaError),
        ("f7", SchemaError),
        ("f0", SchemaError),
        ("a1f500", DecodeError),
        ("a1410000", DecodeError),
        ("a12000", DecodeError),
        ("a20100f500", DecodeError),
        ("1b8000000000000000", SchemaError),
        ("3b8000000000000000", SchemaError),
    ],
)
def test_other_forms_are_refused(form: str, error: type[DecodeError]) -> None:
    """What is not the one form is refused with its class."""
    with pytest.raises(DecodeError) as refusal:
        cbor.decode(bytes.fromhex(form))
    assert refusal.type is error


@pytest.mark.parametrize("tag", [0, 2, 24, 25, 28, 256, 258, 261, 1000, 55799, 2**32])
def test_a_tag_is_malformed(tag: int) -> None:
    """Any tag at all is refused as malformed, whatever a library makes of it."""
    size = 1 if tag < 24 else 2 if tag < 256 else 3 if tag < 65_536 else 9
    head = bytes([0xC0 + tag]) if size == 1 else b""
    lead = {2: b"\xd8", 3: b"\xd9", 9: b"\xdb"}
    head = head or lead[size] + tag.to_bytes(size - 1, "big")
    with pytest.raises(DecodeError) as refusal:
        cbor.decode(b"\x81" + head + b"\x00")
    assert refusal.type is DecodeError


@pytest.mark.parametrize("keys", [(1, "a"), (24, "")])
def test_keys_of_a_map_are_of_one_type(keys: tuple[int | str, int | str]) -> None:
    """A map mixes no types of keys, so its order is the same under every rule."""
    with pytest.raises(SchemaError):
        cbor.encode(dict.fromkeys(keys, 0))


@pytest.mark.parametrize("key", [-1, b"", True, None])
def test_other_keys_are_refused(key: object) -> None:
    """A key that is no unsigned integer and no text is refused before it is written."""
    with pytest.raises(DecodeError):
        cbor.encode(cast("Plain", {key: 1}))


@pytest.mark.parametrize("value", [1.5, "\ud800", 2**63, object(), (1,)])
def test_only_the_subset_is_encoded(value: object) -> None:
    """A value outside the subset is a SchemaError, never another exception."""
    with pytest.raises(SchemaError):
        cbor.encode(value)  # type: ignore[arg-type]  # wrong on purpose


def test_nesting_is_bounded() -> None:
    """Twelve arrays in one another are read, thirteen are not."""
    deepest = b"\x81" * (limits.CBOR_DEPTH - 1) + b"\x80"
    assert cbor.decode(deepest) == cbor.decode(cbor.encode(cbor.decode(deepest)))
    with pytest.raises(DecodeError):
        cbor.decode(b"\x81" + deepest)


def test_items_are_bounded() -> None:
    """An array at the bound is read, one item more is not."""
    most = limits.MESSAGE_ITEMS - 1
    value: list[Plain] = [0] * most
    assert len(value) == len(cbor.decode(cbor.encode(value)))  # type: ignore[arg-type]  # it is a list
    with pytest.raises(LimitError):
        cbor.decode(b"\x9a" + (most + 1).to_bytes(4, "big") + bytes(most + 1))


def test_bytes_are_bounded() -> None:
    """A message one byte over its limit is refused before it is decoded."""
    octets = cbor.encode(bytes(10))
    assert bytes(10) == cbor.decode(octets, len(octets))
    with pytest.raises(LimitError):
        cbor.decode(octets, len(octets) - 1)


@pytest.mark.parametrize(
    "octets",
    [
        b"\x81" * 100_000,
        b"\x9b" + b"\xff" * 8,
        b"\x5a\xff\xff\xff\xff",
        b"\xba\xff\xff\xff\xff" + bytes(1000),
    ],
)
def test_lying_lengths_cost_nothing(octets: bytes) -> None:
    """Deep nesting and lengths of gigabytes are refused without their memory."""
    tracemalloc.start()
    with pytest.raises(DecodeError):
        cbor.decode(octets)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < limits.MIB


@pytest.mark.slow
@pytest.mark.parametrize("item", [b"\x80", b"\x00", b"\x61a", b"\x19\x01\x00", b"\xa0"])
def test_a_million_items_cost_nothing(item: bytes) -> None:
    """Far too many small items are refused before an object is made of each."""
    count = limits.MIB // len(item)
    octets = b"\x9a" + count.to_bytes(4, "big") + item * count
    tracemalloc.start()
    with pytest.raises(LimitError):
        cbor.decode(octets, len(octets))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < limits.MIB
