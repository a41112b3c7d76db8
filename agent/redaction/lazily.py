# SPDX-License-Identifier: Apache-2.0
"""Patterns of Python's `re` that are compiled when they are first asked.

Rules: used by what a process loads whole and needs in part: the detectors have some
hundred patterns, which take 30 ms to compile and of which a log asks a few.
Not here: RE2's patterns, which scan (`scanning.py`).
"""

import re
from collections.abc import Iterator


class LazyPattern:
    """A pattern over bytes, with what the detectors use of `re.Pattern`."""

    __slots__ = ("_compiled", "_flags", "_source")

    def __init__(self, source: bytes, flags: int = 0) -> None:
        """Keep the pattern as it is written."""
        self._source = source
        self._flags = flags
        self._compiled: re.Pattern[bytes] | None = None

    def compiled(self) -> re.Pattern[bytes]:
        """Return the pattern, compiled now if it was not before."""
        if self._compiled is None:
            self._compiled = re.compile(self._source, self._flags)
        return self._compiled

    def match(self, text: bytes, *place: int) -> re.Match[bytes] | None:
        """Match at the start, as `re.Pattern` does."""
        return self.compiled().match(text, *place)

    def fullmatch(self, text: bytes, *place: int) -> re.Match[bytes] | None:
        """Match the whole."""
        return self.compiled().fullmatch(text, *place)

    def search(self, text: bytes, *place: int) -> re.Match[bytes] | None:
        """Find the first match."""
        return self.compiled().search(text, *place)

    def finditer(self, text: bytes, *place: int) -> Iterator[re.Match[bytes]]:
        """Find all matches."""
        return self.compiled().finditer(text, *place)

    def findall(self, text: bytes, *place: int) -> list[bytes]:
        """Return what all matches are."""
        return self.compiled().findall(text, *place)

    def split(self, text: bytes) -> list[bytes]:
        """Return what stands between the matches."""
        return self.compiled().split(text)
