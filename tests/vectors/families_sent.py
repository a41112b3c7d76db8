# SPDX-License-Identifier: Apache-2.0
"""Vectors of what travels in one POST and of keys sealed to a device.

Rules: each message that is refused is properly signed unless its name says not.
Not here: statements and who may sign them (`families_trust.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from tests.vectors import world
from wire import cbor, envelope, keys, messages, signed
from wire.crypto import sealing
from wire.crypto.signing import identity
from wire.envelope import Header
from wire.purposes import Purpose
from wire.signed import SignedKind

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
SIGNATURE, SCHEMA, OPEN = "bad-signature", "schema", "cannot-open"
BROKEN = "broken-chain"


def families(keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {
        "shipments": _shipments(),
        "chains": _chains(),
        "pseudonym-keys": _pseudonym_keys(keep),
    }


def _shipments() -> Family:
    first = envelope.announce(
        world.gap_header(sequence=1, previous=envelope.NO_PREVIOUS),
        world.signing("device"),
    )
    second = envelope.announce(
        world.gap_header(previous=envelope.digest(first)), world.signing("device")
    )
    both = (first, second)
    manifest = world.manifest(both)
    stranger = signed.sign(
        SignedKind.SHIPMENT,
        signed.read(manifest, SignedKind.SHIPMENT).payload,
        [world.signing("gate")],
    )
    payload = signed.read(manifest, SignedKind.SHIPMENT).payload
    poll = signed.sign(SignedKind.POLL, payload, [world.signing("device")])
    encode = messages.SHIPMENT.encode
    rows = (
        ("two envelopes", encode(messages.Shipment(manifest, both)), "ok"),
        (
            "an envelope not named: the gate compares",
            encode(messages.Shipment(manifest, (first, first))),
            "ok",
        ),
        ("by another device", encode(messages.Shipment(stranger, both)), SIGNATURE),
        ("a poll for a manifest", encode(messages.Shipment(poll, both)), SIGNATURE),
        (
            "a manifest over its bound",
            cbor.encode({1: bytes(8193), 2: [first]}),
            SCHEMA,
        ),
        ("no envelope", cbor.encode({1: manifest, 2: []}), SCHEMA),
        ("an empty envelope", cbor.encode({1: manifest, 2: [b""]}), SCHEMA),
        ("65 envelopes", cbor.encode({1: manifest, 2: [b"x"] * 65}), SCHEMA),
        ("no manifest", cbor.encode({2: [first]}), SCHEMA),
    )
    return [
        {
            "name": name,
            "kind": "shipment",
            "input": octets.hex(),
            "device": world.signing("device").public.hex(),
            "expect": expect,
        }
        for name, octets, expect in rows
    ]


def _told(header: Header) -> bytes:
    return envelope.announce(header, world.signing("device"))


def _chains() -> Family:
    unknown = envelope.UNKNOWN_DIGEST
    first = _told(world.gap_header(sequence=1, previous=envelope.NO_PREVIOUS))
    second = _told(world.gap_header(previous=envelope.digest(first)))
    named = envelope.digest(second)
    third = _told(world.gap_header(sequence=3, previous=named))
    void = world.void_header(previous=envelope.digest(first), instead=named)
    lost = world.void_header(previous=envelope.digest(first), instead=unknown)
    false = replace(void, instead=world.octets("another", 32))
    fourth = world.gap_header(sequence=4, previous=envelope.digest(third))
    rows = (
        ("three", [first, second, third], "ok"),
        ("a void in the place of the second", [first, _told(void), third], "ok"),
        ("a void of what nobody knows", [first, _told(lost), third], "ok"),
        (
            "two voids in a row",
            [
                first,
                _told(lost),
                _told(
                    replace(
                        lost, sequence=3, previous=named, instead=envelope.digest(third)
                    )
                ),
                _told(fourth),
            ],
            "ok",
        ),
        ("a void that names another", [first, _told(false), third], BROKEN),
        ("one left out", [first, third], BROKEN),
        ("out of order", [second, first], BROKEN),
        (
            "of another spool",
            [
                first,
                _told(
                    world.gap_header(
                        previous=envelope.digest(first), incarnation=bytes(16)
                    )
                ),
            ],
            BROKEN,
        ),
    )
    return [
        {
            "name": name,
            "kind": "chain",
            "envelopes": [octets.hex() for octets in envelopes],
            "expect": expect,
        }
        for name, envelopes, expect in rows
    ]


def _pseudonym_keys(keep: Keep) -> Family:
    device = identity(world.signing("device").public)
    key = keys.PseudonymKey(
        Purpose.SUPPORT, world.NOW, world.NOW + world.DAY, world.octets("p", 32)
    )
    plain = keys.PSEUDONYM_KEYS.encode(keys.PseudonymKeys((key,)))
    info = keys.pseudonym_info(world.TENANT, device)
    public = world.opening("device").public
    sealed = keep("pseudonym keys", lambda: sealing.seal(plain, public, info))
    empty = keep("no pseudonym keys", lambda: sealing.seal(b"", public, info))

    def stated(content: bytes, name: str = "store", to: bytes = device) -> str:
        statement = keys.PseudonymStatement(world.TENANT, to, world.NOW, content)
        payload = keys.PSEUDONYM_STATEMENT.encode(statement)
        return signed.sign(SignedKind.PSEUDONYMS, payload, [world.signing(name)]).hex()

    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    rows = (
        ("as sent", stated(sealed), "device", "ok"),
        ("by another role", stated(sealed, "gate"), "device", SIGNATURE),
        ("sealed to another", stated(sealed), "support", OPEN),
        ("named for another", stated(sealed, to=bytes(16)), "device", OPEN),
        ("damaged", stated(flipped), "device", OPEN),
        ("nothing inside", stated(empty), "device", "malformed"),
    )
    return [
        {
            "name": name,
            "kind": "pseudonym-keys",
            "input": octets,
            "keys": [world.signing("store").public.hex()],
            "opening": world.opening(who).seed().hex(),
            "expect": expect,
        }
        for name, octets, who, expect in rows
    ]
