# SPDX-License-Identifier: Apache-2.0
"""Vectors of technicians' proofs: key files, assertions, spellings of signatures.

Rules: each that is refused has one thing wrong; the name says what.
Not here: who may sign what for whom, which is no matter of octets
(`tests/unit/wire/test_wire_authorisation.py`).
"""

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from tests.authenticator import (
    ATTESTED,
    BACKED_UP,
    ELIGIBLE,
    EXTENDED,
    PRESENT,
    VERIFIED,
    Passkey,
)
from tests.vectors import order_world
from tests.vectors.order_world import ANA, BEN, EDDSA, ES256, EVE, FILE
from wire import orders, proofs
from wire.orders import Proof
from wire.technicians import TECHNICIAN, Technician

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
SIGNATURE = "bad-signature"
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CHALLENGE = orders.challenge(orders.REQUEST.encode(order_world.request()))
_BOTH = PRESENT | VERIFIED


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {"proofs": _key_files() + _passkeys() + _curves()}


def _proof(
    name: str, who: Technician, proof: Proof, expect: str, digest: bytes = CHALLENGE
) -> dict[str, object]:
    return {
        "name": name,
        "kind": "proof-of-order",
        "input": orders.PROOF.encode(proof).hex(),
        "technician": TECHNICIAN.encode(who).hex(),
        "challenge": digest.hex(),
        "expect": expect,
    }


def _key_files() -> Family:
    good = proofs.sign_request(FILE, CHALLENGE)
    passkey = ES256.sign(CHALLENGE)
    plain = replace(good, signature=FILE.sign(CHALLENGE))
    as_order = replace(good, signature=FILE.sign(b"discreet/1/order\x00" + CHALLENGE))
    dressed = replace(good, authenticator=passkey.authenticator, client=passkey.client)
    return [
        _proof("a key file", ANA, good, "ok"),
        _proof("a key file of another request", ANA, good, SIGNATURE, bytes(32)),
        _proof("a key file's digest without a label", ANA, plain, SIGNATURE),
        _proof("a key file's digest with another label", ANA, as_order, SIGNATURE),
        _proof("a key file's signature by another key", EVE, good, SIGNATURE),
        _proof("a key file with an assertion's parts", ANA, dressed, SIGNATURE),
    ]


def _signed_by(passkey: Passkey) -> Technician:
    """Return the entry that a root has for a passkey, whatever it is made to say."""
    return BEN if passkey.kind is BEN.kind else EVE


def _passkeys() -> Family:
    """Return assertions of both algorithms: as they should be, and each part wrong."""
    found: Family = []
    more = ',"other_keys_can_be_added_here":"do not compare clientDataJSON"'
    again = ',"type":"webauthn.create","challenge":"","origin":"https://evil"'
    changes: tuple[tuple[str, dict[str, object], str], ...] = (
        ("as asked", {}, "ok"),
        ("with a counter", {"counter": 2**32 - 1}, "ok"),
        ("backed up", {"flags": _BOTH | ELIGIBLE | BACKED_UP}, "ok"),
        ("with more members", {"members": more}, "ok"),
        ("with members told twice, which mean nothing", {"members": again}, "ok"),
        ("of another site", {"rp_id": "example.net"}, SIGNATURE),
        (
            "of a sign-in",
            {"rp_id": "example.net", "origin": "https://example.net"},
            SIGNATURE,
        ),
        ("asked by another origin", {"origin": "http://localhost:8348"}, SIGNATURE),
        (
            "asked by an origin that goes on",
            {"origin": "http://localhost:83470"},
            SIGNATURE,
        ),
        ("asked from within another page", {"crossing": "true"}, SIGNATURE),
        ("crossing as a text", {"crossing": '"false"'}, SIGNATURE),
        ("crossing goes on", {"crossing": "falsely"}, SIGNATURE),
        ("of a registration", {"type": "webauthn.create"}, SIGNATURE),
        ("of a payment", {"type": "payment.get"}, SIGNATURE),
        ("nobody verified", {"flags": PRESENT}, SIGNATURE),
        ("nobody present", {"flags": VERIFIED}, SIGNATURE),
        ("backed up and not to be", {"flags": _BOTH | BACKED_UP}, SIGNATURE),
        ("with a flag of a new key", {"flags": _BOTH | ATTESTED}, SIGNATURE),
        ("with a flag of extensions", {"flags": _BOTH | EXTENDED}, SIGNATURE),
    )
    for passkey in (ES256, EDDSA):
        who, kind = _signed_by(passkey), passkey.kind.value
        for name, change, expect in changes:
            made = passkey.but(**change).sign(CHALLENGE)
            found.append(_proof(f"{kind}: {name}", who, made, expect))
        found += _odd_assertions(passkey, who)
    return found


def _odd_assertions(passkey: Passkey, who: Technician) -> Family:
    """Return assertions whose parts no client would write so."""
    kind, data = passkey.kind.value, passkey.authenticator()
    client = passkey.client(CHALLENGE)
    good = passkey.sign(CHALLENGE)
    other = ES256 if passkey.kind is not BEN.kind else EDDSA
    rows: tuple[tuple[str, Proof], ...] = (
        ("spaced", passkey.over(data, client.replace(b",", b", "))),
        ("cut before its end", passkey.over(data, client[:-1])),
        ("ended by a zero", passkey.over(data, client[:-1] + b"\x00")),
        ("in another order", passkey.over(data, b"{" + client[23:])),
        (
            "an escape for a letter",
            passkey.over(data, client.replace(b"get", b"\\u0067et")),
        ),
        ("a plain signature", replace(good, authenticator=None, client=None)),
        (
            "its challenge itself signed",
            replace(good, signature=passkey.raw(CHALLENGE)),
        ),
        (
            "its parts signed the wrong way round",
            replace(good, signature=passkey.raw(client + data)),
        ),
        ("of another algorithm", replace(other.sign(CHALLENGE), signer=good.signer)),
    )
    return [_proof(f"{kind}: {name}", who, made, SIGNATURE) for name, made in rows] + [
        _proof(f"{kind}: of another request", who, good, SIGNATURE, bytes(32)),
        _proof(f"{kind}: by another key", ANA, good, SIGNATURE),
    ]


def _curves() -> Family:
    """Return the spellings of an ECDSA signature that there are, of which two count."""
    good = ES256.sign(CHALLENGE)
    r, s = decode_dss_signature(good.signature)
    s = min(s, CURVE_ORDER - s)  # the shorter one, which leaves room to spoil it
    low = encode_dss_signature(r, s)
    body = low[2:]

    def number(value: int, extra: bytes = b"") -> bytes:
        octets = extra + value.to_bytes((value.bit_length() + 8) // 8)
        return bytes([2, len(octets)]) + octets

    def pair(first: bytes, second: bytes) -> bytes:
        return bytes([0x30, len(first + second)]) + first + second

    negative = (CURVE_ORDER - s).to_bytes(32)
    one = number(1)
    rows = (
        ("its lower half", low, "ok"),
        ("its upper half", encode_dss_signature(r, CURVE_ORDER - s), "ok"),
        ("an octet more", low + b"\x00", SIGNATURE),
        ("an octet less", low[:-1], SIGNATURE),
        ("a long length", bytes([0x30, 0x81, len(body)]) + body, SIGNATURE),
        ("a set", b"\x31" + low[1:], SIGNATURE),
        ("an endless length", b"\x30\x80" + one + one + bytes(2), SIGNATURE),
        ("a zero before", pair(number(r), number(s, bytes(1))), SIGNATURE),
        ("below zero", pair(number(r), b"\x02\x20" + negative), SIGNATURE),
        ("the first is zero", pair(b"\x02\x01\x00", number(s)), SIGNATURE),
        ("the second is zero", pair(number(r), b"\x02\x01\x00"), SIGNATURE),
        ("the second is the order", pair(number(r), number(CURVE_ORDER)), SIGNATURE),
        ("three numbers", pair(one, one + one), SIGNATURE),
        ("raw", r.to_bytes(32) + s.to_bytes(32), SIGNATURE),
        ("zeros", bytes(64), SIGNATURE),
    )
    return [
        _proof(f"ECDSA: {name}", BEN, replace(good, signature=octets), expect)
        for name, octets, expect in rows
    ] + [
        _proof(
            "ECDSA: under no point of the curve",
            replace(BEN, public=b"\x04" + bytes(64)),
            replace(good, signer=replace(BEN, public=b"\x04" + bytes(64)).identity),
            SIGNATURE,
        )
    ]
