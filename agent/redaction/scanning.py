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


_QUANTIFIER = re.compile(rb"\{[0-9]+(?:,[0-9]*)?\}|\\x[0-9a-fA-F]{2}|0-9")


def is_uniform(pattern: bytes) -> bool:
    """Tell whether a pattern treats all digits alike.

    Then it matches at the same places of two texts that differ in digits alone.

    Args:
        pattern: RE2 syntax; ASCII.
    """
    return re.search(rb"[0-9]", _QUANTIFIER.sub(b"", pattern)) is None
