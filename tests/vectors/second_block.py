# SPDX-License-Identifier: Apache-2.0
"""A second opener of blocks, from docs/spec alone.

Rules: the checks are those of section 15 in its order; nothing of `wire`.
Not here: the seal of the data key (`second_seal.py`), bodies (`second_body.py`).
"""

import hashlib
import struct
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors import second_seal
from tests.vectors.second_body import read_body
from tests.vectors.second_cbor import read_message, refuse

_BLOCK_BYTES, _HEADER_BYTES, _CONTENT_BYTES = 1_053_696, 1_024, 8_388_608
_FULL = 1
_WRONG = "bad-body"
Fields = dict[int, object]


def sources_digest(sources: list[tuple[int, bytes]]) -> bytes:
    """Return the digest of sequences and envelope digests, in order."""
    listed = b"".join(struct.pack(">Q", at) + digest for at, digest in sources)
    return hashlib.sha256(b"discreet/1/block-sources\x00" + listed).digest()


def read_block(
    octets: bytes, signer: bytes, seed: bytes
) -> tuple[Fields, dict[str, object]]:
    """Return header and content of a block that a signer made for a seed's key."""
    parts = read_message("block", octets, _BLOCK_BYTES)
    head, data_key, sealed, signature = (cast("bytes", parts[at]) for at in range(1, 5))
    covered = hashlib.sha256(data_key + sealed).digest()
    second_seal.check_signature(
        signer, signature, b"discreet/1/block\x00" + head + covered
    )
    header = read_message("block-header", head, _HEADER_BYTES)
    if header[1] != 1 or header[2] != 1:
        refuse("unknown-version")
    if header[7] != second_seal.key_id(second_seal.public_of(seed)):
        refuse("cannot-open")
    secret = second_seal.open_seal(data_key, seed, b"discreet/1/block-key\x00" + head)
    bound = b"discreet/1/block-content\x00" + head
    try:
        frame = AESGCM(secret).decrypt(bytes(12), sealed, bound)
    except InvalidTag:
        refuse("cannot-open")
    return header, _within(header, _content(second_seal.read_frame(frame)))


def _content(octets: bytes) -> dict[str, object]:
    content = read_message("block-content", octets, _CONTENT_BYTES)
    tables, _ = read_body(cast("bytes", content[4]))
    states = cast("list[Fields]", content[2])
    if len(tables) != len(states):
        refuse(_WRONG)
    return {
        "folded": content[1],
        "replaced": _unpacked(content[3], 8),
        "states": [_state(*pair) for pair in zip(states, tables, strict=True)],
    }


def _within(header: Fields, content: dict[str, object]) -> dict[str, object]:
    first, last = cast("int", header[9]), cast("int", header[10])
    states = cast("list[dict[str, object]]", content["states"])
    replaced = cast("list[int]", content["replaced"])
    named = replaced + [cast("int", state["sequence"]) for state in states]
    if any(not first <= at <= last for at in named):
        refuse(_WRONG)
    if replaced != sorted(set(replaced)):
        refuse(_WRONG)
    return content


def _state(state: Fields, table: dict[str, object]) -> dict[str, object]:
    following, rows = cast("int", state[4]), table["rows"]
    numbers, observed = _unpacked(state[5], 4), _unpacked(state[6], 8)
    if (
        table["mode"] != _FULL
        or len(numbers) != rows
        or len(observed) != rows
        or len(set(numbers)) < len(numbers)
        or any(number >= following for number in numbers)
    ):
        refuse(_WRONG)
    return {
        "sequence": state[1],
        "created": state[2],
        "heard": state[3],
        "following": following,
        "numbers": numbers,
        "observed": observed,
        "table": table,
    }


def _unpacked(value: object, size: int) -> list[int]:
    octets = cast("bytes", value)
    if len(octets) % size:
        refuse(_WRONG)
    starts = range(0, len(octets), size)
    return [int.from_bytes(octets[at : at + size], "little") for at in starts]
