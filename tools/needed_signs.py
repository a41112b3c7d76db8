# SPDX-License-Identifier: Apache-2.0
"""Tells signs of which a text has to hold one for a pattern to match in it.

Rules: what every way through the pattern asks for, and never less; letters are taken
in lower case; of several such sets the one that texts hold least.
Not here: words that a detector says it needs (`agent/redaction/detectors`).
"""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

_PARSER = import_module("re._parser")
_OPS = import_module("re._constants")
_ASCII = 128
_LETTER, _BLANK = 100, 50
"""How much likelier a text holds them than a sign."""

Signs = frozenset[int]
_Token = tuple[object, Any]
"""What Python's parser gives: it says nothing of types."""


def needed_signs(pattern: bytes) -> tuple[bytes, ...]:
    """Return single signs of which each match holds one; none where that is unknown.

    Args:
        pattern: RE2 syntax, as Python reads it too.
    """
    found = _of_all(_PARSER.parse(pattern.replace(rb"\z", rb"\Z")))
    return tuple(bytes((sign,)) for sign in sorted(found or ()))


def _of_all(tokens: Iterable[_Token]) -> Signs | None:
    """Return the rarest signs that one of the tokens in a row needs."""
    found = [signs for signs in map(_of_one, tokens) if signs is not None]
    return min(found, key=_likelihood, default=None)


def _of_one(token: _Token) -> Signs | None:
    """Return the signs of which what a token matches holds one."""
    kind, value = token
    if kind is _OPS.LITERAL:
        return _signs([value])
    if kind is _OPS.IN:
        return _of_set(value)
    if kind is _OPS.SUBPATTERN:
        return _of_all(value[-1])
    if kind is _OPS.BRANCH:
        ways = [_of_all(way) for way in value[1]]
        known = [way for way in ways if way is not None]
        return frozenset().union(*known) if len(known) == len(ways) else None
    if kind in (_OPS.MAX_REPEAT, _OPS.MIN_REPEAT) and value[0]:
        return _of_all(value[2])
    return None


def _of_set(members: Iterable[_Token]) -> Signs | None:
    """Return the signs of a set; None for one that says what it is not."""
    found: list[int] = []
    for kind, value in members:
        if kind is _OPS.LITERAL:
            found.append(value)
        elif kind is _OPS.RANGE:
            found += range(value[0], value[1] + 1)
        elif kind is _OPS.CATEGORY and value is _OPS.CATEGORY_SPACE:
            found += b" \t\n\r\f\v"
        else:
            return None
    return _signs(found)


def _signs(octets: Iterable[int]) -> Signs | None:
    """Return octets in lower case; None beyond ASCII, where case is another matter."""
    found = frozenset(octets)
    return frozenset(bytes(found).lower()) if max(found) < _ASCII else None


def _likelihood(signs: Signs) -> int:
    letters = sum(chr(sign).isalpha() for sign in signs)
    return _LETTER * letters + _BLANK * (ord(" ") in signs) + len(signs)
