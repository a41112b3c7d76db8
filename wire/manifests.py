# SPDX-License-Identifier: Apache-2.0
"""Finds a shipment's signed manifest before the shipment is there.

Rules: it looks at a few octets and allocates nothing by a stated length; what it
returns is checked like any signed message; the whole shipment is still decoded.
Not here: the messages (`wire/messages.py`), who may sign (`wire/signed.py`).
"""

from wire import limits
from wire.errors import LimitError, SchemaError

_START = b"\xa2\x01"
"""How a shipment begins: a map of two fields, the first of them 1."""
_BYTES = 2
"""CBOR's major type of byte strings."""
_ONE, _TWO = 24, 25
"""A head's low bits: below 24 the length itself; 24 and 25: it is in so many octets."""


def manifest_of(start: bytes) -> bytes | None:
    """Return the signed manifest from the first octets of a shipment.

    So a gate knows who speaks before it takes the envelopes.

    Args:
        start: the first octets of an encoded shipment; no more than
            `limits.MANIFEST_BYTES` + 5 are ever needed.

    Returns:
        The encoded signed message; None while it is not whole.

    Raises:
        SchemaError: no shipment begins so.
        LimitError: the manifest is over its bound.
    """
    if not _START.startswith(start[:2]):
        msg = "a shipment begins with its manifest"
        raise SchemaError(msg)
    if len(start) <= len(_START):
        return None
    kind, small = divmod(start[len(_START)], 32)
    if kind != _BYTES or not small or small > _TWO:
        msg = "a manifest is a byte string of some hundred octets"
        raise SchemaError(msg)
    width = {_ONE: 1, _TWO: 2}.get(small, 0)
    at = len(_START) + 1 + width
    if len(start) < at:
        return None
    length = int.from_bytes(start[at - width : at], "big") if width else small
    if length > limits.MANIFEST_BYTES:
        msg = "the manifest is over its bound"
        raise LimitError(msg)
    return start[at : at + length] if len(start) >= at + length else None
