# SPDX-License-Identifier: Apache-2.0
"""DER, as far as a certificate needs it: elements, numbers, names of things, times.

Rules: definite lengths only and none that leads out of its element; every function
raises ValueError for bytes that are not as they should be, and nothing else; nothing
is copied but what is asked for.
Not here: what a certificate is (`x509_facts.py`); which CA is pinned, told more
strictly (`agent/authority.py`); whatever is verified, which is the library's alone.
Source: ITU-T X.690.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT = 0x01, 0x02, 0x03, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31
_UTC_TIME, _TIME = 0x17, 0x18
_BMP, _UNIVERSAL, _TELETEX = 0x1E, 0x1C, 0x14
_TEXTS = frozenset({0x0C, 0x12, 0x13, 0x16, 0x1A, _BMP, _UNIVERSAL, _TELETEX})
_LONG_TAG, _LONG, _LENGTH_BYTES = 0x1F, 0x80, 4
"""A certificate has no tag of several bytes, and no element of gigabytes."""
_CENTURY = 50
"""Years of two digits from here on are of the last century (RFC 5280)."""
_TRUE, _FALSE = b"\xff", b"\0"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag and its content."""

    tag: int
    content: bytes

    def inside(self, tag: int) -> list["Element"]:
        """Return the elements of this one, which is of a tag."""
        return list(elements(self.of(tag)))

    def of(self, tag: int) -> bytes:
        """Return the content, which is of a tag."""
        if self.tag != tag:
            reason = "another tag was expected"
            raise ValueError(reason)
        return self.content


def elements(data: bytes) -> Iterator[Element]:
    """Yield the elements that some bytes consist of."""
    at, size = 0, len(data)
    while at < size:
        if data[at] & _LONG_TAG == _LONG_TAG or at + 1 == size:
            reason = "no element"
            raise ValueError(reason)
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= _LONG:
            count = length - _LONG
            if not 0 < count <= _LENGTH_BYTES:
                reason = "no length"
                raise ValueError(reason)
            length = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + length > size:
            reason = "it is cut"
            raise ValueError(reason)
        yield Element(tag, data[at : at + length])
        at += length


def one(data: bytes) -> Element:
    """Return the one element that some bytes are."""
    (found,) = elements(data)
    return found


def integer(element: Element) -> int:
    """Return a number."""
    content = element.of(INTEGER)
    if not content:
        reason = "a number without a digit"
        raise ValueError(reason)
    return int.from_bytes(content, "big", signed=True)


def boolean(element: Element) -> bool:
    """Return a truth value."""
    content = element.of(BOOLEAN)
    if content not in {_TRUE, _FALSE}:
        reason = "neither true nor false"
        raise ValueError(reason)
    return content == _TRUE


def bits(element: Element) -> bytes:
    """Return a string of bits that fills its bytes."""
    content = element.of(BIT_STRING)
    if content[:1] != b"\0":
        reason = "bits that do not fill bytes"
        raise ValueError(reason)
    return content[1:]


def name(element: Element) -> str:
    """Return an object identifier in dotted form."""
    content = element.of(OBJECT)
    if not content or content[-1] & _LONG:
        reason = "no object identifier"
        raise ValueError(reason)
    numbers, number = list[int](), 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & _LONG:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - first * 40, *numbers[1:])))


def text(element: Element) -> str | None:
    """Return a text of any of the kinds there are; None where it is none."""
    if element.tag not in _TEXTS:
        return None
    if element.tag == _BMP:
        return element.content.decode("utf-16-be")
    if element.tag == _UNIVERSAL:
        return element.content.decode("utf-32-be")
    try:
        return element.content.decode()
    except UnicodeDecodeError:
        if element.tag == _TELETEX:  # what wrote these meant Latin 1
            return element.content.decode("latin-1")
        raise


def seconds(element: Element) -> int:
    """Return a time in seconds since the epoch."""
    digits = element.content.decode("ascii")
    if element.tag == _UTC_TIME:
        digits = ("20" if digits[:2] < str(_CENTURY) else "19") + digits
    elif element.tag != _TIME:
        reason = "no time"
        raise ValueError(reason)
    if len(digits) != len("YYYYMMDDhhmmssZ") or digits[-1] != "Z":
        reason = "no time"
        raise ValueError(reason)
    parts = [digits[:4], *(digits[at : at + 2] for at in range(4, 14, 2))]
    if not all(map(str.isdigit, parts)):
        reason = "no time"
        raise ValueError(reason)
    year, month, day, hour, minute, second = map(int, parts)
    found = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return int(found.timestamp())
