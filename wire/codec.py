# SPDX-License-Identifier: Apache-2.0
"""Field types of messages: each reads a plain value, writes it, and names its CDDL.

Rules: a codec accepts exactly what its CDDL says; unknown or missing map keys are
refused; messages of an error name the field, never its value; what is taken straight
from octets is what would be read of them.
Not here: the messages themselves (`wire/messages.py` and beside their types).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from wire import cbor, limits, straight
from wire.cbor import Plain
from wire.errors import SchemaError
from wire.straight import LIST, NULL, OCTETS, TEXT, UINT, OddError, Parts

_NO_END = limits.MESSAGE_ITEMS + 1
"""Items of what is not known to end before the bound."""
T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Codec(Protocol[T]):
    """Reads and writes one type of field."""

    def read(self, value: object, where: str) -> T:
        """Return the checked value; raises SchemaError naming `where`."""

    def take(self, octets: bytes, at: int) -> tuple[T, int]:
        """Return the value at a place in octets, and its end (`straight.py`)."""

    def plain(self, value: T) -> Plain:
        """Return the plain form for encoding."""

    def cddl(self) -> str:
        """Return the CDDL type."""


def _wrong(where: str, wanted: str) -> SchemaError:
    return SchemaError(f"{where}: expected {wanted}")


@dataclass(frozen=True, slots=True)
class Uint:
    """An unsigned integer up to a maximum."""

    maximum: int = limits.SEQUENCE
    minimum: int = 0

    def read(self, value: object, where: str) -> int:
        """Return the integer."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(where, "an unsigned integer")
        if not self.minimum <= value <= self.maximum:
            raise _wrong(where, f"{self.minimum} to {self.maximum}")
        return value

    def take(self, octets: bytes, at: int) -> tuple[int, int]:
        """Return the integer and its end."""
        found, end = octets[at], at + 1
        if found >= straight.SHORT:
            found, end = straight.number(octets, at, UINT)
        if not self.minimum <= found <= self.maximum:
            raise OddError
        return found, end

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
            raise _wrong(where, "a byte string")
        if not self.minimum <= len(value) <= self.maximum:
            raise _wrong(where, f"{self.minimum} to {self.maximum} bytes")
        return value

    def take(self, octets: bytes, at: int) -> tuple[bytes, int]:
        """Return the bytes and their end."""
        return straight.string(octets, at, OCTETS, self.minimum, self.maximum)

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
            raise _wrong(where, "text")
        try:
            length = len(value.encode())
        except UnicodeEncodeError:
            raise _wrong(where, "text without lone surrogates") from None
        if not self.minimum <= length <= self.maximum:
            raise _wrong(where, f"{self.minimum} to {self.maximum} bytes of text")
        return value

    def take(self, octets: bytes, at: int) -> tuple[str, int]:
        """Return the text and its end."""
        found, end = straight.string(octets, at, TEXT, self.minimum, self.maximum)
        return found.decode(), end

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

    def __post_init__(self) -> None:
        """Have each member at hand by its value."""
        found = {member.value: member for member in self.members}
        object.__setattr__(self, "_by_value", found)

    def read(self, value: object, where: str) -> E:
        """Return the member."""
        if isinstance(value, str | int) and not isinstance(value, bool):
            member = self._by_value.get(value)
            if member is not None:
                return member
        raise _wrong(where, f"one of {len(self.members)} known values")

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
            raise _wrong(where, "an array")
        if not self.minimum <= len(value) <= self.maximum:
            raise _wrong(where, f"{self.minimum} to {self.maximum} items")
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

    def plain(self, value: Sequence[T]) -> Plain:
        """Return the items as a list."""
        if not self.minimum <= len(value) <= self.maximum:
            msg = "value"
            raise _wrong(msg, f"{self.minimum} to {self.maximum} items")
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

    def plain(self, value: T | None) -> Plain:
        """Return the plain value or None."""
        return None if value is None else self.item.plain(value)

    def cddl(self) -> str:
        """Return the CDDL type."""
        return f"{self.item.cddl()} / null"


class Field:
    """One numbered field of a map: key, attribute name and codec."""

    __slots__ = ("_codec", "items", "key", "name", "optional", "part", "plain", "read")

    def __init__(
        self, key: int, name: str, codec: Codec[T], *, optional: bool = False
    ) -> None:
        """Tie a map key and an attribute to a codec.

        Args:
            key: the map key on the wire.
            name: attribute of the message's dataclass.
            codec: its type.
            optional: true where absence stands for None.
        """
        self.key = key
        self.name = name
        self.optional = optional
        self._codec: Callable[[], str] = codec.cddl
        self.read: Callable[[object, str], object] = codec.read
        self.items = _items(codec)
        self.part = straight.part(key, name, _length(codec) or codec.take, optional)
        # the attribute comes from the dataclass that declares this very field
        self.plain: Callable[..., Plain] = codec.plain

    def cddl(self) -> str:
        """Return the CDDL line of this field."""
        mark = "? " if self.optional else ""
        return f"{mark}{self.key} => {self._codec()},  ; {self.name}"


def _length(codec: object) -> int | None:
    """Return how long a byte string always is; None: that differs, or is none."""
    if isinstance(codec, Octets) and codec.minimum == codec.maximum:
        return codec.maximum
    return None


def _items(codec: object) -> int:
    """Return the most items that a value is; of what is not known here no end."""
    if isinstance(codec, ListOf):
        return 1 + codec.maximum * _items(codec.item)
    if isinstance(codec, Nullable):
        return _items(codec.item)
    if isinstance(codec, Message):
        return codec.items
    return 1 if isinstance(codec, Uint | Octets | Text | Choice) else _NO_END


class Message(Generic[T]):
    """A map with numbered fields, read into a frozen dataclass.

    Attributes:
        items: the most that it is.
    """

    def __init__(
        self, name: str, build: Callable[..., T], fields: Sequence[Field]
    ) -> None:
        """Name the message, its dataclass and its fields.

        Args:
            name: the CDDL rule's name.
            build: the dataclass.
            fields: its fields, in key order.
        """
        self.name = name
        self._build = build
        self._fields: Mapping[int, Field] = {one.key: one for one in fields}
        self._reads = tuple((f.key, f.name, f.read, f.optional) for f in fields)
        self.items = 1 + sum(f.items for f in fields)
        in_order = list(self._fields) == sorted(self._fields)
        self._parts = Parts([f.part for f in fields]) if in_order else None
        self._plains = tuple((f.key, f.name, f.plain, f.optional) for f in fields)

    def read(self, value: object, where: str = "") -> T:
        """Return the message of a plain map; unknown and missing keys are refused."""
        if not isinstance(value, dict):
            raise _wrong(where or self.name, "a map")
        if not value.keys() <= self._fields.keys():
            raise _wrong(where or self.name, "no unknown key")
        found: dict[str, object] = {}
        for key, name, read, optional in self._reads:
            if key in value:
                found[name] = read(value[key], name)
            elif optional:
                found[name] = None
            else:
                msg = f"{self.name}.{name}"
                raise _wrong(msg, "a value")
        return self._build(**found)

    def take(self, octets: bytes, at: int) -> tuple[T, int]:
        """Return the message and its end."""
        if self._parts is None:
            raise OddError
        found, end = self._parts.take(octets, at)
        return self._build(**found), end

    def plain(self, value: T) -> Plain:
        """Return the plain map of a message."""
        plain: dict[int | str, Plain] = {}
        for key, name, write, optional in self._plains:
            held: object = getattr(value, name)
            if held is None and optional:
                continue
            plain[key] = write(held)
        return plain

    def cddl(self) -> str:
        """Return the name by which other rules refer to this one."""
        return self.name

    def rule(self) -> str:
        """Return the whole CDDL rule."""
        lines = "\n".join(f"  {one.cddl()}" for one in self._fields.values())
        return f"{self.name} = {{\n{lines}\n}}\n"

    def encode(self, value: T) -> bytes:
        """Return the deterministic encoding of a message."""
        return cbor.encode(self.plain(value))

    def decode(self, octets: bytes, limit: int = limits.MESSAGE_BYTES) -> T:
        """Return the message that these bytes are.

        Raises:
            DecodeError: not deterministic CBOR or not this message.
            LimitError: too large.
        """
        found = self._straight(octets) if len(octets) <= limit else None
        return self.read(cbor.decode(octets, limit)) if found is None else found

    def _straight(self, octets: bytes) -> T | None:
        """Return the message that these bytes are; None where it is to be read."""
        # an item has an octet or more
        if min(self.items, len(octets)) > limits.MESSAGE_ITEMS:
            return None
        try:
            found, end = self.take(octets, 0)
        except (OddError, IndexError, ValueError):
            return None
        return found if end == len(octets) else None
