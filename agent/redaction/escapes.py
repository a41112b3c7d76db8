# SPDX-License-Identifier: Apache-2.0
r"""Escapes that end in digits or letters and touch what follows: \t, %3D, #011, \u003c.

Rules: an escape begins before a match; its last bytes may be the match's first ones.
Not here: undoing them (a text keeps its own spelling).
"""

from agent.redaction.lazily import LazyPattern
from agent.redaction.scanning import with_any_digit

_WRITTEN = (
    rb"\\[tnrbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|#0[01][0-9]|=3D"
)
_ESCAPE = LazyPattern(_WRITTEN)
_ANY_ESCAPE = LazyPattern(lambda: with_any_digit(_WRITTEN))
_ENDS = LazyPattern(rb"(?:" + _WRITTEN + rb")\Z")
_ALSO_DIGITS = frozenset({b"=3D", b"\\b", b"\\f"})
"""Where these reach into a match, it may begin with those digits itself."""
LONGEST = 6
"""Bytes of the longest escape."""

_BACKSLASH = LazyPattern(rb"(?:\A|[^A-Za-z0-9\\:/.])\\{1,8}\Z")
"""Not after a domain, a drive or a directory: CORP\tim, C:\temp."""
_BLANKS = (b"t", b"n", b"r")


def blank_end(before: bytes, match: bytes) -> int:
    r"""Return how many bytes of a match belong to an escaped blank: 1 in `\tamelie`.

    Args:
        before: what stands before the match on its line.
        match: what a pattern found.
    """
    return int(match[:1] in _BLANKS and _BACKSLASH.search(before) is not None)


def escape_end(before: bytes, match: bytes) -> int | None:
    """Return how many bytes of a match belong to an escape; None when there is none.

    Args:
        before: what stands before the match on its line.
        match: what a pattern found.
    """
    size = len(before)
    for escape in _ESCAPE.finditer(before + match[:LONGEST]):
        start, end = escape.span()
        if start < size <= end and (end == size or escape[0] not in _ALSO_DIGITS):
            return end - size
    return None


def escape_ends(block: bytes) -> list[int]:
    """Return where escapes end; none begins within another.

    Args:
        block: text as UTF-8.
    """
    return [escape.end() for escape in _ESCAPE.finditer(block)]


def any_escape_ends(shape: bytes) -> list[int]:
    """Return where escapes may end in lines of a shape.

    Args:
        shape: a line with a 0 for each digit.
    """
    return [escape.end() for escape in _ANY_ESCAPE.finditer(shape)]


def ends_in_escape(block: bytes, end: int) -> bool:
    """Tell whether an escape ends where a word begins.

    Args:
        block: text as UTF-8.
        end: first byte of the word.
    """
    return _ENDS.search(block, max(0, end - LONGEST), end) is not None
