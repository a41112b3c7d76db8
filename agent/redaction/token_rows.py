# SPDX-License-Identifier: Apache-2.0
"""How each row of the catalogue of tokens is looked for at a place of a text.

Rules: what a row's own pattern says is decisive; before it is asked, the first letters
and the length of the run of letters that a token has to fill tell most places apart,
so that prefixes over and over take linear time.
Not here: the rows (`token_shapes/`), which places are looked at and what is an example
(`detectors/token_prefixes.py`).
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple

from agent.redaction.automata import Automaton, build_automaton
from agent.redaction.lazily import LazyPattern
from agent.redaction.token_shapes.catalogue import CATALOGUE

KEY = 5
"""Bytes by which rows are told apart."""
SHORTEST_PREFIX = 2
_NO_END = 1 << 30
_ALPHANUMERIC = frozenset(byte for byte in range(128) if chr(byte).isalnum())
_TOKEN = LazyPattern(
    rb"(?P<look>\(\?[=!][^()]*\))|(?P<open>\(\?:)|(?P<bar>\|)"
    rb"|(?:(?P<close>\))|(?P<one>\[\^?(?:\\.|[^\]\\])+\]|\\.|[^()|\\]))"
    rb"(?P<times>[*+?]|\{[0-9,]+\})?"
)
_WITHIN_DASHES = LazyPattern(
    rb"(?:\[(?:[A-Z]-[A-Z]|[a-z]-[a-z]|[0-9]-[0-9]|\\w|\w|-)+\]|[\w-])"
)
_LOOKS = LazyPattern(rb"\(\?[=!][^()]*\)")
_FAR_LOOKS = LazyPattern(rb"\(\?[=!][^()]*\*[^()]*\)")
"""Looks ahead, and those without an end."""
_FIRST = LazyPattern(rb"(\[\^?(?:\\.|[^\]\\])+\])(?![*?]|\{0)[^|]*\Z")


class Row(NamedTuple):
    """One line of the catalogue."""

    kind: str
    prefix: bytes
    shown: bool
    rest: bytes


def rows() -> Iterator[Row]:
    """Yield the catalogue's lines, one for each prefix."""
    for line in CATALOGUE.encode("ascii").splitlines():
        if line and not line.startswith(b"@"):
            kind, prefixes, rest, _ = line.split(b" ")
            for prefix in prefixes.split(b","):
                shown = prefix.endswith(b">")
                yield Row(kind.decode(), prefix.rstrip(b">"), shown, rest)


ROWS = tuple(rows())


def quoted(prefix: bytes) -> bytes:
    """Return a prefix as a pattern that allows for the slashes of JSON.

    Args:
        prefix: of a row.
    """
    return re.sub(rb"[^A-Za-z0-9_/:=~,%-]", rb"\\\g<0>", prefix).replace(b"/", rb"\\?/")


def heads(text: bytes, last: int) -> list[int]:
    """Return the places where a word, or a part of one, begins like a token.

    Args:
        text: that it is in.
        last: the letters that tell it end before that.
    """
    found = _heads().find_matches_as_indexes(text[:last], overlapping=True)
    return sorted(
        {at for _, at, _ in found if not at or text[at - 1] not in _ALPHANUMERIC}
    )


@cache
def _heads() -> Automaton:
    """Return what finds how tokens begin.

    All at once, for they are some hundred: `re` takes long to compile a pattern of
    them, and asks after each sign of a text which of them may stand there.
    """
    return build_automaton(sorted({row.prefix.partition(b"/")[0] for row in ROWS}))


def is_dashed(rest: bytes) -> bool:
    """Tell whether a dash may be a part of the token, so that none follows it.

    Args:
        rest: shape of what follows the prefix, or of all.
    """
    return b"-]" in rest


def without_looks(rest: bytes) -> bytes:
    """Return a shape that takes what the given one takes, and looks nowhere ahead.

    Args:
        rest: shape of what follows a prefix.
    """
    return b"".join(_LOOKS.split(rest))


@lru_cache(maxsize=1024)
def exact(prefix: bytes, rest: bytes) -> re.Pattern[bytes]:
    """Return the exact check of a row or, without a prefix, of a shape.

    Args:
        prefix: of the row.
        rest: shape of what follows it.
    """
    end = rb"(?![A-Za-z0-9_-])" if is_dashed(rest) else rb"(?![A-Za-z0-9_])"
    return re.compile(quoted(prefix) + rb"(" + rest + rb")" + end, re.ASCII)


class Width(NamedTuple):
    """How many bytes a shape takes.

    Attributes:
        least: of them.
        most: of them.
        plain: whether they are letters, digits, underscores and dashes only.
        dashed: whether one may be a dash.
    """

    least: int
    most: int
    plain: bool
    dashed: bool


def width(rest: bytes) -> Width:
    """Return how long what follows a prefix may be.

    Args:
        rest: its shape: sets, letters, groups, alternatives and repeats.
    """
    return _width(_TOKEN.finditer(rest))[0]


def _width(tokens: Iterator[re.Match[bytes]]) -> tuple[Width, bytes]:
    """Return the width up to the end of a group, and how often the group comes."""
    ways: list[tuple[int, int]] = []
    least = most = 0
    plain, dashed, times = True, False, b""
    for token in tokens:
        if token["look"]:
            continue
        if token["bar"]:
            ways.append((least, most))
            least = most = 0
            continue
        times = token["times"] or b""
        if token["close"]:
            break
        inner = _one(token["one"])
        if token["open"]:
            inner, times = _width(tokens)
        low, high = _times(times)
        least += inner.least * low
        most = min(_NO_END, most + inner.most * high)
        plain, dashed = plain and inner.plain, dashed or inner.dashed
        times = b""
    ways.append((least, most))
    lows, highs = zip(*ways, strict=True)
    return Width(min(lows), max(highs), plain, dashed), times


def _one(pattern: bytes | None) -> Width:
    """Return the width of a set or a letter."""
    if pattern is None:
        return Width(0, 0, plain=True, dashed=False)
    plain = _WITHIN_DASHES.fullmatch(pattern) is not None
    return Width(1, 1, plain, dashed=re.match(pattern, b"-") is not None)


def _times(repeat: bytes) -> tuple[int, int]:
    """Return how often at least and at most something comes."""
    if not repeat.startswith(b"{"):
        return {b"": (1, 1), b"?": (0, 1), b"*": (0, _NO_END), b"+": (1, _NO_END)}[
            repeat
        ]
    low, comma, high = repeat[1:-1].partition(b",")
    return int(low), int(high or _NO_END) if comma else int(low)


class Runs:
    """Ends of the runs of some letters in a text; each run is looked at once."""

    __slots__ = ("_end", "_run", "_start", "_text")

    def __init__(self, run: LazyPattern[bytes], text: bytes) -> None:
        """Look at nothing yet.

        Args:
            run: pattern of a run; matches none too.
            text: that it is in.
        """
        self._run = run
        self._text = text
        self._start = self._end = -1

    def end(self, at: int) -> int:
        """Return where the run ends that begins at a place, or is about it.

        Args:
            at: the place.
        """
        if not self._start <= at < self._end:
            found = self._run.match(self._text, at)
            self._start, self._end = at, at if found is None else found.end()
        return self._end


DASHES = LazyPattern(rb"[A-Za-z0-9_-]*")
LETTERS = LazyPattern(rb"[A-Za-z0-9_]*")


class Check(NamedTuple):
    """How one row is looked for.

    Attributes:
        row: of the catalogue.
        least: bytes that the letters go on for behind the prefix, at least.
        most: the same, at most, for no token ends among letters.
        bare: matches wherever the row does, in little time; None where that does too.
        exact: the row.
    """

    row: Row
    least: int
    most: int
    bare: re.Pattern[bytes] | None
    exact: re.Pattern[bytes]

    def match(self, text: bytes, at: int) -> re.Match[bytes] | None:
        """Return the token that begins at a place, if one does.

        Args:
            text: the match and what is beside it.
            at: a place in it.
        """
        if self.bare is not None and self.bare.match(text, at) is None:
            return None
        return self.exact.match(text, at)


class Group(NamedTuple):
    """Rows of which one look at the letters behind the prefix tells most.

    Attributes:
        head: bytes of the prefix.
        dashed: whether dashes are letters in this.
        least: letters behind it, at least.
        most: the same, at most.
        checks: of the rows, in the catalogue's order.
    """

    head: int
    dashed: bool
    least: int
    most: int
    checks: tuple[Check, ...]


@lru_cache(maxsize=4096)
def groups(key: bytes) -> tuple[Group, ...]:
    """Return how to look for the tokens that a text begins like.

    Args:
        key: its first bytes, as many as keys have or as there are.
    """
    rows = [
        row for row in _index().get(key[:SHORTEST_PREFIX], ()) if _may_begin(row, key)
    ]
    found: list[Group] = []
    for (head, dashed), some in groupby(rows, _head):
        checks = tuple(_check(row) for row in some)
        least = min(check.least for check in checks)
        most = max(check.most for check in checks)
        found.append(Group(head, dashed, least, most, checks))
    return tuple(found)


def _head(row: Row) -> tuple[int, bool]:
    """Return what rows of a group have in common."""
    return len(row.prefix), is_dashed(row.rest)


@lru_cache(maxsize=1)
def _index() -> dict[bytes, tuple[Row, ...]]:
    """Return the rows by the first two bytes of their prefix."""
    found: dict[bytes, tuple[Row, ...]] = {}
    for row in ROWS:
        key = row.prefix[:SHORTEST_PREFIX]
        found[key] = (*found.get(key, ()), row)
    return found


def _may_begin(row: Row, key: bytes) -> bool:
    """Tell whether what begins with a key may begin with a row's token."""
    head = row.prefix.partition(b"/")[0]
    if len(key) <= len(row.prefix) or head != row.prefix:
        return key.startswith(head) or head.startswith(key)
    if not key.startswith(head):
        return False
    first = _first(row.rest)
    return first is None or first.match(key, len(head)) is not None


@cache
def _first(rest: bytes) -> re.Pattern[bytes] | None:
    """Return what the first byte behind a prefix is; None where that is not simple."""
    found = _FIRST.match(without_looks(rest))
    return None if found is None else re.compile(found[1], re.ASCII)


@lru_cache(maxsize=1024)
def _check(row: Row) -> Check:
    """Return how to look for one row."""
    least, most, plain, dashed = width(row.rest)
    if b"/" in row.prefix:  # how long that is, the text decides
        most = _NO_END
    if b"/" in row.prefix or not plain or is_dashed(row.rest) < dashed:
        least = 0
    far = _FAR_LOOKS.search(row.rest) is not None
    bare = exact(row.prefix, without_looks(row.rest)) if far else None
    return Check(row, least, most, bare, exact(row.prefix, row.rest))
