# SPDX-License-Identifier: Apache-2.0
"""Runs one pattern over a block of bytes.

Rules: linear time (RE2); matches from left to right, none overlapping; no groups.
Not here: the patterns (`detectors/`), what a match means (`finding.py`).

google-re2 builds a Python object for every match; its own matcher is asked directly,
which halves the cost of a dense block (`python -m bench.redaction engines`).
"""

import re
from collections.abc import Callable
from typing import Protocol

from agent.redaction import bounds

Places = list[tuple[int, int]]
"""Start and end of each match."""
Tick = Callable[[], None]
"""Asked between matches; raises when time is over."""


class Pattern(Protocol):
    """A compiled pattern."""

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""


class _Matcher(Protocol):
    """What we use of RE2 itself."""

    def Match(  # noqa: N802 - RE2's name
        self, anchor: object, text: bytes, start: int, end: int
    ) -> list[tuple[int, int]]:
        """Return the spans of the first match and its groups; (-1, -1) for none."""


class _Re2Pattern:
    """A pattern of google-re2."""

    __slots__ = ("_anchor", "_matcher")

    def __init__(self, matcher: _Matcher, anchor: object) -> None:
        self._matcher = matcher
        self._anchor = anchor

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""
        found: Places = []
        match, anchor = self._matcher.Match, self._anchor
        at, end = 0, len(block)
        while at <= end:
            span = match(anchor, block, at, end)[0]
            if span[0] < 0:
                break
            found.append(span)
            at = span[1] if span[1] > at else at + 1
            if not len(found) % bounds.CHECK_EVERY:
                tick()
        return found


def compile_pattern(pattern: bytes) -> Pattern:
    """Compile a detector's pattern for bytes.

    Args:
        pattern: RE2 syntax; ASCII.
    """
    import re2  # noqa: PLC0415 - only the short-lived child pays for it

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    compiled = re2.compile(pattern, options)
    return _Re2Pattern(compiled._regexp, re2._re2.RE2.Anchor.UNANCHORED)  # noqa: SLF001 - see the head


_TOKEN = re.compile(
    rb"(?P<kept>\\x[0-9a-fA-F]{2}|\\.|\{[0-9]+(?:,[0-9]*)?\})"
    rb"|(?P<set>\[\^?(?:\\.|[^\]\\])+\])|(?P<digit>[0-9])|(?P<other>(?s:.))"
)
_ALL_DIGITS = re.compile(rb"\\x[0-9a-fA-F]{2}|0-9")
_DIGIT = re.compile(rb"[0-9]")


def with_any_digit(pattern: bytes) -> bytes:
    """Return the pattern that takes any digit where the given one takes some.

    It matches at the same places of two texts that differ in digits alone, and
    wherever the given one does.

    Args:
        pattern: RE2 syntax; ASCII.

    Raises:
        ValueError: a negated set names some digits.
    """
    return b"".join(_widened(token) for token in _TOKEN.finditer(pattern))


def _widened(token: re.Match[bytes]) -> bytes:
    text = token.group()
    if token["digit"]:
        return b"[0-9]"
    if not token["set"] or not _DIGIT.search(_ALL_DIGITS.sub(b"", text)):
        return text
    if text.startswith(b"[^"):
        msg = "a negated set of a pattern names all digits or none"
        raise ValueError(msg)
    return text[:-1] + b"0-9]"
