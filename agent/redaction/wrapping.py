# SPDX-License-Identifier: Apache-2.0
r"""What stands around a name and is no part of it: quotes, brackets, escapes of them.

Rules: the digits of an escape do not matter; letters of other scripts are names.
Not here: escapes that a pattern found half of (`escapes.py`), undoing them
(`views.py`).
"""

from agent.redaction.lazily import LazyPattern

SIGNS = (
    rb"\xe2\x80[\x98-\x9f\xa2\xa6\xb9\xba]|\xc2[\xa0\xab\xbb]|\xe3\x80[\x80-\x91]"
    rb"|\xef\xbc[\x81-\x89\x8c\x8f\x9a-\x9f]"
)
"""Quotes, brackets, ellipses and blanks outside ASCII, as UTF-8."""
OPENING = (
    rb"(?:\\*[\"'<\[(]|&(?:lt|quot|apos);|%[0-9]{2}|\\{1,8}[tnr]|"
    rb"\xe2\x80[\x98-\x9f]|\xc2\xab)?"
)
"""Of a pattern: what may open a value after its key; a brace opens a placeholder."""
_ESCAPED = (
    rb"&(?:lt|gt|quot|apos|amp|#[0-9]+|#x[0-9a-fA-F]+);?|%[0-9][0-9A-Fa-f]"
    rb"|\\u[0-9]{2}[0-9a-f]{2}"
)
_BEFORE = LazyPattern(
    rb"(?:" + _ESCAPED + rb"|\\{1,8}[tnr\"']|[\"'`<\[({]|" + SIGNS + rb")+"
)
_AFTER = LazyPattern(
    rb"(?:" + _ESCAPED + rb"|\\{1,8}(?:[tnr\"']|\Z)|[\"'`>\])}]|" + SIGNS + rb")+\Z"
)
_SIGNS_BEFORE = LazyPattern(rb"(?:" + SIGNS + rb")+")
_SIGNS_AFTER = LazyPattern(rb"(?:" + SIGNS + rb")+\Z")
_LONGEST = 256
"""Longer values are no names, and are looked at as they are."""


def unwrapped(value: bytes) -> tuple[int, int]:
    """Return where a name starts and ends in a value; the same for none.

    Args:
        value: what a pattern took for a name.
    """
    return _inside(value, _BEFORE, _AFTER)


def without_signs(value: bytes) -> tuple[int, int]:
    """Return where a name starts and ends among signs outside ASCII.

    Args:
        value: what a pattern took for a name.
    """
    return _inside(value, _SIGNS_BEFORE, _SIGNS_AFTER)


def _inside(
    value: bytes, before: LazyPattern[bytes], after: LazyPattern[bytes]
) -> tuple[int, int]:
    if len(value) > _LONGEST:
        return 0, len(value)
    opened = before.match(value)
    start = 0 if opened is None else opened.end()
    closed = after.search(value, start)
    return start, len(value) if closed is None else closed.start()
