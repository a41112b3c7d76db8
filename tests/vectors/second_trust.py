# SPDX-License-Identifier: Apache-2.0
"""A second reader of roots and bundles, from docs/spec alone.

Rules: bytes and a time go in, a verdict comes out; nothing of `wire`.
Not here: signatures themselves (`second_seal.py`).
"""

import hashlib
from collections.abc import Mapping
from typing import cast

from tests.vectors.forms import bytes_of, input_of
from tests.vectors.second_cbor import read_message, refuse
from tests.vectors.second_orders import check_technicians
from tests.vectors.second_seal import key_id, read_signed

Vector = Mapping[str, object]
Fields = dict[int, object]
_SKEW, _DAY, _EPOCHS = 900, 86_400, 12


def root_digest(root: Fields) -> bytes:
    """Return the digest of a root that a token pins."""
    content = cast("bytes", root[1]) + bytes([cast("int", root[5])])
    content += b"".join(sorted(cast("list[bytes]", root[6])))
    return hashlib.sha256(b"discreet/1/root\x00" + content).digest()


def _payload(octets: bytes, kind: str) -> bytes:
    """Return a payload whose signature is checked later, against what it names."""
    return read_signed(octets, kind, [], 0)


def _check(octets: bytes, by: Fields) -> None:
    keys = cast("list[bytes]", by[6])
    read_signed(octets, "root", keys, cast("int", by[5]))


def judge_root(vector: Vector) -> object:
    """Judge a first root by its digest, another by the one held."""
    octets = input_of(vector)
    if "digest" in vector:
        return {"version": first_root(octets, bytes_of(vector, "digest"))[2]}
    held = read_message("root", bytes_of(vector, "held"))
    return {"version": next_root(octets, held)[2]}


def _root(octets: bytes) -> Fields:
    """Return a root whose technicians fit."""
    root = read_message("root", _payload(octets, "root"))
    check_technicians(cast("list[Fields]", root[13]))
    return root


def first_root(octets: bytes, digest: bytes) -> Fields:
    """Return a root that a digest pins."""
    root = _root(octets)
    if root_digest(root) != digest:
        refuse("bad-signature")
    _check(octets, root)
    return root


def next_root(octets: bytes, held: Fields) -> Fields:
    """Return the newer of a root and the one held."""
    root = _root(octets)
    version, before = cast("int", root[2]), cast("int", held[2])
    if root[1] != held[1]:
        refuse("wrong-identity")
    if version <= before:
        return held
    if version != before + 1:
        refuse("rollback")
    _check(octets, held)
    _check(octets, root)
    return root


def judge_bundle(vector: Vector) -> object:
    """Judge a bundle by a root, a time and the bundle held."""
    root = read_message("root", bytes_of(vector, "root"))
    now = cast("int", vector["now"])
    device = bytes_of(vector, "device") if "device" in vector else None
    held = None
    if vector["held"] is not None:
        held = _bundle(bytes_of(vector, "held"), root, None, now)
    newest, policy, keys, digest, placed = _bundle(input_of(vector), root, held, now)
    _check_placed(policy, digest, placed, device)
    published = cast("list[Fields]", keys[5])
    return {
        "root": newest[2],
        "policy": policy[2],
        "policy_digest": digest,
        "keys": keys[2],
        "key_ids": [key_id(cast("bytes", key[6])).hex() for key in published],
    }


Parts = tuple[Fields, Fields, Fields, str, Fields | None]


def _bundle(octets: bytes, root: Fields, held: Parts | None, now: int) -> Parts:
    bundle = read_message("bundle", octets)
    for item in cast("list[bytes]", bundle[1]):
        root = next_root(item, root)
    within(root, now)
    signed_policy, signed_keys = cast("bytes", bundle[2]), cast("bytes", bundle[3])
    payload = read_signed(signed_policy, "policy", cast("list[bytes]", root[7]), 1)
    policy = read_message("policy-statement", payload)
    published = read_signed(signed_keys, "keys", cast("list[bytes]", root[8]), 1)
    keys = read_message("key-statement", published)
    for statement in (policy, keys):
        if statement[1] != root[1]:
            refuse("wrong-identity")
        within(statement, now)
    placed = None
    if 5 in bundle:
        octets = cast("bytes", bundle[5])
        named = read_signed(octets, "placement", cast("list[bytes]", root[7]), 1)
        placed = read_message("placement", named)
    parts = root, policy, keys, hashlib.sha256(payload).hexdigest(), placed
    if held is not None:
        _check_follows(parts, held)
    _check_epochs(policy, keys)
    return parts


def _check_follows(parts: Parts, held: Parts) -> None:
    """Refuse what is a step back from what is held."""
    _, policy, keys, digest, placed = parts
    older = cast("int", policy[2]) < cast("int", held[1][2])
    before = held[4]
    if older and (before is None or policy.get(6) == held[1].get(6)):
        refuse("rollback")
    if cast("int", keys[2]) < cast("int", held[2][2]):
        refuse("rollback")
    if before is not None:
        if placed is None or cast("int", placed[3]) < cast("int", before[3]):
            refuse("rollback")
        if placed[3] == before[3] and digest != held[3]:
            refuse("rollback")


def _check_placed(
    policy: Fields, digest: str, placed: Fields | None, device: bytes | None
) -> None:
    """Refuse a policy that is not for the device."""
    if 6 not in policy and placed is None:
        return
    if (
        6 not in policy
        or placed is None
        or (placed[1], placed[2]) != (policy[1], device)
        or cast("bytes", placed[4]).hex() != digest
    ):
        refuse("wrong-identity")


def within(statement: Fields, now: int) -> None:
    """Refuse a root or statement outside of its time."""
    if now > cast("int", statement[4]):
        refuse("expired")
    if cast("int", statement[3]) > now + _SKEW:
        refuse("not-yet-valid")


def _check_epochs(policy: Fields, keys: Fields) -> None:
    ages = {
        (rules[1], kept[1]): cast("int", kept[2])
        for rules in cast("list[Fields]", cast("Fields", policy[5])[2])
        for kept in cast("list[Fields]", rules[5])
    }
    for key in cast("list[Fields]", keys[5]):
        length = cast("int", key[5]) - cast("int", key[4])
        age = ages.get((key[1], key[2]))
        if length <= 0:
            refuse("schema")
        if age is not None and length > max(_DAY, age // _EPOCHS):
            refuse("schema")
