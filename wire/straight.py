# SPDX-License-Identifier: Apache-2.0
"""Values taken from their one deterministic encoding, and put into it, with no tree.

Rules: a head is taken in its shortest form alone, and the keys of a map in their order;
whatever is odd is not taken, for whoever reads it says why; where octets end too soon,
what is taken ends behind them, so whoever takes the last of it looks where it ends;
what is odd is not put either: whoever makes a tree of it says why.
Not here: which values a message has (`codec.py`), any other encoding (`cbor.py`).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from struct import Struct

UINT, OCTETS, TEXT, LIST, MAP = 0x00, 0x40, 0x60, 0x80, 0xA0
"""First octets of the kinds of item, with a number of nought."""
NULL = 0xF6
SHORT = 24
"""Below it a number stands in the head's first octet itself."""
_LEAST = (SHORT, 1 << 8, 1 << 16, 1 << 32)
"""The least numbers that need the next 1, 2, 4 or 8 octets."""
_SHORT = tuple(bytes((octet,)) for octet in range(256))
_LONG = tuple(Struct(">B" + width) for width in "BHIQ")
"""Heads: of one octet, and those whose number is in the next ones."""
Take = Callable[[bytes, int], tuple[object, int]]
"""Returns what stands at a place in octets, and where it ends."""
Put = Callable[[bytes], object]
"""Takes the next octets of what is written."""
Write = Callable[..., None]
"""Puts the octets of a value of the field's own type."""


class OddError(Exception):
    """These octets are not what was expected, or not in the one form."""


def number(octets: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return the number in a head of a kind, and where the head ends.

    Raises:
        OddError: a head of another kind, or a longer form of this one.
        IndexError: the octets end before it.
    """
    small = octets[at] - kind
    if 0 <= small < SHORT:
        return small, at + 1
    size = small - SHORT
    if not 0 <= size < len(_LEAST):
        raise OddError
    end = at + 1 + (1 << size)
    found = int.from_bytes(octets[at + 1 : end], "big")
    if found < _LEAST[size]:
        raise OddError
    return found, end


def string(
    octets: bytes, at: int, kind: int, least: int, most: int
) -> tuple[bytes, int]:
    """Return the octets of a string of a kind and a bounded length, and their end.

    Raises:
        OddError: another kind, another length, or a longer form of its head.
        IndexError: the octets end before it.
    """
    length = octets[at] - kind
    if 0 <= length < SHORT:
        at += 1
    else:
        length, at = number(octets, at, kind)
    if not least <= length <= most:
        raise OddError
    return octets[at : at + length], at + length


def head(kind: int, count: int) -> bytes:
    """Return the head of a kind with a number."""
    if count < SHORT:
        return _SHORT[kind + count]
    size = bisect_right(_LEAST, count) - 1
    return _LONG[size].pack(kind + SHORT + size, count)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a map.

    Attributes:
        before: what stands before its value: its key, and a head that is known.
        size: octets of the value, where they are known.
        take: takes the value where they are not; `put`: puts it there.
        name: of the field.
        optional: whether it may be absent.
    """

    before: bytes
    size: int
    take: Take | None
    put: Write | None
    name: str
    optional: bool


def part(
    key: int,
    name: str,
    value: int | tuple[Take, Write],
    optional: bool,  # noqa: FBT001 - a field's own, as the others
) -> Part:
    """Return one field of a map.

    Args:
        key: of the map.
        name: of the field.
        value: octets of a byte string that is always so long; else what takes it, and
            what puts it.
        optional: whether it may be absent.
    """
    before = head(UINT, key)
    if isinstance(value, int):
        before += head(OCTETS, value)
        return Part(before, value, None, None, name, optional)
    return Part(before, 0, *value, name, optional)


class Parts:
    """Takes maps of the same fields, and puts them."""

    __slots__ = ("_may_lack", "_parts", "_puts")

    def __init__(self, parts: Sequence[Part]) -> None:
        """Take the fields, in the order of their keys."""
        self._parts = tuple(
            (one.before, one.size, one.take, one.name, one.optional) for one in parts
        )
        self._puts = tuple(
            (one.before, one.size, one.put, one.name, one.optional) for one in parts
        )
        self._may_lack = tuple(one.name for one in parts if one.optional)

    def take(self, octets: bytes, at: int) -> tuple[dict[str, object], int]:
        """Return the fields of a map by their names, and where it ends.

        Raises:
            OddError, IndexError, ValueError: it is not such a map in the one form.
        """
        count, at = number(octets, at, MAP)
        found: dict[str, object] = {}
        for before, size, take, name, optional in self._parts:
            if not octets.startswith(before, at):
                if not optional:
                    raise OddError
                found[name] = None
                continue
            count -= 1
            at += len(before)
            if take is None:
                found[name] = octets[at : at + size]
                at += size
            else:
                found[name], at = take(octets, at)
        if count:
            raise OddError
        return found, at

    def put(self, value: object, put: Put) -> None:
        """Put a map of a value's attributes.

        Raises:
            OddError, AttributeError, TypeError, ValueError: it is not such a value.
        """
        lacks = sum(getattr(value, name) is None for name in self._may_lack)
        put(head(MAP, len(self._puts) - lacks))
        for before, size, write, name, optional in self._puts:
            held: object = getattr(value, name)
            if held is None and optional:
                continue
            put(before)
            if write is not None:
                write(held, put)
            elif type(held) is bytes and len(held) == size:
                put(held)
            else:
                raise OddError
