# SPDX-License-Identifier: Apache-2.0
"""Runs one pattern over a block of bytes.

Rules: matches from left to right, none overlapping; no groups. RE2 takes linear time;
where it has no wheel (musl) pcre2 stands in, which gives up after too many steps, and
`re` where that is missing too.
Not here: the patterns (`detectors/`), what a match means (`finding.py`).

google-re2 builds a Python object for every match; its own matcher is asked directly,
which costs less (`python -m bench.redaction engines`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

from agent.redaction import bounds
from agent.redaction.lazily import LazyPattern
from agent.redaction.runs import at_runs

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


class _Searcher(Protocol):
    """What we use of a compiled pattern of `re` or pcre2."""

    def finditer(self, text: bytes) -> Iterator[re.Match[bytes]]:
        """Yield the matches from left to right."""

    def match(self, text: bytes, at: int) -> re.Match[bytes] | None:
        """Return the match that begins there."""

    def search(self, text: bytes, at: int) -> re.Match[bytes] | None:
        """Return the first match from there on."""


class _SearchedPattern:
    """A pattern of an engine that gives an object for each match."""

    __slots__ = ("_searcher",)

    def __init__(self, searcher: _Searcher) -> None:
        self._searcher = searcher

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""
        found: Places = []
        for match in self._searcher.finditer(block):
            found.append(match.span())
            if not len(found) % bounds.CHECK_EVERY:
                tick()
        return found


class _RunPattern:
    """A pattern that is tried once for each run of letters, and where a match ended."""

    __slots__ = ("_anywhere", "_at_runs")

    def __init__(self, anywhere: _Searcher, at_runs: _Searcher) -> None:
        self._anywhere = anywhere
        self._at_runs = at_runs

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""
        found: Places = []
        match, search = self._anywhere.match, self._at_runs.search
        at = 0
        while at <= len(block):
            one = match(block, at) or search(block, at)
            if one is None:
                break
            found.append(one.span())
            at = max(at + 1, one.end())
            tick()
        return found


Compile = Callable[[bytes], Pattern]


class Later:
    """A pattern that is compiled when it is first asked: many logs need but half."""

    __slots__ = ("_compiled", "_pattern", "_source")

    def __init__(self, source: bytes, compiled: Compile) -> None:
        """Keep the pattern as it is written.

        Args:
            source: the pattern.
            compiled: compiles it.
        """
        self._source = source
        self._compiled = compiled
        self._pattern: Pattern | None = None

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""
        if self._pattern is None:
            self._pattern = self._compiled(self._source)
        return self._pattern.places(block, tick)


def compile_pattern(pattern: bytes) -> Pattern:
    """Compile a detector's pattern for bytes, with the fastest engine there is.

    Args:
        pattern: RE2 syntax; ASCII.
    """
    for compiled in ENGINES.values():
        with suppress(ImportError):
            return compiled(pattern)
    msg = "no engine for patterns"
    raise ImportError(msg)


def _with_re2(pattern: bytes) -> Pattern:
    import re2  # noqa: PLC0415 - only the short-lived child pays for it

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    large = len(pattern) > bounds.LARGE_PATTERN
    options.max_mem = bounds.LARGE_AUTOMATON if large else bounds.AUTOMATON
    compiled = re2.compile(pattern, options)
    return _Re2Pattern(compiled._regexp, re2._re2.RE2.Anchor.UNANCHORED)  # noqa: SLF001 - see the head


def _with_pcre2(pattern: bytes) -> Pattern:
    import pcre2  # noqa: PLC0415 - where the first is missing

    return _stepping_back(pcre2.compile, pattern)


def _with_re(pattern: bytes) -> Pattern:
    return _stepping_back(re.compile, pattern.replace(rb"\z", rb"\Z"))


def _stepping_back(compiled: Callable[[bytes], _Searcher], pattern: bytes) -> Pattern:
    """Return a pattern of an engine that steps back where it does not match."""
    guarded = at_runs(pattern)
    if guarded is None:
        return _SearchedPattern(compiled(pattern))
    return _RunPattern(compiled(pattern), compiled(guarded))


ENGINES: Mapping[str, Compile] = {
    "re2": _with_re2,
    "pcre2": _with_pcre2,
    "re": _with_re,
}
"""Engines by name, the fastest first; the same rules give the same result with each."""

_DIGITED = LazyPattern(
    rb"\\x[0-9a-fA-F]{2}|\\.|\{[0-9]+(?:,[0-9]*)?\}"
    rb"|(?P<set>\[\^?(?:\\.|[^\]\\])+\])|(?P<digit>[0-9])"
)
"""What may hold digits in a pattern; escapes and repeats stay."""
_HEXADECIMAL = LazyPattern(rb"\\x[0-9a-fA-F]{2}")
_SAME = bytes.maketrans(b"123456789", b"000000000")
_DIGIT = LazyPattern(rb"[0-9]")


def shape_key(text: bytes) -> bytes:
    """Return a text with a 0 for each digit: the shape of its lines.

    Args:
        text: one line or more.
    """
    return text.translate(_SAME)


def with_any_digit(pattern: bytes) -> bytes:
    """Return the pattern that takes any digit where the given one takes some.

    It matches at the same places of two texts that differ in digits alone, and
    wherever the given one does.

    Args:
        pattern: RE2 syntax; ASCII.

    Raises:
        ValueError: a negated set names some digits.
    """
    return _DIGITED.sub(_widened, pattern)


def _widened(token: re.Match[bytes]) -> bytes:
    text = token.group()
    if token["digit"]:
        return b"[0-9]"
    bare = _HEXADECIMAL.sub(b"", text)
    if not token["set"] or b"0-9" in bare or not _DIGIT.search(bare):
        return text
    if text.startswith(b"[^"):
        msg = "a negated set of a pattern names all digits or none"
        raise ValueError(msg)
    return text[:-1] + b"0-9]"
