# SPDX-License-Identifier: Apache-2.0
r"""Shows a line as it was before another format escaped it: a\"b, &lt;, %40, a\\b.

ASCII in full width, as input methods of East Asia write it, counts as escaped.

Rules: a view is looked at beside the line, never in place of it, so it can only find
more; what is found in a view is found at its place in the line; few levels, for a
message in JSON in JSON is what logs have.
Not here: looking (`finding.py`), base64 and other spellings of names that are known
(`dictionary.py`).
"""

from bisect import bisect_right
from collections.abc import Iterator

from agent.redaction import bounds
from agent.redaction.cleaning import clean
from agent.redaction.dictionary import Span
from agent.redaction.lazily import LazyPattern
from agent.redaction.scanning import with_any_digit

_ESCAPE = LazyPattern(
    rb"\\(?:u001[bB]|x1[bB])\[[0-9;]*[A-Za-z]"
    rb"|\\(?:[\"'\\/nrt]|u[0-9a-fA-F]{4}|x[0-7][0-9a-fA-F])"
    rb"|&(?:lt|gt|quot|apos|amp|#[0-9]{1,5}|#x[0-9a-fA-F]{1,4});"
    rb"|%[0-9a-fA-F]{2}"
    rb"|\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e])"
)
TELLING = (
    rb"(?:\\(?:\"|u[0-9a-fA-F]{4}|x[0-7][0-9a-fA-F])"
    rb"|&(?:lt|gt|quot|apos|amp|#[0-9]+|#x[0-9a-fA-F]+);"
    rb"|%[0-9a-fA-F]{2}|\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e]))[^\n]*"
)
"""Pattern of what makes a view worth its while, and the rest of that line.

Backslashes alone are paths of Windows.
"""
_TELLING = LazyPattern(TELLING)
_SIGNS = frozenset(b"\\&%\xef")
"""One of them begins each escape."""
_MAY_TELL = LazyPattern(lambda: with_any_digit(TELLING))
_LETTERS = {
    b"\\n": b"\t",
    b"\\r": b"\t",
    b"\\t": b"\t",
    b"&lt;": b"<",
    b"&gt;": b">",
    b"&quot;": b'"',
    b"&apos;": b"'",
    b"&amp;": b"&",
}
_WIDE = b"\xef"
_WIDER = 0xFEE0
"""Characters in full width stand so far behind those of ASCII."""
_NOT_SHOWN = (b"\n", b"\r")
"""Would end the line."""
_HEXADECIMAL = 4
"""Digits of a number that may be a character; a colour of a terminal has more."""


class View:
    """A line without one level of escapes, and where its letters stand in the line."""

    __slots__ = ("_inner", "_outer", "text")

    def __init__(self, line: bytes) -> None:
        """Take out one level of escapes.

        Args:
            line: without a newline.
        """
        pieces: list[bytes] = []
        self._inner = [0]
        self._outer = [0]
        at = size = 0
        for match in _ESCAPE.finditer(line):
            start, end = match.span()
            letter = _letter(match.group())
            pieces += (line[at:start], letter)
            size += start - at + len(letter)
            self._inner.append(size)
            self._outer.append(end)
            at = end
        pieces.append(line[at:])
        self.text = b"".join(pieces)

    def outside(self, span: Span) -> Span:
        """Return where something of the view stands in the line.

        Args:
            span: of the view.
        """
        return self._place(span[0]), self._place(span[1]), span[2]

    def _place(self, inner: int) -> int:
        number = bisect_right(self._inner, inner) - 1
        return self._outer[number] + inner - self._inner[number]


def _letter(escape: bytes) -> bytes:
    """Return what an escape stands for, as UTF-8 without a newline."""
    known = _LETTERS.get(escape)
    if known is not None:
        return known
    if escape.startswith(b"%"):
        shown = bytes((int(escape[1:], 16),))
    elif escape.startswith(_WIDE):
        shown = bytes((ord(escape.decode()) - _WIDER,))
    elif escape.startswith((b"&#", b"\\u", b"\\x")):
        shown = _character(escape)
    else:
        shown = escape[1:]
    return b" " if shown in _NOT_SHOWN else shown


def _character(escape: bytes) -> bytes:
    """Return the character of a number, nothing for one that is not seen."""
    digits = escape[2:].rstrip(b";")
    if escape.startswith(b"&#") and not digits.startswith(b"x"):
        return clean(chr(int(digits)))
    code = digits.removeprefix(b"x")
    return clean(chr(int(code, 16))) if len(code) <= _HEXADECIMAL else b""


def has_sign(text: bytes) -> bool:
    """Tell whether a text has a sign that escapes begin with: most have none."""
    return b"\\" in text or b"&" in text or b"%" in text or _WIDE in text


def views(line: bytes) -> Iterator[list[View]]:
    """Yield the views of a line, each as the steps from it to the line.

    Args:
        line: without a newline.
    """
    if not has_sign(line):
        return
    steps: list[View] = []
    text = line
    while len(steps) < bounds.VIEWS and _TELLING.search(text):
        step = View(text)
        steps = [step, *steps]
        text = step.text
        yield steps


def unescaped(value: bytes) -> bytes:
    """Return what was found as it was before anything escaped it.

    Args:
        value: without a newline.
    """
    if _SIGNS.isdisjoint(value):
        return value  # as nearly all are
    text = value
    for steps in views(value):
        text = steps[0].text
    return text


def may_be_escaped(shape: bytes) -> bool:
    """Tell whether a line of this shape may have views.

    Args:
        shape: a line with a 0 for each digit.
    """
    return _MAY_TELL.search(shape) is not None


def outside(span: Span, steps: list[View]) -> Span:
    """Return where something of a view stands in the line.

    Args:
        span: of the view's text.
        steps: as `views` gave them.
    """
    for step in steps:
        span = step.outside(span)
    return span
