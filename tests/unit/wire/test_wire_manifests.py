# SPDX-License-Identifier: Apache-2.0
"""A shipment's manifest is found before the shipment is there.

Rules: every prefix of a real shipment is looked at.
Not here: who signed it (`test_wire_vectors.py`).
"""

import pytest

from tests.vectors import world
from wire import cbor, envelope, limits
from wire.errors import LimitError, SchemaError, WireError
from wire.manifests import manifest_of
from wire.messages import SHIPMENT, Shipment

ENVELOPE = envelope.announce(world.gap_header(), world.signing("device"))
MANIFEST = world.manifest([ENVELOPE])
WHOLE = SHIPMENT.encode(Shipment(MANIFEST, (ENVELOPE,)))


def test_every_prefix() -> None:
    """Nothing is told until the manifest is whole, and then always the same."""
    end = WHOLE.index(MANIFEST) + len(MANIFEST)
    found = [manifest_of(WHOLE[:length]) for length in range(len(WHOLE) + 1)]
    assert found[:end] == [None] * end
    assert set(found[end:]) == {MANIFEST}


@pytest.mark.parametrize("length", [1, 23, 24, 255, 256, limits.MANIFEST_BYTES])
def test_every_width_of_a_length(length: int) -> None:
    """A length of no, one and two octets is read."""
    octets = cbor.encode({1: bytes(length), 2: [b"x"]})
    assert manifest_of(octets) == bytes(length)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (b"\xa1\x01", SchemaError),
        (b"\x01", SchemaError),
        (b"\xa2\x02", SchemaError),
        (b"\xa2\x01\x61x", SchemaError),
        (b"\xa2\x01\x40", SchemaError),
        (b"\xa2\x01\x5a\x00\x00\x00\x09", SchemaError),
        (b"\xa2\x01\x59\x20\x01", LimitError),
    ],
)
def test_what_becomes_no_shipment(start: bytes, refusal: type[WireError]) -> None:
    """What can never become a shipment is refused at once."""
    with pytest.raises(refusal):
        manifest_of(start)
