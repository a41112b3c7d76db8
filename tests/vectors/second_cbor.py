# SPDX-License-Identifier: Apache-2.0
"""A second reading of the CBOR subset and its schema, from docs/spec alone.

Rules: nothing of `wire` and no CBOR library is imported; the messages are checked by
the published docs/spec/*.cddl, so the schema itself is proven to be enough.
Not here: seals and signatures (`second_seal.py`).
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NoReturn

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec"
CDDL = (SPEC / "wire.cddl", SPEC / "keeper.cddl")
MESSAGE_BYTES = 524_288
_DEPTH, _ITEMS, _GREATEST = 12, 65_536, 2**63 - 1


class RefusedError(Exception):
    """A refusal; its only argument is the failure class."""


def refuse(code: str) -> NoReturn:
    """Refuse with a failure class.

    Raises:
        RefusedError: always.
    """
    raise RefusedError(code) from None


class _Reader:
    """Reads one item; each head must be the shortest."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0
        self.items = 0
        self.canonical = True
        self.subset = True

    def take(self, count: int) -> bytes:
        if count > len(self.octets) - self.at:
            refuse("malformed")
        self.at += count
        return self.octets[self.at - count : self.at]

    def head(self) -> tuple[int, int, int]:
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info
        if info > 27:
            refuse("malformed")
        size = 1 << (info - 24)
        argument = int.from_bytes(self.take(size), "big")
        least = 24 if size == 1 else 1 << (4 * size)
        if major < 7 and argument < least:
            self.canonical = False
        return major, info, argument

    def item(self, depth: int) -> object:
        self.items += 1
        major, info, argument = self.head()
        if major in {0, 1}:
            self.subset &= argument <= _GREATEST
            return argument if major == 0 else -1 - argument
        if major == 2:
            return self.take(argument)
        if major == 3:
            try:
                return self.take(argument).decode()
            except UnicodeDecodeError:
                refuse("malformed")
        if major == 6 or (major < 6 and depth == _DEPTH):
            refuse("malformed")
        if major == 4:
            self.check_count(argument)
            return [self.item(depth + 1) for _ in range(argument)]
        return self.map(argument, depth) if major == 5 else self.simple(info, argument)

    def check_count(self, count: int) -> None:
        if count > len(self.octets) - self.at:
            refuse("malformed")

    def map(self, count: int, depth: int) -> dict[object, object]:
        self.check_count(count)
        found: dict[object, object] = {}
        before = b""
        for _ in range(count):
            start, items = self.at, self.items
            key = self.item(depth + 1)
            self.items = items
            spelled = self.octets[start : self.at]
            self.canonical &= before < spelled
            before = spelled
            if type(key) not in {int, str} or (isinstance(key, int) and key < 0):
                refuse("malformed")
            if key in found:
                refuse("malformed")
            found[key] = self.item(depth + 1)
        kinds = {type(key) for key in found}
        self.subset &= len(kinds) < 2
        return found

    def simple(self, info: int, argument: int) -> object:
        if info == 24 and argument < 32:
            refuse("malformed")
        if info not in {20, 21, 22}:
            self.subset = False
        return {20: False, 21: True}.get(info)


def read_cbor(octets: bytes, limit: int = MESSAGE_BYTES) -> object:
    """Return the value of deterministic CBOR of the subset."""
    if len(octets) > limit:
        refuse("limit")
    reader = _Reader(octets)
    value = reader.item(0)
    if reader.items > _ITEMS:
        refuse("limit")
    if not reader.subset:
        refuse("schema")
    if not reader.canonical or reader.at != len(octets):
        refuse("not-canonical")
    return value


Check = Callable[[object], bool]
_RULE = re.compile(r"^([a-z-]+) = \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^ +(\? )?(\d+) => (.*),  ; ([a-z_]+)$", re.MULTILINE)
_ARRAY = re.compile(r"\[(\d+)\*(\d+) (.*)\]\Z")
_SIZE = re.compile(r"(bstr|tstr) \.size \(?(\d+)(?:\.\.(\d+)\))?\Z")
_RANGE = re.compile(r"(\d+)\.\.(\d+)\Z")


@cache
def rules() -> dict[str, list[tuple[bool, int, str]]]:
    """Return optional, key and type of each field of each rule of the CDDL."""
    text = "".join(path.read_text("utf-8") for path in CDDL)
    return {
        name: [
            (bool(optional), int(key), kind)
            for optional, key, kind, _ in _FIELD.findall(fields)
        ]
        for name, fields in _RULE.findall(text)
    }


def _is(kind: str, value: object) -> bool:
    """Tell whether a value is of a CDDL type."""
    if array := _ARRAY.match(kind):
        least, most, item = array.groups()
        return (
            isinstance(value, list)
            and int(least) <= len(value) <= int(most)
            and all(_is(item, one) for one in value)
        )
    if sized := _SIZE.match(kind):
        held = value.encode() if isinstance(value, str) else value
        wanted = str if sized[1] == "tstr" else bytes
        least, most = sized[2], sized[3] or sized[2]
        return (
            isinstance(value, wanted)
            and isinstance(held, bytes)
            and int(least) <= len(held) <= int(most)
        )
    if " / " in kind:
        return any(_is(choice, value) for choice in kind.split(" / "))
    return _is_single(kind, value)


def _is_single(kind: str, value: object) -> bool:
    if bounds := _RANGE.match(kind):
        return type(value) is int and int(bounds[1]) <= value <= int(bounds[2])
    if kind == "null":
        return value is None
    if kind.startswith('"'):
        return value == kind.strip('"')
    if kind.isdigit():
        return type(value) is int and value == int(kind)
    return _is_map(kind, value)


def _is_map(rule: str, value: object) -> bool:
    fields = rules()[rule]
    if not isinstance(value, dict) or not value.keys() <= {key for _, key, _ in fields}:
        return False
    return all(
        _is(kind, value[key]) if key in value else optional
        for optional, key, kind in fields
    )


def read_message(
    rule: str, octets: bytes, limit: int = MESSAGE_BYTES
) -> dict[int, object]:
    """Return the fields of a message, by key, checked by the CDDL."""
    value = read_cbor(octets, limit)
    if not isinstance(value, dict) or not _is_map(rule, value):
        refuse("schema")
    return value
