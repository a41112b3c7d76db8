# SPDX-License-Identifier: Apache-2.0
"""Messages: maps with numbered fields, read, written, and named in CDDL.

Rules: a message accepts exactly what its CDDL says; unknown or missing map keys are
refused; errors name the field, never its value; what is taken straight from octets is
what would be read of them, and what is put straight into octets what would be encoded.
Not here: the types of a field (`codec_types.py`; they are imported from here), the
messages themselves (`wire/messages.py` and beside their types).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from wire import cbor, limits, straight
from wire.cbor import Plain
from wire.codec_types import (
    Choice,
    Codec,
    ListOf,
    Nullable,
    Octets,
    Text,
    Uint,
    fixed,
    wrong,
)
from wire.straight import OddError, Parts, Put

__all__ = (
    "Choice",
    "Codec",
    "Field",
    "ListOf",
    "Message",
    "Nullable",
    "Octets",
    "Text",
    "Uint",
    "fixed",
)
_NO_END = limits.MESSAGE_ITEMS + 1
"""Items of what is not known to end before the bound."""
T = TypeVar("T")


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
        length = _length(codec)
        self.part = straight.part(
            key, name, length or (codec.take, codec.put), optional
        )
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
            raise wrong(where or self.name, "a map")
        if not value.keys() <= self._fields.keys():
            raise wrong(where or self.name, "no unknown key")
        found: dict[str, object] = {}
        for key, name, read, optional in self._reads:
            if key in value:
                found[name] = read(value[key], name)
            elif optional:
                found[name] = None
            else:
                msg = f"{self.name}.{name}"
                raise wrong(msg, "a value")
        return self._build(**found)

    def take(self, octets: bytes, at: int) -> tuple[T, int]:
        """Return the message and its end."""
        if self._parts is None:
            raise OddError
        found, end = self._parts.take(octets, at)
        return self._build(**found), end

    def put(self, value: T, put: Put) -> None:
        """Put the message into octets."""
        if self._parts is None:
            raise OddError
        self._parts.put(value, put)

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
        """Return the deterministic encoding of a message.

        Raises:
            SchemaError: a value is not of its field's type.
            LimitError: too many items.
        """
        octets = self._written(value)
        return cbor.encode(self.plain(value)) if octets is None else octets

    def decode(self, octets: bytes, limit: int = limits.MESSAGE_BYTES) -> T:
        """Return the message that these bytes are.

        Raises:
            DecodeError: not deterministic CBOR or not this message.
            LimitError: too large.
        """
        found = self._straight(octets) if len(octets) <= limit else None
        return self.read(cbor.decode(octets, limit)) if found is None else found

    def _written(self, value: T) -> bytes | None:
        """Return the encoding of a message; None where it is to be made of a tree."""
        pieces: list[bytes] = []
        try:
            self.put(value, pieces.append)
        except (OddError, AttributeError, TypeError, ValueError):
            return None
        octets = b"".join(pieces)
        return None if self._is_long(octets) else octets

    def _is_long(self, octets: bytes) -> bool:
        """Tell whether there may be too many items; one has an octet or more."""
        return min(self.items, len(octets)) > limits.MESSAGE_ITEMS

    def _straight(self, octets: bytes) -> T | None:
        """Return the message that these bytes are; None where it is to be read."""
        if self._is_long(octets):
            return None
        try:
            found, end = self.take(octets, 0)
        except (OddError, IndexError, ValueError):
            return None
        return found if end == len(octets) else None
