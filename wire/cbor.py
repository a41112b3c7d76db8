# SPDX-License-Identifier: Apache-2.0
"""Deterministic CBOR (RFC 8949 section 4.2.1) of a small subset, strictly.

Rules: integers, byte strings, text, arrays, maps, booleans and null only; no tags, no
floats, no indefinite lengths, no duplicate keys, nothing after the item; what decodes
is encoded again and compared, so each message has exactly one form.
Not here: which fields a message has (`wire/codec.py`).
"""

from typing import NoReturn

import cbor2

from wire import limits
from wire.errors import DecodeError, LimitError, NotCanonicalError, SchemaError

Plain = int | bytes | str | bool | None | list["Plain"] | dict["int | str", "Plain"]


def _refuse(*_: object) -> NoReturn:
    msg = "tag"
    raise ValueError(msg)


_NO_TAGS = dict.fromkeys(range(261), _refuse)


def encode(value: Plain) -> bytes:
    """Return the one deterministic encoding of a plain value.

    Raises:
        SchemaError: for a value outside the subset.
    """
    _count(value, 0)
    return cbor2.dumps(value, canonical=True)


def decode(octets: bytes, limit: int = limits.MESSAGE_BYTES) -> Plain:
    """Decode bytes that must be deterministic CBOR of the subset.

    Args:
        octets: exactly one item.
        limit: most bytes accepted.

    Raises:
        LimitError: too many bytes or items.
        DecodeError: not well-formed, or a tag.
        NotCanonicalError: another encoding of the same value, or trailing bytes.
        SchemaError: a float, a simple value or an odd map key.
    """
    if len(octets) > limit:
        msg = f"message is over its limit of {limit} bytes"
        raise LimitError(msg)
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
    _count(value, 0)
    if cbor2.dumps(value, canonical=True) != octets:
        msg = "not the deterministic encoding, or bytes follow the item"
        raise NotCanonicalError(msg)
    plain: Plain = value
    return plain


def _count(value: object, so_far: int) -> int:
    """Count items and refuse types outside the subset."""
    so_far += 1
    if so_far > limits.MESSAGE_ITEMS:
        msg = f"message has more than {limits.MESSAGE_ITEMS} items"
        raise LimitError(msg)
    if value is None or isinstance(value, bytes | str | bool):
        return so_far
    if isinstance(value, int):
        if -limits.SEQUENCE - 1 <= value <= limits.SEQUENCE:
            return so_far
    elif isinstance(value, list):
        for item in value:
            so_far = _count(item, so_far)
        return so_far
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, bool) or not isinstance(key, int | str):
                msg = "a map key is neither an integer nor text"
                raise SchemaError(msg)
            so_far = _count(item, so_far)
        return so_far
    msg = "a value is outside the permitted subset"
    raise SchemaError(msg)
