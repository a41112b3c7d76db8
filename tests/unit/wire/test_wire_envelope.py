# SPDX-License-Identifier: Apache-2.0
"""Envelopes: what is sealed opens, and nothing else does.

Rules: what `seal` makes a reader takes; what a reader would refuse is never sealed.
Not here: every failure class of a reader (`test_wire_vectors.py`).
"""

import pytest

from tests.vectors import world
from wire import body, envelope, limits
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.envelope import EnvelopeKind
from wire.errors import (
    IdentityError,
    LimitError,
    OpenError,
    SchemaError,
    SignatureError,
    VersionError,
    WireError,
)
from wire.unsealing import unseal

DEVICE = world.signing("device")
KEY = world.opening("support")


def test_what_is_sealed_opens() -> None:
    """Header, tables and notes come back."""
    octets = world.sealed([world.software(), world.load()])
    header, opened = unseal(octets, KEY, DEVICE.public)
    assert world.header(records=12) == header
    assert [table.dataset for table in opened.tables] == ["software", "load"]
    assert opened.notes == world.NOTES


def test_a_gap_record_is_read() -> None:
    """A gap record is signed, has no ciphertext and comes back."""
    header = world.gap_header()
    octets = envelope.announce(header, DEVICE)
    read, found = envelope.read(octets)
    envelope.check_signature(read, found, DEVICE.public)
    assert (header, b"") == (found, read.ciphertext)
    with pytest.raises(OpenError):
        unseal(octets, KEY, DEVICE.public)


def test_a_farewell_is_read() -> None:
    """A farewell has neither gap nor ciphertext."""
    header = world.gap_header(kind=EnvelopeKind.FAREWELL, gap=None)
    assert header == envelope.read(envelope.announce(header, DEVICE))[1]


@pytest.mark.slow
def test_no_single_bit_can_be_flipped() -> None:
    """No envelope with any one bit flipped opens."""
    octets = world.sealed()
    unseal(octets, KEY, DEVICE.public)
    for bit in range(8 * len(octets)):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WireError):
            unseal(bytes(flipped), KEY, DEVICE.public)


@pytest.mark.slow
def test_the_seal_itself_takes_no_flipped_bit() -> None:
    """Ciphertext with a flipped bit does not open, whoever signs it again."""
    read, header = envelope.read(world.sealed())
    for bit in range(0, 8 * len(read.ciphertext), 7):
        flipped = bytearray(read.ciphertext)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(OpenError):
            KEY.open(bytes(flipped), envelope.seal_info(read.header))
    assert header.records == 0


def test_the_header_is_bound_into_the_seal() -> None:
    """Ciphertext does not open under another header, even one that is signed."""
    read, header = envelope.read(world.sealed())
    other = envelope.HEADER.encode(world.header(records=0, retention="long"))
    signature = DEVICE.sign(envelope.covered(other, read.ciphertext))
    octets = envelope.ENVELOPE.encode(
        envelope.Envelope(other, read.ciphertext, signature)
    )
    assert header.retention != "long"
    with pytest.raises(OpenError):
        unseal(octets, KEY, DEVICE.public)


def test_the_wrong_people_are_told_apart() -> None:
    """Another device, another signer and another key have their own classes."""
    octets = world.sealed()
    other = SigningKey(world.octets("another device", 32))
    with pytest.raises(IdentityError):
        unseal(octets, KEY, other.public)
    with pytest.raises(OpenError):
        unseal(octets, world.opening("security"), DEVICE.public)
    read, header = envelope.read(octets)
    forged = envelope.Envelope(read.header, read.ciphertext, bytes(64))
    with pytest.raises(SignatureError):
        envelope.check_signature(forged, header, DEVICE.public)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"version": 2}, VersionError),
        ({"suite": 2}, VersionError),
        ({"suite": 0}, VersionError),
        ({"kind": EnvelopeKind.GAP}, SchemaError),
        ({"gap": envelope.Gap(1, 2, 3, "x")}, SchemaError),
        ({"key_id": bytes(16)}, SchemaError),
        ({"sequence": 0}, SchemaError),
        ({"sequence": 2}, SchemaError),
        ({"previous": b"\x01" * 32}, SchemaError),
        ({"bucket": world.NOW + 1}, SchemaError),
        ({"records": 1}, SchemaError),
        ({"retention": ""}, SchemaError),
        ({"device": bytes(16)}, IdentityError),
    ],
)
def test_what_no_reader_takes_is_not_sealed(
    changes: dict[str, object], error: type[WireError]
) -> None:
    """A header that a reader would refuse is refused before it is signed."""
    with pytest.raises(WireError) as refusal:
        world.sealed(**changes)  # type: ignore[arg-type]  # names of its fields
    assert error is refusal.type


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": EnvelopeKind.DATA},
        {"kind": EnvelopeKind.FAREWELL},
        {"gap": None},
        {"suite": 1},
        {"key_id": b"\x01" * 16},
    ],
)
def test_a_false_gap_record_is_not_signed(changes: dict[str, object]) -> None:
    """A header-only envelope that contradicts itself is refused when making it."""
    with pytest.raises((SchemaError, VersionError)):
        envelope.announce(world.gap_header(**changes), DEVICE)


def test_a_small_point_is_no_key() -> None:
    """A sealing key of small order or wrong length is a SchemaError."""
    for wrong in (KEY.public[:-32] + bytes(32), KEY.public[:-1], b"\xff" * 1216, b""):
        with pytest.raises(SchemaError):
            sealing.seal(b"frame", wrong, b"info")


def test_too_much_is_refused_before_it_is_sealed() -> None:
    """A body over its bound is a LimitError, so that the caller splits it."""
    text = world.octets("noise", 50_000).hex()
    rows = [world.record(world.SOFTWARE, {"package.name": text})] * 90
    table = body.Table(
        world.SOFTWARE, world.SOFTWARE.columns[:1], rows, body.Mode.APPEND
    )
    with pytest.raises(LimitError):
        world.sealed([table])
    assert len(text) * 90 > limits.BODY_BYTES


def test_keys_show_nothing() -> None:
    """Private keys have an empty repr and a wrong seed is refused."""
    assert (repr(KEY), repr(DEVICE)) == ("<OpeningKey>", "<SigningKey>")
    with pytest.raises(OpenError):
        OpeningKey(bytes(95))
    with pytest.raises(SignatureError):
        SigningKey(bytes(31))
