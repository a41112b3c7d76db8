# SPDX-License-Identifier: Apache-2.0
"""A second reader of recipients, grants and releases, from docs/spec/keeper.md alone.

Rules: nothing of `wire`.
Not here: certificates and the keeper's statement (`second_papers.py`).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_cbor import read_message, refuse
from tests.vectors.second_papers import check_decided, check_scope, read_proof
from tests.vectors.second_seal import open_seal, read_signed

Vector = Mapping[str, object]
Fields = dict[int, object]
_TAG, _PART, _SHORT = 16, 8_388_608, 2_048


def _keys(vector: Vector) -> object:
    octets = input_of(vector)
    payload = cast("bytes", read_message("signed", octets)[3])
    keys = read_message("recipient-keys", payload)
    sealing, signing = cast("bytes", keys[2]), cast("bytes", keys[3])
    read_signed(octets, "recipient-keys", [signing], 1)
    found = hashlib.sha256(b"discreet/1/recipient-keys\x00" + sealing + signing)
    return {"keys": shown(keys), "fingerprint": found.hexdigest()}


def _recipient(vector: Vector) -> object:
    keeper = [bytes_of(vector, "public")]
    payload = read_signed(input_of(vector), "recipient", keeper, 1)
    entry = read_message("recipient", payload)
    purposes = cast("list[str]", entry[7])
    if len(set(purposes)) < len(purposes):
        refuse("schema")
    if not re.fullmatch("[A-Z][A-Z]", cast("str", entry[8])):
        refuse("schema")
    return shown(entry)


def _grant(vector: Vector) -> object:
    keeper = [bytes_of(vector, "public")]
    grant = read_message("grant", read_signed(input_of(vector), "grant", keeper, 1))
    scope = cast("Fields", grant[7])
    check_scope(scope)
    if cast("int", grant[10]) > cast("int", grant[11]) or scope[1] != [grant[6]]:
        refuse("schema")
    decisions = check_decided(grant, 13)
    if any(decision[2] != grant[2] for decision in decisions):
        refuse("wrong-identity")
    return shown(grant)


def _release(vector: Vector) -> object:
    return shown(_head(input_of(vector), bytes_of(vector, "digest"))[0])


def _head(octets: bytes, digest: bytes) -> tuple[Fields, bytes]:
    """Return a head by its proof, and the payload that was signed."""
    found: list[bytes] = []

    def read(payload: bytes) -> tuple[Fields, int]:
        release = read_message("release", payload)
        found.append(payload)
        _check_head(release)
        check_decided(release, 11)
        return release, cast("int", release[5])

    return read_proof(octets, digest, "release", read), found[0]


def _check_head(release: Fields) -> None:
    files = cast("list[Fields]", release[7])
    parts = [cast("int", part[2]) - _TAG for part in cast("list[Fields]", release[8])]
    names = [cast("str", file[4]) for file in files]
    form = r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)+"
    archive = cast("Fields", release.get(14, {}))
    if archive and (parts or not re.fullmatch(form, cast("str", archive[1]))):
        refuse("schema")
    if (
        cast("int", release[6]) < cast("int", release[5])
        or len(set(names)) < len(names)
        or not all(re.fullmatch(form, name) for name in names)
        or (parts and sum(parts) != sum(cast("int", file[5]) for file in files))
        or any(part != _PART - _TAG for part in parts[:-1])
    ):
        refuse("schema")


def _part(vector: Vector) -> object:
    release, _ = _head(bytes_of(vector, "head"), bytes_of(vector, "digest"))
    number, octets = cast("int", vector["number"]), input_of(vector)
    parts = cast("list[Fields]", release[8])
    named = parts[number]
    if [hashlib.sha256(octets).digest(), len(octets)] != [named[1], named[2]]:
        refuse("cannot-open")
    last = b"\x01" if number == len(parts) - 1 else b"\x00"
    bound = b"discreet/1/release-part\x00" + cast("bytes", release[2]) + last
    try:
        cipher = AESGCM(bytes_of(vector, "key"))
        return cipher.decrypt(number.to_bytes(12, "big"), octets, bound).hex()
    except InvalidTag:
        refuse("cannot-open")


def _release_key(vector: Vector) -> object:
    answer = read_message("release-key", input_of(vector))
    release, payload = _head(bytes_of(vector, "head"), bytes_of(vector, "digest"))
    nonce, sealed = cast("bytes", answer[2]), cast("bytes", answer[3])
    info = b"discreet/1/release-key\x00" + hashlib.sha256(payload).digest() + nonce
    key = open_seal(sealed, bytes_of(vector, "opening"), info)
    label = b"discreet/1/release-key-digest\x00"
    if hashlib.sha256(label + key).digest() != release[12]:
        refuse("cannot-open")
    return key.hex()


def _short(vector: Vector) -> object:
    kind, octets = str(vector["kind"]), input_of(vector)
    if len(octets) > _SHORT:
        refuse("limit")
    public = [bytes_of(vector, "public")]
    return shown(read_message(kind, read_signed(octets, kind, public, 1)))


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "recipient-keys": _keys,
    "recipient": _recipient,
    "grant": _grant,
    "release": _release,
    "part": _part,
    "release-key": _release_key,
    "fetch": _short,
    "received": _short,
}
