# SPDX-License-Identifier: Apache-2.0
"""A second reader of packages of evidence, from docs/spec/keeper.md alone.

Rules: nothing of `wire`.
Not here: certificates and the keeper's statement (`second_papers.py`).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import cast

from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_cbor import read_cbor, read_message, refuse
from tests.vectors.second_papers import read_proof

Vector = Mapping[str, object]
Fields = dict[int, object]
_NAME = r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)+"


def _evidence(vector: Vector) -> object:
    def read(payload: bytes) -> tuple[Fields, int]:
        paper = read_message("evidence", payload)
        names = [cast("str", one[1]) for one in cast("list[Fields]", paper[5])]
        if names != sorted(set(names)):
            refuse("schema")
        if not all(re.fullmatch(_NAME, name) for name in names):
            refuse("schema")
        return paper, cast("int", paper[2])

    digest = bytes_of(vector, "digest")
    return shown(read_proof(input_of(vector), digest, "evidence", read))


def _line(vector: Vector) -> object:
    line = read_message("ledger-line", input_of(vector))
    octets, body, salt = (cast("bytes", line[key]) for key in (1, 2, 3))
    entry = read_message("ledger-entry", octets)
    salted = hashlib.sha256(b"discreet/1/ledger-body\x00" + salt + body).digest()
    if salted != entry[5]:
        refuse("broken-chain")
    place, size = cast("int", entry[1]) - 1, int(str(vector["size"]))
    leaf = hashlib.sha256(b"discreet/1/ledger-entry\x00" + octets).digest()
    path = list(cast("list[bytes]", line[4]))
    if place >= size or _root(leaf, place, size, path) != bytes_of(vector, "root"):
        refuse("broken-chain")
    return {"entry": shown(entry), "body": shown(read_cbor(body))}


def _root(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root by the recursion of RFC 6962, section 2.1.1, from the top."""
    if size == 1:
        return None if path else hashlib.sha256(b"\x00" + leaf).digest()
    if not path:
        return None
    left = 1 << ((size - 1).bit_length() - 1)
    *rest, other = path
    if place < left:
        below = _root(leaf, place, left, rest)
        pair = (below or b"") + other
    else:
        below = _root(leaf, place - left, size - left, rest)
        pair = other + (below or b"")
    return None if below is None else hashlib.sha256(b"\x01" + pair).digest()


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "evidence": _evidence,
    "ledger-line": _line,
}
