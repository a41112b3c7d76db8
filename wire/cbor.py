# SPDX-License-Identifier: Apache-2.0
"""Deterministic CBOR (RFC 8949 section 4.2.1) of a small subset, strictly.

Rules: integers, byte strings, text, arrays, maps, booleans and null only; no tags, no
floats, no indefinite lengths, no duplicate keys, nothing after the item; what decodes
is encoded again and compared, so each message has exactly one form. The keys of a map
are all unsigned integers or all text: then length-first order, which the library
sorts by, and the bytewise order of RFC 8949 are the same.
Not here: which fields a message has (`wire/codec.py`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import cbor2

from wire import limits
from wire.errors import DecodeError, LimitError, NotCanonicalError, SchemaError

Plain = int | bytes | str | bool | None | list["Plain"] | dict["int | str", "Plain"]


def _refuse(*_: object) -> NoReturn:
    msg = "tag"
    raise ValueError(msg)


_STRINGS = (2, 3)
"""The kinds of item, byte string and text, whose content follows the head."""
_LONG_ARGUMENTS, _LONGEST = 24, 27
"""From here on a head's argument is in the next 1, 2, 4 or 8 bytes."""
_LEAST = -limits.SEQUENCE - 1
_LEAVES = frozenset({type(None), bytes, str, bool})
_NO_TAGS = dict.fromkeys((*range(261), 55_799), _refuse)
"""Tags that the library would act upon; it hands any other to us as a CBORTag."""


def encode(value: Plain) -> bytes:
    """Return the one deterministic encoding of a plain value.

    Raises:
        SchemaError: for a value outside the subset.
        DecodeError: an odd map key, or nested so deeply that no one would decode it.
        LimitError: too many items.
    """
    looked = _Looked()
    looked.at(value, 0)
    try:
        return cbor2.dumps(value, canonical=not looked.in_order)
    except UnicodeEncodeError:
        msg = "a text has a lone surrogate"
        raise SchemaError(msg) from None  # the cause quotes the text


def decode(octets: bytes, limit: int = limits.MESSAGE_BYTES) -> Plain:
    """Decode bytes that must be deterministic CBOR of the subset.

    Args:
        octets: exactly one item.
        limit: most bytes accepted.

    Raises:
        LimitError: too many bytes or items.
        DecodeError: not well-formed, nested too deeply, a tag, or an odd map key.
        NotCanonicalError: another encoding of the same value, or trailing bytes.
        SchemaError: a float, a simple value, or map keys of two types.
    """
    if len(octets) > limit:
        msg = f"message is over its limit of {limit} bytes"
        raise LimitError(msg)
    _check_heads(octets)
    try:
        value = cbor2.loads(
            octets,
            semantic_decoders=_NO_TAGS,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            max_depth=limits.CBOR_DEPTH,
        )
    except (cbor2.CBORError, ValueError, RecursionError, OverflowError):
        msg = "not well-formed CBOR of the permitted subset"
        raise DecodeError(msg) from None  # the cause may quote data
    looked = _Looked()
    looked.at(value, 0)
    # what is in order needs no sorting, which would cost more than all the rest
    if not looked.in_order or cbor2.dumps(value) != octets:
        msg = "not the deterministic encoding, or bytes follow the item"
        raise NotCanonicalError(msg)
    plain: Plain = value
    return plain


def _check_heads(octets: bytes) -> None:
    """Refuse far too many items before an object is made of each.

    Four million empty arrays in one message cost a second and 300 MB to build, and
    strangers may send it. What is not well-formed is left to the decoder to refuse.
    """
    most = 2 * limits.MESSAGE_ITEMS  # each value of a map has a key
    place, end, heads = 0, len(octets), 0
    if end <= most:
        return
    while place < end:
        heads += 1
        if heads > most:
            raise _too_many()
        kind, small = divmod(octets[place], 32)
        place += 1
        if small >= _LONG_ARGUMENTS:
            width = 1 << (small - _LONG_ARGUMENTS) if small <= _LONGEST else end
            small = int.from_bytes(octets[place : place + width], "big")
            place += width
        if kind in _STRINGS:
            place += small


class _Looked:
    """What a look through a value has found.

    Attributes:
        items: so many.
        in_order: whether the keys of each map stand in the deterministic order.
    """

    __slots__ = ("in_order", "items")

    def __init__(self) -> None:
        self.items = 0
        self.in_order = True

    def at(self, value: object, depth: int) -> None:
        """Count items and refuse types outside the subset."""
        self.items += 1
        if self.items > limits.MESSAGE_ITEMS:
            raise _too_many()
        if value is None or isinstance(value, bytes | str | bool):
            return
        if isinstance(value, int):
            if _LEAST <= value <= limits.SEQUENCE:
                return
        elif isinstance(value, list | dict):
            if depth == limits.CBOR_DEPTH:
                msg = f"message is nested deeper than {limits.CBOR_DEPTH}"
                raise DecodeError(msg)
            if isinstance(value, dict):
                self._keys(value)
            self._each(value.values() if isinstance(value, dict) else value, depth + 1)
            return
        elif isinstance(value, cbor2.CBORTag):
            msg = "a tag"
            raise DecodeError(msg)
        msg = "a value is outside the permitted subset"
        raise SchemaError(msg)

    def _each(self, values: Iterable[object], depth: int) -> None:
        """Look at each; most are plain, and need no call."""
        for value in values:
            if type(value) in _LEAVES or (
                type(value) is int and _LEAST <= value <= limits.SEQUENCE
            ):
                self.items += 1
            else:
                self.at(value, depth)
        if self.items > limits.MESSAGE_ITEMS:
            raise _too_many()

    def _keys(self, value: dict[object, object]) -> None:
        """Refuse keys outside the subset, and look whether they are in order."""
        keys: list[Any] = list(value)
        kinds = set(map(type, keys))
        if kinds == {int}:
            ordered = sorted(keys)
            fits = ordered[0] >= 0 and ordered[-1] <= limits.SEQUENCE
        else:
            fits = all(isinstance(key, str) for key in keys)
            ordered = sorted(keys, key=_text_order) if fits else []
        if not fits:
            _refuse_keys(keys)
        self.in_order = self.in_order and keys == ordered


def _too_many() -> LimitError:
    return LimitError(f"message has more than {limits.MESSAGE_ITEMS} items")


def _text_order(key: str) -> tuple[int, bytes]:
    octets = key.encode("utf-8", "surrogatepass")
    return len(octets), octets


def _refuse_keys(keys: Sequence[object]) -> NoReturn:
    if not all(type(key) is str or (type(key) is int and key >= 0) for key in keys):
        msg = "a key of a map is neither an unsigned integer nor text"
        raise DecodeError(msg)
    msg = "the keys of a map are neither all unsigned integers nor all text"
    raise SchemaError(msg)
