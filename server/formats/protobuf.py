# SPDX-License-Identifier: Apache-2.0
"""The few kinds of protobuf's fields that OTLP has: written, and read in an answer.

Rules: a message is bytes joined from its fields; what is read is bounded by what came.
Not here: which field means what (`otlp.py`).
"""

import struct
from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MASK = 2**64 - 1
_MOST_SHIFT = 63
"""Of a number's last seven bits."""


def _varint(number: int) -> bytes:
    octets = bytearray()
    while number > 127:  # noqa: PLR2004 - seven bits an octet
        octets.append(number & 127 | 128)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def message(field: int, octets: bytes) -> bytes:
    """Return a field with a message, or with bytes."""
    return _varint(field << 3 | _BYTES) + _varint(len(octets)) + octets


def text(field: int, value: str) -> bytes:
    """Return a field with a text."""
    return message(field, value.encode())


def whole(field: int, value: int) -> bytes:
    """Return a field with a number: int64, enumeration or boolean."""
    return _varint(field << 3 | _VARINT) + _varint(value & _MASK)


def fixed(field: int, value: int) -> bytes:
    """Return a field with a number of eight octets: fixed64 or sfixed64."""
    return _varint(field << 3 | _FIXED64) + struct.pack("<Q", value & _MASK)


def real(field: int, value: float) -> bytes:
    """Return a field with a double."""
    return _varint(field << 3 | _FIXED64) + struct.pack("<d", value)


def fields(octets: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield each field of a message with its number; numbers as they lie there.

    Args:
        octets: the message.

    Raises:
        ValueError: it is no such message.
    """
    place = 0
    while place < len(octets):
        tag, place = _number(octets, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _number(octets, place)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, place = _number(octets, place)
        else:
            length = {_FIXED64: 8, _FIXED32: 4}.get(kind, len(octets))
        if place + length > len(octets):
            msg = "a field ends beyond its message"
            raise ValueError(msg)
        yield tag >> 3, octets[place : place + length]
        place += length


def _number(octets: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(octets) and shift <= _MOST_SHIFT:
        value |= (octets[place] & 127) << shift
        place += 1
        if octets[place - 1] < 128:  # noqa: PLR2004 - the last octet of a number
            return value, place
        shift += 7
    msg = "a number does not end"
    raise ValueError(msg)
