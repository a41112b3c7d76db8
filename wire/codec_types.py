# SPDX-License-Identifier: Apache-2.0
"""Types of one field: each reads a plain value, writes it, and names its CDDL.

Rules: a type accepts exactly what its CDDL says; an error names the field, never its
value; what is taken straight from octets is what would be read of them, and what is
put straight into octets is the encoding of what it would be as a plain value.
Not here: maps of fields (`codec.py`, by which all of this is imported).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from wire import cbor, limits, straight
from wire.cbor import Plain
from wire.errors import SchemaError
from wire.straight import LIST, NULL, OCTETS, TEXT, UINT, OddError, Put

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
_NULL = bytes((NULL,))


class Codec(Protocol[T]):
    """Reads and writes one type of field."""

    def read(self, value: object, where: str) -> T:
        """Return the checked value; raises SchemaError naming `where`."""

    def take(self, octets: bytes, at: int) -> tuple[T, int]:
        """Return the value at a place in octets, and its end (`straight.py`)."""

    def put(self, value: T, put: Put) -> None:
        """Put a value into octets (`straight.py`); what is odd is left to `plain`."""

    def plain(self, value: T) -> Plain:
        """Return the plain form for encoding."""

    def cddl(self) -> str:
        """Return the CDDL type."""


def wrong(where: str, wanted: str) -> SchemaError:
    """Return the refusal of what is not as wanted."""
    return SchemaError(f"{where}: expected {wanted}")


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer up to a maximum."""

    maximum: int = limits.SEQUENCE
    minimum: int = 0

    def read(self, value: object, where: str) -> int:
        """Return the integer."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(where, "an unsigned integer")
        if not self.minimum <= value <= self.maximum:
            raise wrong(where, f"{self.minimum} to {self.maximum}")
        return value

    def take(self, octets: bytes, at: int) -> tuple[int, int]:
        """Return the integer and its end."""
        found, end = octets[at], at + 1
        if found >= straight.SHORT:
            found, end = straight.number(octets, at, UINT)
        if not self.minimum <= found <= self.maximum:
            raise OddError
        return found, end

    def put(self, value: int, put: Put) -> None:
        """Put the integer."""
        if type(value) is not int or not self.minimum <= value <= self.maximum:
            raise OddError
        put(straight.head(UINT, value))

    def plain(self, value: int) -> Plain:
        """Return the integer."""
        return self.read(value, "value")

    def cddl(self) -> str:
        """Return the CDDL type."""
        return f"{self.minimum}..{self.maximum}"


@dataclass(frozen=True, slots=True)
class Octets:
    """A byte string of a length between two bounds."""

    minimum: int
    maximum: int

    def read(self, value: object, where: str) -> bytes:
        """Return the bytes."""
        if not isinstance(value, bytes):
            raise wrong(where, "a byte string")
        if not self.minimum <= len(value) <= self.maximum:
            raise wrong(where, f"{self.minimum} to {self.maximum} bytes")
        return value

    def take(self, octets: bytes, at: int) -> tuple[bytes, int]:
        """Return the bytes and their end."""
        return straight.string(octets, at, OCTETS, self.minimum, self.maximum)

    def put(self, value: bytes, put: Put) -> None:
        """Put the bytes behind their head."""
        length = len(value)
        if type(value) is not bytes or not self.minimum <= length <= self.maximum:
            raise OddError
        put(straight.head(OCTETS, length))
        put(value)

    def plain(self, value: bytes) -> Plain:
        """Return the bytes."""
        return self.read(value, "value")

    def cddl(self) -> str:
        """Return the CDDL type."""
        if self.minimum == self.maximum:
            return f"bstr .size {self.minimum}"
        return f"bstr .size ({self.minimum}..{self.maximum})"


def fixed(length: int) -> Octets:
    """Return the codec of a byte string of exactly that length."""
    return Octets(length, length)


@dataclass(frozen=True, slots=True)
class Text:
    """A text string, bounded in UTF-8 bytes."""

    maximum: int = limits.TEXT_CHARS
    minimum: int = 0

    def read(self, value: object, where: str) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise wrong(where, "text")
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            raise wrong(where, "text without lone surrogates") from None
        if not self.minimum <= length <= self.maximum:
            raise wrong(where, f"{self.minimum} to {self.maximum} bytes of text")
        return value

    def take(self, octets: bytes, at: int) -> tuple[str, int]:
        """Return the text and its end."""
        found, end = straight.string(octets, at, TEXT, self.minimum, self.maximum)
        return found.decode(), end

    def put(self, value: str, put: Put) -> None:
        """Put the text behind its head."""
        if type(value) is not str:
            raise OddError
        octets = value.encode()
        if not self.minimum <= len(octets) <= self.maximum:
            raise OddError
        put(straight.head(TEXT, len(octets)))
        put(octets)

    def plain(self, value: str) -> Plain:
        """Return the text."""
        return self.read(value, "value")

    def cddl(self) -> str:
        """Return the CDDL type."""
        return f"tstr .size ({self.minimum}..{self.maximum})"


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """A member of an enum, by its value (text or integer)."""

    members: type[E]
    _by_value: dict[object, E] = field(init=False, repr=False, compare=False)
    _octets: dict[E, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Have each member at hand by its value, and its octets."""
        found = {member.value: member for member in self.members}
        object.__setattr__(self, "_by_value", found)
        octets = {member: cbor.encode(member.value) for member in self.members}
        object.__setattr__(self, "_octets", octets)

    def read(self, value: object, where: str) -> E:
        """Return the member."""
        if isinstance(value, str | int) and not isinstance(value, bool):
            member = self._by_value.get(value)
            if member is not None:
                return member
        raise wrong(where, f"one of {len(self.members)} known values")

    def take(self, octets: bytes, at: int) -> tuple[E, int]:
        """Return the member and its end."""
        value: object
        if octets[at] < OCTETS:
            value, end = straight.number(octets, at, UINT)
        else:
            found, end = straight.string(octets, at, TEXT, 0, len(octets))
            value = found.decode()
        member = self._by_value.get(value)
        if member is None:
            raise OddError
        return member, end

    def put(self, value: E, put: Put) -> None:
        """Put the member's wire value."""
        if type(value) is not self.members:
            raise OddError
        put(self._octets[value])

    def plain(self, value: E) -> Plain:
        """Return the member's wire value."""
        plain: str | int = value.value
        return plain

    def cddl(self) -> str:
        """Return the CDDL type."""
        return " / ".join(
            f'"{member.value}"' if isinstance(member.value, str) else str(member.value)
            for member in self.members
        )


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """An array of one type, bounded in length; read as a tuple."""

    item: Codec[T]
    maximum: int
    minimum: int = 0

    def read(self, value: object, where: str) -> tuple[T, ...]:
        """Return the items."""
        if not isinstance(value, list):
            raise wrong(where, "an array")
        if not self.minimum <= len(value) <= self.maximum:
            raise wrong(where, f"{self.minimum} to {self.maximum} items")
        return tuple(self.item.read(item, where) for item in value)

    def take(self, octets: bytes, at: int) -> tuple[tuple[T, ...], int]:
        """Return the items and their end."""
        count, at = straight.number(octets, at, LIST)
        if not self.minimum <= count <= self.maximum:
            raise OddError
        found = []
        for _ in range(count):
            item, at = self.item.take(octets, at)
            found.append(item)
        return tuple(found), at

    def put(self, value: Sequence[T], put: Put) -> None:
        """Put the items behind their number."""
        if not self.minimum <= len(value) <= self.maximum:
            raise OddError
        put(straight.head(LIST, len(value)))
        for item in value:
            self.item.put(item, put)

    def plain(self, value: Sequence[T]) -> Plain:
        """Return the items as a list."""
        if not self.minimum <= len(value) <= self.maximum:
            msg = "value"
            raise wrong(msg, f"{self.minimum} to {self.maximum} items")
        return [self.item.plain(item) for item in value]

    def cddl(self) -> str:
        """Return the CDDL type."""
        return f"[{self.minimum}*{self.maximum} {self.item.cddl()}]"


@dataclass(frozen=True, slots=True)
class Nullable(Generic[T]):
    """A value or null."""

    item: Codec[T]

    def read(self, value: object, where: str) -> T | None:
        """Return the value or None."""
        return None if value is None else self.item.read(value, where)

    def take(self, octets: bytes, at: int) -> tuple[T | None, int]:
        """Return the value or None, and its end."""
        return (None, at + 1) if octets[at] == NULL else self.item.take(octets, at)

    def put(self, value: T | None, put: Put) -> None:
        """Put the value or null."""
        if value is None:
            put(_NULL)
        else:
            self.item.put(value, put)

    def plain(self, value: T | None) -> Plain:
        """Return the plain value or None."""
        return None if value is None else self.item.plain(value)

    def cddl(self) -> str:
        """Return the CDDL type."""
        return f"{self.item.cddl()} / null"
