# SPDX-License-Identifier: Apache-2.0
"""How vectors write bytes and values in JSON.

Rules: bytes are lower-case hex; an integer beyond 2^53 is text, for other languages'
JSON would round it; long inputs are parts, each with how often it is repeated.
Not here: what the bytes mean (`first_opener.py`, `second_opener.py`).
"""

from collections.abc import Mapping

_EXACT = 2**53


def shown(value: object) -> object:
    """Return the JSON form of a plain value."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {"map": [[key, shown(item)] for key, item in value.items()]}
    if isinstance(value, list):
        return [shown(item) for item in value]
    if isinstance(value, int) and not -_EXACT <= value <= _EXACT:
        return {"int": str(value)}
    return value


def bytes_of(vector: Mapping[str, object], name: str) -> bytes:
    """Return the bytes of a field written in hex."""
    return bytes.fromhex(str(vector[name]))


def input_of(vector: Mapping[str, object]) -> bytes:
    """Return the bytes to be judged."""
    parts = vector.get("input_parts")
    if isinstance(parts, list):
        return b"".join(bytes.fromhex(digits) * times for digits, times in parts)
    return bytes_of(vector, "input")
