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
_LENGTH, _HEAD = struct.Struct(">I"), struct.Struct(">BI")
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
    return _HEAD.pack(tag, length)


_ABSENT, _FALSE, _TRUE = (
    cell_head(tag, 0) for tag in (Tag.ABSENT, Tag.FALSE, Tag.TRUE)
)
_NUMBER, _TEXT = int(Tag.NUMBER), int(Tag.TEXT)
"""Looked up once: an inventory has tens of thousands of cells, nearly all of them
texts or absent."""


def _cell(value: Value) -> bytes:
    if isinstance(value, str):
        content = value.encode()
        return _HEAD.pack(_TEXT, len(content)) + content
    if value is None:
        return _ABSENT
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        content = b"%d" % value
        return _HEAD.pack(_NUMBER, len(content)) + content
    return cell_head(Tag.DOUBLE, _DOUBLE.size) + _DOUBLE.pack(value)
