# SPDX-License-Identifier: Apache-2.0
"""Patterns of Python's `re` that are compiled when they are first asked.

Rules: used by what a process loads whole and needs in part: the detectors have some
hundred patterns, which take 30 ms to compile and of which a log asks a few. Once
compiled, a pattern costs what one of `re` costs.
Not here: RE2's patterns, which scan (`scanning.py`).
"""

import re
from collections.abc import Callable, Iterator
from typing import AnyStr, Generic

_ASKED = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn")


class LazyPattern(Generic[AnyStr]):
    """A pattern over bytes or text, with what redaction uses of `re.Pattern`."""

    __slots__ = (*_ASKED, "_flags", "_source")

    match: Callable[..., re.Match[AnyStr] | None]
    fullmatch: Callable[..., re.Match[AnyStr] | None]
    search: Callable[..., re.Match[AnyStr] | None]
    finditer: Callable[..., Iterator[re.Match[AnyStr]]]
    findall: Callable[..., list[AnyStr]]
    split: Callable[..., list[AnyStr]]
    sub: Callable[..., AnyStr]
    subn: Callable[..., tuple[AnyStr, int]]

    def __init__(self, source: AnyStr | Callable[[], AnyStr], flags: int = 0) -> None:
        """Keep the pattern as it is written, or what will write it."""
        self._source: AnyStr | Callable[[], AnyStr] = source
        self._flags = flags

    def __getattr__(self, name: str) -> object:
        """Compile the pattern and take its methods: only asked while there are none.

        Raises:
            AttributeError: for a name that no pattern has here.
        """
        if name not in _ASKED:
            raise AttributeError(name)
        source = self._source
        pattern = re.compile(source() if callable(source) else source, self._flags)
        for asked in _ASKED:
            setattr(self, asked, getattr(pattern, asked))
        return object.__getattribute__(self, name)
