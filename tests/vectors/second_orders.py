# SPDX-License-Identifier: Apache-2.0
"""A second reader of orders, proofs and removals, from docs/spec/wire.md alone.

Rules: nothing of `wire`; the client data is compared by its pieces, as section 19 has
them.
Not here: seals (`second_seal.py`).
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_cbor import read_message, refuse
from tests.vectors.second_seal import (
    check_signature,
    identity,
    open_seal,
    read_frame,
    read_signed,
)

Vector = Mapping[str, object]
Fields = dict[int, object]
_REQUEST, _ORDER, _LIST, _FRESH, _SKEW = 4_096, 8_768, 32_768, 600, 900
_KEY, _PERIOD = 2_048, 30 * 86_400 + 3_600
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLACE = re.compile(rf"(https|http)://({_LABEL}(?:\.{_LABEL})*)(:[1-9][0-9]{{0,4}})?")


def check_technician(entry: Fields) -> None:
    """Require that the parts of an entry fit together."""
    public, kind = cast("bytes", entry[2]), entry[3]
    wanted = 65 if kind == "passkey-es256" else 32
    if len(public) != wanted or (wanted == 65 and public[0] != 4):
        refuse("schema")
    if kind == "key-file":
        if 5 in entry or 6 in entry:
            refuse("schema")
        return
    if 5 not in entry or 6 not in entry:
        refuse("schema")
    where, place = cast("str", entry[5]), cast("str", entry[6])
    found = _PLACE.fullmatch(place)
    if found is None or not re.fullmatch(rf"{_LABEL}(?:\.{_LABEL})*", where):
        refuse("schema")
    if found[1] == "http" and found[2] != "localhost":
        refuse("schema")
    if found[2] != where and not found[2].endswith("." + where):
        refuse("schema")


def check_technicians(entries: list[Fields]) -> None:
    """Require that each entry fits, and that no key stands twice."""
    for entry in entries:
        check_technician(entry)
    if len({cast("bytes", entry[2]) for entry in entries}) < len(entries):
        refuse("schema")


def _shows(text: str) -> bool:
    """Tell whether each character is one that can be shown."""
    return all(one == " " or unicodedata.category(one)[0] not in "CZ" for one in text)


def _read_request(octets: bytes) -> Fields:
    asked = read_message("request", octets, _REQUEST)
    given = cast("list[dict[int, str]]", asked[6])
    names = [one[1].encode() for one in given]
    if names != sorted(set(names)):
        refuse("schema")
    told = [cast("str", asked[key]) for key in (5, 8, 9, 10)]
    if not all(map(_shows, (*told, *(text for one in given for text in one.values())))):
        refuse("schema")
    if not all(text.strip() for text in told):
        refuse("schema")
    return asked


def _request(vector: Vector) -> object:
    octets = input_of(vector)
    asked = _read_request(octets)
    digest = hashlib.sha256(b"discreet/1/order\x00" + octets)
    return {"request": shown(asked), "challenge": digest.hexdigest()}


def _read_order(octets: bytes) -> tuple[Fields, list[Fields]]:
    order = read_message("order", octets, _ORDER)
    given = cast("list[Fields]", order[2])
    signers = [cast("bytes", one[1]) for one in given]
    if signers != sorted(set(signers)):
        refuse("schema")
    for one in given:
        if (3 in one) != (4 in one):
            refuse("schema")
        if 4 not in one and len(cast("bytes", one[2])) != 64:
            refuse("schema")
    return _read_request(cast("bytes", order[1])), given


def _order(vector: Vector) -> object:
    asked, given = _read_order(input_of(vector))
    signers = [cast("bytes", one[1]).hex() for one in given]
    return {"id": cast("bytes", asked[4]).hex(), "signers": signers}


def _proof(vector: Vector) -> object:
    entry = read_message("technician", bytes_of(vector, "technician"))
    check_technician(entry)
    proof = read_message("proof-of-order", input_of(vector))
    public, signature = cast("bytes", entry[2]), cast("bytes", proof[2])
    if proof[1] != identity(public):
        refuse("bad-signature")
    challenge = bytes_of(vector, "challenge")
    if entry[3] == "key-file":
        if 3 in proof or 4 in proof:
            refuse("bad-signature")
        check_signature(public, signature, b"discreet/1/order-proof\x00" + challenge)
        return {"by": entry[1]}
    if 3 not in proof or 4 not in proof:
        refuse("bad-signature")
    data, client = cast("bytes", proof[3]), cast("bytes", proof[4])
    _check_client(client, challenge, cast("str", entry[6]))
    where = hashlib.sha256(cast("str", entry[5]).encode()).digest()
    flags = data[32]
    if data[:32] != where or flags & 0b101 != 0b101 or flags & 0b11000000:
        refuse("bad-signature")
    if flags & 0b11000 == 0b10000:
        refuse("bad-signature")
    covered = data + hashlib.sha256(client).digest()
    if entry[3] == "passkey-eddsa":
        check_signature(public, signature, covered)
    else:
        _check_curve(public, signature, covered)
    return {"by": entry[1]}


def _check_client(client: bytes, challenge: bytes, origin: str) -> None:
    text = base64.urlsafe_b64encode(challenge).rstrip(b"=")
    expected = b"".join(
        (
            bytes.fromhex("7b2274797065223a"),
            b'"webauthn.get"',
            bytes.fromhex("2c226368616c6c656e6765223a"),
            b'"' + text + b'"',
            bytes.fromhex("2c226f726967696e223a"),
            b'"' + origin.encode() + b'"',
            bytes.fromhex("2c2263726f73734f726967696e223a"),
            b"false",
        )
    )
    rest = client[len(expected) :]
    if not client.startswith(expected) or not rest or rest[0] not in {0x7D, 0x2C}:
        refuse("bad-signature")


def _number(octets: bytes) -> tuple[int, bytes]:
    """Return a DER integer of 1 to 33 octets, above zero and shortest, and the rest."""
    if len(octets) < 3 or octets[0] != 2 or not 1 <= octets[1] <= 33:
        refuse("bad-signature")
    content, rest = octets[2 : 2 + octets[1]], octets[2 + octets[1] :]
    if len(content) != octets[1] or content[0] & 0x80:
        refuse("bad-signature")
    if content[0] == 0 and (len(content) == 1 or not content[1] & 0x80):
        refuse("bad-signature")
    return int.from_bytes(content), rest


def _check_curve(public: bytes, signature: bytes, covered: bytes) -> None:
    if signature[0] != 0x30 or signature[1] != len(signature) - 2:
        refuse("bad-signature")
    _, rest = _number(signature[2:])
    _, rest = _number(rest)
    if rest:
        refuse("bad-signature")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(signature, covered, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        refuse("bad-signature")


def _sealed(vector: Vector) -> object:
    info = b"discreet/1/order-seal\x00"
    info += bytes_of(vector, "tenant") + bytes_of(vector, "device")
    plain = open_seal(input_of(vector), bytes_of(vector, "opening"), info)
    asked, _ = _read_order(read_frame(plain))
    return {"id": cast("bytes", asked[4]).hex()}


def _revocations(vector: Vector) -> object:
    octets = input_of(vector)
    if len(octets) > _LIST:
        refuse("limit")
    root = read_message("root", bytes_of(vector, "root"))
    keys = cast("list[bytes]", root[9])
    found = read_message("revocations", read_signed(octets, "revocations", keys, 1))
    if found[1] != root[1]:
        refuse("wrong-identity")
    for key in (3, 4):
        removed = cast("list[bytes]", found[key])
        if removed != sorted(set(removed)):
            refuse("schema")
    issued, now = cast("int", found[2]), cast("int", vector["now"])
    if issued < cast("int", vector["held"]):
        refuse("rollback")
    if issued > now + _SKEW:
        refuse("not-yet-valid")
    if now - issued > _FRESH:
        refuse("expired")
    return shown(found)


def _ticket_key(vector: Vector) -> object:
    octets, now = input_of(vector), cast("int", vector["now"])
    if len(octets) > _KEY:
        refuse("limit")
    root = read_message("root", bytes_of(vector, "root"))
    asked = read_message("request", bytes_of(vector, "request"))
    keys = cast("list[bytes]", root[8])
    found = read_message("ticket-key", read_signed(octets, "ticket-key", keys, 1))
    key = cast("Fields", found[5])
    if (found[1], found[2], key[1]) != (asked[1], asked[8], asked[7]):
        refuse("wrong-identity")
    if not 0 < cast("int", key[5]) - cast("int", key[4]) <= _PERIOD:
        refuse("schema")
    if now > cast("int", found[4]):
        refuse("expired")
    if cast("int", found[3]) > now + _SKEW:
        refuse("not-yet-valid")
    return shown(key)


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "request": _request,
    "order": _order,
    "proof-of-order": _proof,
    "sealed-order": _sealed,
    "revocations": _revocations,
    "ticket-key": _ticket_key,
}
