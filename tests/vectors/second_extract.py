# SPDX-License-Identifier: Apache-2.0
"""A second opener of extracts, from docs/spec/keeper.md alone.

Rules: nothing of `wire`.
Not here: the seal of the data key (`second_seal.py`), bodies (`second_body.py`).
"""

import hashlib
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors import second_seal
from tests.vectors.second_body import read_body
from tests.vectors.second_cbor import read_message, refuse

_EXTRACT_BYTES, _HEADER_BYTES, _CONTENT_BYTES = 1_053_696, 1_024, 8_388_608
_APPEND, _DELTA = 0, 2
_OPERATIONS = {1, 2, 3}
_WRONG = "bad-body"
Fields = dict[int, object]


def read_extract(
    octets: bytes, signer: bytes, seed: bytes
) -> tuple[Fields, list[dict[str, object]]]:
    """Return header and tables of an extract that a signer made for a seed's key."""
    parts = read_message("extract", octets, _EXTRACT_BYTES)
    head, data_key, sealed, signature = (cast("bytes", parts[at]) for at in range(1, 5))
    covered = hashlib.sha256(data_key + sealed).digest()
    second_seal.check_signature(
        signer, signature, b"discreet/1/extract\x00" + head + covered
    )
    header = read_message("extract-header", head, _HEADER_BYTES)
    if header[1] != 1 or header[2] != 1:
        refuse("unknown-version")
    if header[5] != second_seal.key_id(second_seal.public_of(seed)):
        refuse("cannot-open")
    secret = second_seal.open_seal(data_key, seed, b"discreet/1/extract-key\x00" + head)
    bound = b"discreet/1/extract-content\x00" + head
    try:
        frame = AESGCM(secret).decrypt(bytes(12), sealed, bound)
    except InvalidTag:
        refuse("cannot-open")
    tables = _content(second_seal.read_frame(frame))
    inner = [cast("dict[str, int]", found["table"]) for found in tables]
    if sum(table["rows"] for table in inner) != header[15]:
        refuse(_WRONG)
    return header, tables


def _content(octets: bytes) -> list[dict[str, object]]:
    content = read_message("extract-content", octets, _CONTENT_BYTES)
    tables, _ = read_body(cast("bytes", content[2]))
    taken = cast("list[Fields]", content[1])
    if len(tables) != len(taken):
        refuse(_WRONG)
    return [_table(*pair) for pair in zip(taken, tables, strict=True)]


def _table(taken: Fields, table: dict[str, object]) -> dict[str, object]:
    mode, rows = taken[1], cast("int", table["rows"])
    numbers, ops = cast("bytes", taken[2]), cast("bytes", taken[3])
    if (
        table["mode"] != _APPEND
        or len(numbers) != (0 if mode == _APPEND else 4 * rows)
        or len(ops) != (rows if mode == _DELTA else 0)
        or not set(ops) <= _OPERATIONS
    ):
        refuse(_WRONG)
    starts = range(0, len(numbers), 4)
    return {
        "mode": mode,
        "numbers": [int.from_bytes(numbers[at : at + 4], "little") for at in starts],
        "ops": [*ops],
        "table": table,
    }
