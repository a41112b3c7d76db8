# SPDX-License-Identifier: Apache-2.0
"""The digest of a snapshot's whole state, the same for every order of its rows.

Rules: agent and reader compute it from redacted values alone; two states differ in it
if a row, a column or a value differs.
Not here: when a state is sent (`agent/pipeline.py`), folding (`server/reader`).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence

from wire.values import Value

_LABEL = b"discreet/1/state\x00"
_LENGTH = struct.Struct(">I")
_DOUBLE = struct.Struct(">d")


def row_octets(values: Sequence[Value]) -> bytes:
    """Return the one encoding of a row's values, in declared order of columns.

    Each cell is `tag || u32 length || content`: tag 0 absent, 1 false, 2 true, 3 a
    whole number in decimal, 4 a double (IEEE 754, big endian), 5 UTF-8 text.
    """
    return b"".join(map(_cell, values))


def state_digest(columns: Sequence[str], rows: Iterable[bytes]) -> bytes:
    """Return the 32-byte digest of a state.

    Args:
        columns: names, in declared order.
        rows: each as `row_octets` encodes it, in any order.
    """
    found = hashlib.sha256(_LABEL + row_octets(columns))
    for row in sorted(rows):
        found.update(_LENGTH.pack(len(row)) + row)
    return found.digest()


def _cell(value: Value) -> bytes:
    if value is None:
        tag, content = 0, b""
    elif isinstance(value, bool):
        tag, content = 1 + value, b""
    elif isinstance(value, int):
        tag, content = 3, str(value).encode()
    elif isinstance(value, float):
        tag, content = 4, _DOUBLE.pack(value)
    else:
        tag, content = 5, value.encode()
    return bytes([tag]) + _LENGTH.pack(len(content)) + content
