# SPDX-License-Identifier: Apache-2.0
"""A second reader of the keeper's papers, from docs/spec/keeper.md alone.

Rules: bytes and a digest go in, a verdict comes out; nothing of `wire`.
Not here: signatures themselves (`second_seal.py`), roots (`second_trust.py`).
"""

import hashlib
import re
import struct
from collections.abc import Callable, Mapping
from typing import cast

from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_cbor import read_message, refuse
from tests.vectors.second_seal import read_signed
from tests.vectors.second_trust import first_root, next_root, within

Vector = Mapping[str, object]
Fields = dict[int, object]
_SKEW = 900
_PROOF_BYTES = 4 * 1024 * 1024
_DECISION_BYTES = 2 * 1024
_ROWS = 65_536


def judge_keeper(vector: Vector) -> object:
    """Judge a keeper's statement by its roots and a time."""
    roots = [bytes.fromhex(root) for root in cast("list[str]", vector["roots"])]
    digest, now = bytes_of(vector, "digest"), cast("int | None", vector["now"])
    return shown(_keeper(roots, input_of(vector), digest, now))


def _keeper(
    roots: list[bytes], octets: bytes, digest: bytes, now: int | None
) -> Fields:
    if not roots:
        refuse("schema")
    root = first_root(roots[0], digest)
    for item in roots[1:]:
        root = next_root(item, root)
    payload = read_signed(octets, "keeper", cast("list[bytes]", root[8]), 1)
    statement = read_message("keeper-statement", payload)
    if statement[1] != root[1]:
        refuse("wrong-identity")
    if now is not None:
        within(root, now)
        within(statement, now)
    return statement


def judge_matter(vector: Vector) -> object:
    """Judge a matter by its own rules; tell its digest."""
    octets = input_of(vector)
    matter = read_message("matter", octets)
    names = [cast("str", term[1]) for term in cast("list[Fields]", matter[6])]
    if names != sorted(set(names)):
        refuse("schema")
    if 5 in matter:
        check_scope(cast("Fields", matter[5]))
    digest = hashlib.sha256(b"discreet/1/matter\x00" + octets).hexdigest()
    return {"matter": shown(matter), "digest": digest}


def check_scope(scope: Fields) -> None:
    """Refuse a scope that breaks a rule."""
    datasets = cast("list[Fields]", scope[3])
    lists: list[list[object]] = [
        *(cast("list[object]", scope[key]) for key in (1, 2)),
        [dataset[1] for dataset in datasets],
        *(cast("list[object]", dataset[2]) for dataset in datasets),
    ]
    if any(len(set(one)) < len(one) for one in lists):
        refuse("schema")
    if cast("int", scope[4]) > cast("int", scope[5]):
        refuse("schema")
    for dataset in datasets:
        for rule in cast("list[Fields]", dataset[3]):
            values = cast("list[str]", rule[3])
            if rule[2] != "among" and len(values) != 1:
                refuse("schema")
            numeric = rule[2] in {"at-least", "below"}
            if numeric and not re.fullmatch(r"-?[0-9]+(\.[0-9]*)?", values[0]):
                refuse("schema")


def judge_decision(vector: Vector) -> object:
    """Judge a decision by the person's key."""
    return shown(_decision(input_of(vector), bytes_of(vector, "public")))


def _decision(octets: bytes, public: bytes) -> Fields:
    if len(octets) > _DECISION_BYTES:
        refuse("limit")
    return read_message("decision", read_signed(octets, "decision", [public], 1))


def judge_law(vector: Vector) -> object:
    """Judge a law pack by the policy role's key."""
    keys = [bytes_of(vector, "public")]
    statement = read_message(
        "law-statement", read_signed(input_of(vector), "law", keys, 1)
    )
    rules = cast("list[Fields]", cast("Fields", statement[4])[2])
    lists = [[rule[1] for rule in rules], *(rule[7] for rule in rules)]
    for one in cast("list[list[str]]", lists):
        if one != sorted(set(one)):
            refuse("schema")
    for rule in rules:
        purposes = cast("list[str]", rule[5])
        if len(set(purposes)) < len(purposes):
            refuse("schema")
        if rule[4] not in {"legal-obligation", "limitation"}:
            refuse("schema")
    return shown(statement)


def judge_journal(vector: Vector) -> object:
    """Judge a line of the journal of what ended; tell its digest."""
    octets, keys = input_of(vector), [bytes_of(vector, "public")]
    line = read_message("journal-line", read_signed(octets, "journal", keys, 1))
    if (len(cast("list[object]", line[6])) > 0) == (7 in line):
        refuse("schema")
    tables = cast("list[Fields]", cast("Fields", line.get(7, {})).get(2, []))
    if len({(one[1], one[2]) for one in tables}) != len(tables):
        refuse("schema")
    for one in tables:
        _check_places(cast("bytes", one[4]))
    return {"line": shown(line), "digest": hashlib.sha256(octets).hexdigest()}


def _check_places(packed: bytes) -> None:
    """Refuse runs of places that do not rise, touch, are empty or leave the table."""
    if len(packed) % 8:
        refuse("schema")
    behind = -1
    for first, count in struct.iter_unpack("<II", packed):
        if first <= behind or count == 0 or first + count > _ROWS:
            refuse("schema")
        behind = first + count


def judge_certificate(vector: Vector) -> object:
    """Judge the proof of a certificate by a pinned root digest."""

    def read(payload: bytes) -> tuple[Fields, int]:
        certificate = read_message("certificate", payload)
        _check_certificate(certificate)
        check_decided(certificate, 17)
        return certificate, cast("int", certificate[15])

    digest = bytes_of(vector, "digest")
    return shown(read_proof(input_of(vector), digest, "certificate", read))


def read_proof(
    octets: bytes,
    digest: bytes,
    kind: str,
    read: Callable[[bytes], tuple[Fields, int]],
) -> Fields:
    """Return the paper of a proof; `read` returns it, and its time, from a payload."""
    proof = read_message("proof", octets, _PROOF_BYTES)
    roots = cast("list[bytes]", proof[1])
    keeper = _keeper(roots, cast("bytes", proof[2]), digest, None)
    signer = cast("bytes", keeper[5])
    paper, made = read(read_signed(cast("bytes", proof[3]), kind, [signer], 1))
    if paper[1] != keeper[1]:
        refuse("wrong-identity")
    if made + _SKEW < cast("int", keeper[6]):
        refuse("not-yet-valid")
    if made > cast("int", keeper[4]):
        refuse("expired")
    return paper


def check_decided(paper: Fields, key: int) -> list[Fields]:
    """Return the decisions of a paper; refuse those that do not count in it."""
    found = []
    for decided in cast("list[Fields]", paper[key]):
        octets, public = cast("bytes", decided[1]), cast("bytes", decided[2])
        decision = _decision(octets, public)
        if decision[1] != paper[1]:
            refuse("wrong-identity")
        found.append(decision)
    return found


def _check_certificate(certificate: Fields) -> None:
    ended = cast("int", certificate[15])
    lives = [
        until
        for copy in cast("list[Fields]", certificate[11])
        if (until := cast("int", copy[3])) > ended
    ]
    wanted = ("pending", max(lives)) if lives else ("final", None)
    if (certificate[6], certificate.get(7)) != wanted:
        refuse("schema")
    numbers = [key[1] for key in cast("list[Fields]", certificate[8])]
    if cast("int", certificate[14]) > ended or len(set(numbers)) < len(numbers):
        refuse("schema")
