# SPDX-License-Identifier: Apache-2.0
"""A second opener of remainders, from docs/spec/keeper.md alone.

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

_REMAINDER_BYTES, _HEADER_BYTES, _CONTENT_BYTES = 1_053_696, 1_024, 8_388_608
_APPEND, _REMOVE = 0, 3
_WRONG = "bad-body"
Fields = dict[int, object]


def read_remainder(
    octets: bytes, signer: bytes, seed: bytes
) -> tuple[Fields, list[tuple[list[int], dict[str, object]]], list[Fields]]:
    """Return header, tables with their blank rows, and notes of a remainder."""
    parts = read_message("remainder", octets, _REMAINDER_BYTES)
    head, data_key, sealed, signature = (cast("bytes", parts[at]) for at in range(1, 5))
    covered = hashlib.sha256(data_key + sealed).digest()
    label = b"discreet/1/remainder"
    second_seal.check_signature(signer, signature, label + b"\x00" + head + covered)
    header = read_message("remainder-header", head, _HEADER_BYTES)
    if header[1] != 1 or header[2] != 1:
        refuse("unknown-version")
    if header[5] != second_seal.key_id(second_seal.public_of(seed)):
        refuse("cannot-open")
    secret = second_seal.open_seal(data_key, seed, label + b"-key\x00" + head)
    try:
        bound = label + b"-content\x00" + head
        frame = AESGCM(secret).decrypt(bytes(12), sealed, bound)
    except InvalidTag:
        refuse("cannot-open")
    content = read_message(
        "remainder-content", second_seal.read_frame(frame), _CONTENT_BYTES
    )
    tables, notes = read_body(cast("bytes", content[2]))
    told = cast("list[bytes]", content[1])
    if len(tables) != len(told):
        refuse(_WRONG)
    found = [
        (_blank(table, rows), table) for table, rows in zip(tables, told, strict=True)
    ]
    left = sum(cast("int", table["rows"]) - len(blank) for blank, table in found)
    if left != header[14]:
        refuse(_WRONG)
    return header, found, cast("list[Fields]", notes)


def _blank(table: dict[str, object], octets: bytes) -> list[int]:
    if len(octets) % 4:
        refuse(_WRONG)
    starts = range(0, len(octets), 4)
    rows = [int.from_bytes(octets[at : at + 4], "little") for at in starts]
    if not rows:
        return rows
    if (
        rows != sorted(set(rows))
        or rows[-1] >= cast("int", table["rows"])
        or table["mode"] == _APPEND
        or table["state"] is not None
    ):
        refuse(_WRONG)
    ops = cast("list[int]", table["ops"])
    if ops and any(ops[row] == _REMOVE for row in rows):
        refuse(_WRONG)
    for column in cast("list[dict[str, list[object]]]", table["columns"]):
        if any(column["values"][row] is not None for row in rows):
            refuse(_WRONG)
    return rows
