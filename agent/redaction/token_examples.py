# SPDX-License-Identifier: Apache-2.0
"""Tells which parts of a text somebody wrote to show where a token goes.

Rules: each letter of a text is looked at a few times only, however many parts of it
are asked for.
Not here: what the tokens look like (`token_shapes/`).
"""

from bisect import bisect_left

from agent.redaction.lazily import LazyPattern

_EXAMPLE = LazyPattern(
    rb"(?i)(?=(example|x{6}|your|redacted|placeholder|0{12}|1234567890ab))"
    rb"(?:e|x|y|r|p|0|1)"
)
"""No word is within another, so the first that begins in a part ends first too."""
_SHORT = 64
_VARIETY = 5
"""Fewest different letters of a token: below it somebody filled in a form."""


class Examples:
    """The examples of one text.

    Attributes:
        all: whether each part of it is an example.
    """

    __slots__ = ("_ends", "_few", "_few_end", "_few_start", "_starts", "_text", "all")

    def __init__(self, text: bytes) -> None:
        """Look at nothing yet.

        Args:
            text: of which parts will be asked for.
        """
        self._text = text
        self.all = (
            len(frozenset(text[:_SHORT])) < _VARIETY and len(frozenset(text)) < _VARIETY
        )
        self._starts: list[int] | None = None
        self._ends: list[int] = []
        self._few: frozenset[int] = frozenset()
        self._few_start = self._few_end = 0

    def __repr__(self) -> str:
        """Show nothing of the text."""
        return "<Examples>"

    def holds(self, start: int, end: int) -> bool:
        """Tell whether a part is an example of a token.

        Args:
            start: of the part.
            end: of the part.
        """
        return self._is_plain(start, end) or self._is_told(start, end)

    def _is_plain(self, start: int, end: int) -> bool:
        """Tell whether a part has few different letters.

        So has each part of one that has few.
        """
        text = self._text
        if len(frozenset(text[start : min(end, start + _SHORT)])) >= _VARIETY:
            return False
        if self._few_start <= start <= self._few_end:
            few = self._few
            if end > self._few_end:
                few = few.union(text[self._few_end : end])
        else:
            few = frozenset(text[start:end])
        if len(few) >= _VARIETY:
            few = frozenset(text[start:end])
            if len(few) >= _VARIETY:
                return False
        self._few, self._few_start, self._few_end = few, start, end
        return True

    def _is_told(self, start: int, end: int) -> bool:
        """Tell whether a part holds a word of examples."""
        if self._starts is None:
            if end - start <= _SHORT:
                return _EXAMPLE.search(self._text, start, end) is not None
            told = [*_EXAMPLE.finditer(self._text)]
            self._starts = [one.start() for one in told]
            self._ends = [one.end(1) for one in told]
        at = bisect_left(self._starts, start)
        return at < len(self._ends) and self._ends[at] <= end
