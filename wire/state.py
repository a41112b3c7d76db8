# SPDX-License-Identifier: Apache-2.0
"""The digest of a snapshot's whole state, the same for every order of its rows.

Rules: agent and reader compute it from redacted values alone; two states differ in it
if a row, a column or a value differs.
Not here: when a state is sent (`agent/pipeline.py`), folding (`server/reader`).
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from enum import IntEnum

from wire.values import Value

_LABEL = b"discreet/1/state\x00"
_LENGTH = struct.Struct(">I")
_DOUBLE = struct.Struct(">d")


class Tag(IntEnum):
    """What a cell is."""

    ABSENT = 0
    FALSE = 1
    TRUE = 2
    NUMBER = 3
    DOUBLE = 4
    TEXT = 5


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
    whole = b"".join(row_head(len(row)) + row for row in sorted(rows))
    return digest_of(columns, whole)


def digest_of(columns: Sequence[str], rows: bytes | memoryview) -> bytes:
    """Return the digest of a state whose rows are sorted, each behind its head.

    Args:
        columns: names, in declared order.
        rows: all of them.
    """
    found = hashlib.sha256(_LABEL + row_octets(columns))
    found.update(rows)
    return found.digest()


def row_head(length: int) -> bytes:
    """Return what stands before a row of so many bytes."""
    return _LENGTH.pack(length)


def cell_head(tag: Tag, length: int) -> bytes:
    """Return what stands before a cell's content of so many bytes."""
    return bytes([tag]) + _LENGTH.pack(length)


def _cell(value: Value) -> bytes:
    if value is None:
        tag, content = Tag.ABSENT, b""
    elif isinstance(value, bool):
        tag, content = Tag.TRUE if value else Tag.FALSE, b""
    elif isinstance(value, int):
        tag, content = Tag.NUMBER, str(value).encode()
    elif isinstance(value, float):
        tag, content = Tag.DOUBLE, _DOUBLE.pack(value)
    else:
        tag, content = Tag.TEXT, value.encode()
    return cell_head(tag, len(content)) + content
