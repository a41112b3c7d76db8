# SPDX-License-Identifier: Apache-2.0
"""A second reader of what stand-ins mean, from docs/spec/keeper.md alone.

Rules: bytes and keys go in, a verdict comes out; nothing of `wire`.
Not here: proofs (`second_papers.py`), seals (`second_seal.py`).
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import cast

from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_cbor import read_message, refuse
from tests.vectors.second_papers import read_proof
from tests.vectors.second_seal import open_seal, read_signed

Vector = Mapping[str, object]
Fields = dict[int, object]
_LONG = 2_048


def _question(octets: bytes, public: list[bytes]) -> Fields:
    if len(octets) > _LONG:
        refuse("limit")
    question = read_message("resolve", read_signed(octets, "resolve", public, 1))
    names = cast("list[str]", question[5])
    if names != sorted(set(names)):
        refuse("schema")
    return question


def _resolve(vector: Vector) -> object:
    return shown(_question(input_of(vector), [bytes_of(vector, "public")]))


def _answer(vector: Vector) -> Fields:
    def read(payload: bytes) -> tuple[Fields, int]:
        found = read_message("resolved", payload)
        return found, cast("int", found[5])

    octets, digest = input_of(vector), bytes_of(vector, "digest")
    return read_proof(octets, digest, "resolved", read)


def _resolved(vector: Vector) -> object:
    return shown(_answer(vector))


def _meanings(vector: Vector) -> object:
    answer, asked = _answer(vector), bytes_of(vector, "question")
    digest = hashlib.sha256(asked).digest()
    if answer[4] != digest:
        refuse("wrong-identity")
    info = b"discreet/1/resolved\x00" + digest
    octets = open_seal(cast("bytes", answer[6]), bytes_of(vector, "opening"), info)
    found = read_message("meanings", octets)
    payload = cast("bytes", read_message("signed", asked)[3])
    names = [one[1] for one in cast("list[Fields]", found[1])]
    if names != read_message("resolve", payload)[5]:
        refuse("schema")
    return shown(found)


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "resolve": _resolve,
    "resolved": _resolved,
    "meanings": _meanings,
}
