# SPDX-License-Identifier: Apache-2.0
"""Maps that are looked at as a whole are taken for what field by field finds.

Rules: for any octets, whole, damaged or of another encoding, both ways come to the same
message or the same refusal.
Not here: what is refused (`tests/unit/wire`), laws of the format (`test_wire.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import world
from wire import cbor, messages
from wire.codec import Message
from wire.envelope import ENVELOPE, GAP, HEADER, EnvelopeKind, Gap, read
from wire.errors import WireError
from wire.messages import MANIFEST, SHIPMENT, Manifest, Shipment

ENVELOPE_OCTETS = world.sealed([world.software(), world.load()])
PARTS, HEAD = read(ENVELOPE_OCTETS)
MANIFEST_SAID = Manifest(bytes(16), bytes(16), bytes(16), 5, bytes(16), (bytes(32),))
LOST = replace(HEAD, kind=EnvelopeKind.GAP, gap=Gap(None, 1, 2, "spool-full"))
OF: dict[str, tuple[Message[object], bytes]] = {
    "header": (HEADER, PARTS.header),
    "header with a gap": (HEADER, HEADER.encode(LOST)),
    "envelope": (ENVELOPE, ENVELOPE_OCTETS),
    "manifest": (MANIFEST, MANIFEST.encode(MANIFEST_SAID)),
    "shipment": (SHIPMENT, SHIPMENT.encode(Shipment(b"m", (b"one", b"two")))),
    "gap": (GAP, GAP.encode(Gap(3, 1, 2, "spool-full"))),
}
"""A message of each, and its octets."""
ODD = (
    *(True, False, None, 1.0, 1.5, -1, 2**63, 2**64 - 1, "", "a", b"", b"a"),
    *([], [b""], [1], [[]], {}, {1: 1}, {True: 1}, bytes(16), bytes(32), bytes(64)),
)
"""Values of which most are wrong wherever they stand."""


def outcome(act: Callable[[], object]) -> object:
    """Return what comes of it: a message, or the class and words of a refusal."""
    try:
        return act()
    except WireError as error:
        return type(error), str(error)


def same(message: Message[object], octets: bytes) -> None:
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
        same(message, cbor2.dumps({k: v for k, v in fields.items() if k != key}))
        others = {k: v for k, v in fields.items() if k != key}
        same(message, cbor2.dumps({**others, key: fields[key]}))  # out of order
        for wrong in (True, 1.0, "1", 99, -1):
            items = [(wrong if k == key else k, v) for k, v in fields.items()]
            same(message, _map(items))


def test_true_is_no_key() -> None:
    """A dictionary takes true for one; a message does not."""
    fields = cbor2.loads(OF["gap"][1])
    octets = _map([(True if key == 1 else key, one) for key, one in fields.items()])
    with pytest.raises(WireError):
        GAP.decode(octets)


def test_what_is_written_is_what_the_encoder_writes() -> None:
    """A message that its codecs have checked has the one encoding."""
    for message, octets in OF.values():
        found = message.decode(octets)
        assert message.encode(found) == cbor.encode(message.plain(found)) == octets
    assert messages.MANIFEST.decode(OF["manifest"][1]) == MANIFEST_SAID


def _map(items: list[tuple[object, object]]) -> bytes:
    """Return the encoding of a map as it stands, whatever its keys are."""
    head = bytes([0xA0 + len(items)])
    return head + b"".join(cbor2.dumps(k) + cbor2.dumps(v) for k, v in items)
