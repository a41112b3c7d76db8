# SPDX-License-Identifier: Apache-2.0
"""What is taken straight from octets, or put into them, is what a tree would make.

Rules: for any octets, whole, damaged or of another encoding, both ways come to the same
message or the same refusal; for any values of its fields, to the same octets.
Not here: what is refused (`tests/unit/wire`), laws of the format (`test_wire.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import Enum, IntEnum
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import world
from wire import cbor, limits
from wire.codec import Choice, Field, ListOf, Message, Nullable, Octets, Text, Uint
from wire.envelope import ENVELOPE, GAP, HEADER, EnvelopeKind, Gap, read
from wire.errors import LimitError, NotCanonicalError, WireError
from wire.messages import MANIFEST, SHIPMENT, Fate, Manifest, Shipment
from wire.signed import SIGNED

ENVELOPE_OCTETS = world.sealed([world.software(), world.load()])
PARTS, HEAD = read(ENVELOPE_OCTETS)
MANIFEST_SAID = Manifest(
    *(bytes(16), bytes(16), bytes(16), 5, bytes(16), (bytes(32), bytes([7]) * 32))
)
LOST = replace(HEAD, kind=EnvelopeKind.GAP, gap=Gap(None, 1, 2, "spool-full"))


@dataclass(frozen=True, slots=True)
class Every:
    """A field of each type, and one that may be absent."""

    number: int
    octets: bytes
    text: str
    fate: Fate
    numbers: tuple[int, ...]
    maybe: str | None
    absent: int | None


EVERY = Message(
    "every",
    Every,
    (
        Field(1, "number", Uint()),
        Field(2, "octets", Octets(0, 70_000)),
        Field(3, "text", Text(300)),
        Field(4, "fate", Choice(Fate)),
        Field(5, "numbers", ListOf(Uint(70_000, 3), 30)),
        Field(24, "maybe", Nullable(Text(9, 1))),
        Field(256, "absent", Uint(9), optional=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Long:
    """Numbers, of which there may be more than a message has."""

    numbers: tuple[int, ...]


LONG = Message(
    "long", Long, (Field(1, "numbers", ListOf(Uint(), 2 * limits.MESSAGE_ITEMS)),)
)
OF: dict[str, tuple[Message[Any], bytes]] = {
    "header": (HEADER, PARTS.header),
    "header with a gap": (HEADER, HEADER.encode(LOST)),
    "envelope": (ENVELOPE, ENVELOPE_OCTETS),
    "manifest": (MANIFEST, MANIFEST.encode(MANIFEST_SAID)),
    "shipment": (SHIPMENT, SHIPMENT.encode(Shipment(b"m", (b"one", b"two")))),
    "gap": (GAP, GAP.encode(Gap(3, 1, 2, "spool-full"))),
    "signed": (SIGNED, world.manifest([ENVELOPE_OCTETS])),
    "every": (
        EVERY,
        EVERY.encode(Every(1 << 32, b"ab", "é", Fate.STORED, (3, 256), "x", 9)),
    ),
}
"""A message of each, and its octets."""
ODD = (
    *(True, False, None, 1.0, 1.5, -1, 2**63, 2**64 - 1, "", "a", b"", b"a"),
    *([], [b""], [1], [[]], {}, {1: 1}, {True: 1}, bytes(16), bytes(32), bytes(64)),
)
"""Values of which most are wrong wherever they stand."""


class Number(IntEnum):
    """Equal to a number, and to a fate's value, and neither."""

    ONE = 1


class Other(Enum):
    """Of another type than any field, with values that some have."""

    ONE = 1
    ROOT = "root"


class Octet(bytes):
    """Octets, and more than that."""


class Letters(str):
    """A text, and more than that."""

    __slots__ = ()


SAID = (
    *ODD,
    *(Number.ONE, Other.ONE, Other.ROOT, Octet(16), Octet(32), Letters("a")),
    *(bytearray(16), "a" * 513, "\udc80", bytes(70_000), -(2**70), 2**70),
    *(Fate.STORED, EnvelopeKind.GAP, Gap(None, 1, 2, "x"), Gap(1, 2, 3, "")),
    *((1,), (b"",), ("a",), [3, 5], (None,), (Fate.STORED,), (3,) * 31),
)
"""What somebody may say who does not heed the types."""


def outcome(act: Callable[[], object]) -> object:
    """Return what comes of it: a message, or the class and words of a refusal."""
    try:
        return act()
    except (WireError, AttributeError, TypeError) as error:
        return type(error), str(error)


def same(message: Message[Any], octets: bytes) -> None:
    """Require both ways to come to the same."""
    each = outcome(lambda: message.read(cbor.decode(octets)))
    assert outcome(lambda: message.decode(octets)) == each


@pytest.mark.parametrize("name", OF)
@given(st.data())
def test_damage_is_refused_as_ever(name: str, data: st.DataObject) -> None:
    """Octets that were changed, cut off or added are one thing to both."""
    message, octets = OF[name]
    changed = bytearray(octets)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, min(len(octets), 300) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([b"", b"\x00", b"\xf6"]))
    cut = data.draw(st.integers(0, 2))
    same(message, bytes(changed[: len(changed) - cut]) + end)


@pytest.mark.parametrize("name", OF)
def test_any_value_in_any_place_is_one_thing_to_both(name: str) -> None:
    """Each field in turn has each odd value, is left out, or has another key."""
    message, octets = OF[name]
    fields = cbor2.loads(octets)
    same(message, octets)
    for key in fields:
        for odd in ODD:
            same(message, cbor2.dumps({**fields, key: odd}))
        others = {k: v for k, v in fields.items() if k != key}
        same(message, cbor2.dumps(others))
        same(message, cbor2.dumps({**others, key: fields[key]}))  # out of order
        for wrong in (True, 1.0, "1", 99, -1):
            items = [(wrong if k == key else k, v) for k, v in fields.items()]
            same(message, _map(items))


@pytest.mark.parametrize("name", OF)
def test_what_is_right_is_taken_straight(name: str) -> None:
    """A message in its one encoding needs no tree, and is what the tree says."""
    message, octets = OF[name]
    assert message.take(octets, 0) == (message.read(cbor.decode(octets)), len(octets))


@given(
    st.builds(
        Every,
        st.integers(0, limits.SEQUENCE),
        st.one_of(st.binary(), st.binary(min_size=65_530, max_size=65_540)),
        st.text(max_size=75),
        st.sampled_from(Fate),
        st.lists(st.integers(3, 70_000), max_size=30).map(tuple),
        st.none() | st.text("aé", min_size=1, max_size=4),
        st.none() | st.integers(0, 9),
    )
)
def test_whatever_is_written_is_taken(said: Every) -> None:
    """Heads of every length are known, and written as the tree's are."""
    octets = EVERY.encode(said)
    assert octets == cbor.encode(EVERY.plain(said))
    assert EVERY.take(octets, 0) == (said, len(octets))


def written(message: Message[Any], value: object) -> None:
    """Require both ways to come to the same octets, or the same refusal."""
    each = outcome(lambda: cbor.encode(message.plain(value)))
    assert outcome(lambda: message.encode(value)) == each


@pytest.mark.parametrize("name", OF)
def test_whatever_is_said_is_written_as_ever(name: str) -> None:
    """Each field in turn has each odd value, and so has the message itself."""
    message, octets = OF[name]
    said = message.decode(octets)
    for one in fields(said):
        for odd in SAID:
            written(message, replace(said, **{one.name: odd}))
    for odd in SAID:
        written(message, odd)


@pytest.mark.parametrize("name", OF)
def test_what_is_right_is_put_straight(name: str) -> None:
    """A message of the right types needs no tree, and is the octets of the tree."""
    message, octets = OF[name]
    said, pieces = message.decode(octets), list[bytes]()
    message.put(said, pieces.append)
    assert b"".join(pieces) == cbor.encode(message.plain(said)) == octets


def test_fields_out_of_order_are_written_in_order() -> None:
    """A message whose fields are declared in no order has the one encoding."""
    turned = Message(
        "turned",
        Gap,
        (
            Field(4, "reason", Text(9)),
            Field(3, "until", Uint()),
            Field(2, "since", Uint()),
            Field(1, "count", Nullable(Uint())),
        ),
    )
    said = Gap(None, 1, 2, "x")
    assert turned.encode(said) == GAP.encode(said)


def test_more_items_than_a_message_has_are_not_written() -> None:
    """Whoever says too much is refused, as whoever reads it would refuse it."""
    many = Long((7,) * limits.MESSAGE_ITEMS)
    with pytest.raises(LimitError):
        LONG.encode(many)


@pytest.mark.parametrize("name", OF)
def test_every_longer_head_is_refused(name: str) -> None:
    """A number that stands in more octets than it needs is not the one encoding."""
    message, octets = OF[name]
    kind, count = octets[0] & 0xE0, octets[0] & 0x1F
    longer = bytes([kind + 24, count]) + octets[1:]
    with pytest.raises(NotCanonicalError):
        message.decode(longer)
    field = octets[1:]
    with pytest.raises(NotCanonicalError):
        message.decode(octets[:1] + bytes([24, field[0]]) + field[1:])


def test_a_bound_on_items_holds_as_ever() -> None:
    """A message of more items than any may have is refused, whatever it allows."""
    octets = LONG.encode(Long((7,) * (limits.MESSAGE_ITEMS - 2)))
    assert len(LONG.decode(octets).numbers) == limits.MESSAGE_ITEMS - 2
    count = limits.MESSAGE_ITEMS + 1
    with pytest.raises(LimitError):
        LONG.decode(b"\xa1\x01\x9a" + count.to_bytes(4, "big") + b"\x07" * count)


def _map(items: list[tuple[object, object]]) -> bytes:
    """Return the encoding of a map as it stands, whatever its keys are."""
    head = bytes([0xA0 + len(items)])
    return head + b"".join(cbor2.dumps(k) + cbor2.dumps(v) for k, v in items)
