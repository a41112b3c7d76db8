# SPDX-License-Identifier: Apache-2.0
"""Remembers what there is to find in lines of one shape.

Rules: a shape is a line with a 0 for each digit; a pattern that treats all digits
alike matches every line of a shape at the same places, so it scans each shape once.
What a match means is asked as often as the detector's verdict depends on digits: once
a shape, also where there is none, for each text that matches, or for each with what is
beside it. Only a shape that is seen twice is remembered. Bounded memory.
Not here: putting together what is found in a line (`finding.py`), lines of a new shape
(`direct.py`), where matches stand (`line_places.py`), patterns (`scanning.py`).

Logs repeat themselves: of real server logs one line in ten has a new shape.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from agent.redaction import bounds
from agent.redaction.detector import Detector, Digits, Found
from agent.redaction.dictionary import Span
from agent.redaction.direct import NEWLINE, Direct, Needs, Scan, outside_tags
from agent.redaction.elsewhere import Again, places_again
from agent.redaction.line_places import outside, places_by_line, tags_in, window_of
from agent.redaction.looking import own
from agent.redaction.scanning import (
    Compile,
    Pattern,
    Places,
    Tick,
    shape_key,
    with_any_digit,
)
from agent.redaction.spans import without_tags
from agent.redaction.spreading import has_digit, spread
from agent.redaction.views import may_be_escaped

_DIGIT = b"0"
Memo = dict[bytes, Found]
Judge = Callable[[bytes], Found]


class Site(NamedTuple):
    """A place of a shape where the digits of a line decide.

    Attributes:
        memo: verdicts on windows.
        low: start of the window in the line.
        high: end of the window in the line.
        at: start of the match in the line.
        judge: gives the verdict on a window; spans relative to the match.
        spreads: whether what is found is looked for in the rest of the line.
        rule: the detector whose place it is.
    """

    memo: Memo
    low: int
    high: int
    at: int
    judge: Judge
    spreads: bool
    rule: str


class Shape(NamedTuple):
    """What there is to find in lines of one shape.

    Attributes:
        fixed: found in every such line.
        named: those of them whose names are looked for in the rest of the line.
        again: where others of them may stand elsewhere.
        sites: where the digits decide.
        exact: detectors that scan such a line themselves.
        tags: where tags stand.
        rules: kind and rule of what is fixed.
        escaped: whether such a line may have views.
        alone: places of names of which it is known whether they stand there alone.
    """

    fixed: Sequence[Span]
    named: Sequence[Span]
    again: Sequence[Again]
    sites: Sequence[Site]
    exact: Sequence[Scan]
    tags: Sequence[tuple[int, int]]
    rules: Sequence[tuple[str, str]]
    escaped: bool
    alone: dict[tuple[int, int], bool]


NOTHING = Shape((), (), (), (), (), (), (), escaped=False, alone={})
"""Of lines in which there is nothing to find, as most are once they have tags."""
_ESCAPED = NOTHING._replace(escaped=True)


class _Line:
    """What was matched in one shape so far."""

    __slots__ = (
        "_named",
        "_rules",
        "_settled",
        "_spans",
        "exact",
        "key",
        "sites",
        "tags",
    )

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._spans: list[Span] = []
        self._named: list[Span] = []
        self._rules: list[tuple[str, str]] = []
        self.exact: list[Scan] = []
        self.sites: list[Site] = []
        self.tags: Places = []
        self._settled: Scan | None = None

    def settle(self, scan: Scan, tick: Tick) -> None:
        """Keep what a detector finds, for all lines of a shape without digits are one.

        Args:
            scan: of the detector; asked once, however often it matches.
            tick: asked on the way; raises when time is over.
        """
        if self._settled is not scan:
            self._settled = scan
            found = scan.find(self.key, tick, self.tags)
            self._keep(scan.detector, tuple(found), 0, self.tags)

    def add(self, detector: Detector, start: int, end: int) -> None:
        """Keep what a verdict finds that is the same in all lines of the shape."""
        low, high = window_of(self.key, start, end, detector.beside)
        key = self.key
        found = detector.verify(key[start:end], key[low:start], key[end:high])
        tags = tags_in(self.tags, start, end) if self.tags else ()
        self._keep(detector, found, start, tags)

    def _keep(
        self,
        detector: Detector,
        found: Found,
        start: int,
        tags: Sequence[tuple[int, int]],
    ) -> None:
        self._rules += [(kind, detector.name) for _, _, kind in found]
        if tags:
            found = outside(found, tags)
        spans = [(start + first, start + last, kind) for first, last, kind in found]
        self._spans += spans
        if detector.spreads:
            self._named += spans

    def shape(self) -> Shape:
        """Return all of it."""
        key, tags = self.key, self.tags
        if not (self._spans or self.sites or self.exact):
            return _ESCAPED if may_be_escaped(key) else NOTHING
        named = [span for span in self._named if has_digit(key, span)]
        same = spread(key, [one for one in self._named if not has_digit(key, one)])
        spans = [*dict.fromkeys(self._spans + same)]
        again, left = places_again(key, named)
        return Shape(
            without_tags(spans, tags),
            left,
            again,
            self.sites,
            self.exact,
            tags,
            self._rules,
            may_be_escaped(key),
            {},
        )


_Wide = tuple[Scan, Pattern | None]
"""Detector, and its pattern for any digits where that is not its own."""


class Shapes:
    """The shapes of one pass, and the windows seen in them."""

    __slots__ = ("_direct", "_judged", "_known", "_memos", "_seen", "_size", "_wide")

    def __init__(self, direct: Direct) -> None:
        """Start with no shape.

        Args:
            direct: the detectors.
        """
        self._direct = direct
        self._wide: list[_Wide] = []
        self._known: dict[bytes, Shape] = {}
        self._seen: set[int] = set()
        self._size = 0
        self._memos: dict[tuple[object, ...], tuple[Memo, Judge]] = {}
        self._judged = 0

    def of(self, block: bytes, count: int, tick: Tick) -> list[Shape | None]:
        """Return the shape of each unit; None for one that is seen first.

        Args:
            block: units, joined by newlines.
            count: how many: lines, or a text of several lines alone.
            tick: asked on the way; raises when time is over.
        """
        key = shape_key(block)
        keys = [key] if count == 1 else key.split(NEWLINE)
        found = [*map(self._known.get, keys)]
        if None not in found:
            return found
        again = self._again(
            [key for key, shape in zip(keys, found, strict=True) if shape is None]
        )
        if not again:
            return found
        looked = self._looked(again, tick)
        self._remember(looked)
        return [
            looked.get(key) if shape is None else shape
            for key, shape in zip(keys, found, strict=True)
        ]

    def _again(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return those shapes, once each, that were seen before."""
        if len(self._seen) > bounds.SHAPES_SEEN:
            self._seen.clear()
        again: dict[bytes, None] = {}
        seen = self._seen
        for key in keys:
            mark = hash(key)
            if mark in seen:
                again[key] = None
            else:
                seen.add(mark)
        return [*again]

    def known(self, line: bytes) -> Shape | None:
        """Return the shape of a line, if it is remembered."""
        return self._known.get(shape_key(line))

    def judge(self, memo: Memo, window: bytes, verdict: Judge) -> Found:
        """Return the verdict on a window that is not remembered, and remember it."""
        found = verdict(window)
        if len(window) <= bounds.MEMO_BYTES:
            memo[window] = found
            self._judged += 1
            if self._judged > bounds.MEMO_ENTRIES:
                for each, _ in self._memos.values():
                    each.clear()
                self._judged = 0
        return found

    @staticmethod
    def elsewhere(unit: bytes, shape: Shape, named: Sequence[Span]) -> list[Span]:
        """Return the other places of names in a line, if one may stand there twice.

        Args:
            unit: the line.
            shape: its shape; remembers which names stand alone in all such lines.
            named: places of names.
        """
        key = b""
        again = False
        for start, end, _ in named:
            alone = shape.alone.get((start, end))
            if alone is None:
                key = key or shape_key(unit).lower()
                alone = key.count(key[start:end]) == 1
                shape.alone[start, end] = alone
            again |= not alone
        return spread(unit, named) if again else []

    def _remember(self, looked: dict[bytes, Shape]) -> None:
        self._size += sum(map(len, looked))
        if self._size > bounds.SHAPE_BYTES:
            self._known.clear()
            self._memos.clear()
            self._size = self._judged = 0
        else:
            self._known.update(looked)

    def _looked(self, keys: list[bytes], tick: Tick) -> dict[bytes, Shape]:
        """Scan shapes as one block, and sort the matches to their lines."""
        block = NEWLINE.join(keys)
        starts = [0, *accumulate(len(key) + 1 for key in keys)]
        holds = Needs(block)
        lines = [_Line(key) for key in keys]
        if b"<" in block:
            tags = self._direct.tag_pattern
            for line, start, end in places_by_line(tags, block, keys, starts, tick):
                lines[line].tags.append((start, end))
        for scan, wide in self._scans():
            uniform = wide is None
            if uniform and not holds.met(scan.detector.needs):
                continue
            tick()
            pattern = wide or scan.pattern
            for line, start, end in places_by_line(pattern, block, keys, starts, tick):
                found = lines[line]
                if outside_tags([(start, end)], found.tags):
                    self._put(found, scan, (start, end), tick, uniform=uniform)
        return {line.key: line.shape() for line in lines}

    def _put(
        self,
        line: _Line,
        scan: Scan,
        place: tuple[int, int],
        tick: Tick,
        *,
        uniform: bool,
    ) -> None:
        """Keep a match where its kind of verdict belongs."""
        start, end = place
        detector = scan.detector
        if not uniform and _DIGIT not in line.key:
            line.settle(scan, tick)
        elif not uniform:
            if not line.exact or line.exact[-1] is not scan:
                line.exact.append(scan)
        elif detector.digits is Digits.NONE or _is_settled(
            line.key, detector, start, end
        ):
            line.add(detector, start, end)
        else:
            line.sites.append(self._site(line, detector, start, end))

    def _scans(self) -> list[_Wide]:
        """Return the patterns for any digit, compiled when one is first wanted."""
        if not self._wide:
            compiled = self._direct.compiled
            self._wide = [_wide(scan, compiled) for scan in self._direct.scans]
        return self._wide

    def _site(self, line: _Line, detector: Detector, start: int, end: int) -> Site:
        """Return a place; places with the same window share memory and judge."""
        tags = tags_in(line.tags, start, end) if line.tags else ()
        low, high = window_of(line.key, start, end, detector.beside)
        if detector.digits is Digits.MATCH:
            around = line.key[low:start], line.key[end:high]
            low, high = start, end
            known: tuple[object, ...] = (detector.name, *around, tags)
            if known not in self._memos:
                self._memos[known] = {}, _judge_match(detector, around, tags)
        else:
            place = start - low, end - low
            known = (detector.name, *place, tags)
            if known not in self._memos:
                self._memos[known] = {}, _judge_window(detector, place, tags)
        memo, judge = self._memos[known]
        return Site(memo, low, high, start, judge, detector.spreads, detector.name)


def _judge_match(
    detector: Detector, around: tuple[bytes, bytes], tags: Sequence[tuple[int, int]]
) -> Judge:
    """Return what gives the verdict on a match, with what is always beside it."""
    before, after = around
    verify = own(detector.verify)
    if not tags:
        return lambda match: verify(match, before, after)
    return lambda match: outside(verify(match, before, after), tags)


def _judge_window(
    detector: Detector, place: tuple[int, int], tags: Sequence[tuple[int, int]]
) -> Judge:
    """Return what gives the verdict on a match that stands somewhere in its window."""
    first, last = place
    verify = own(detector.verify)

    def judge(window: bytes) -> Found:
        return verify(window[first:last], window[:first], window[last:])

    return (lambda window: outside(judge(window), tags)) if tags else judge


def _wide(scan: Scan, compiled: Compile) -> _Wide:
    own, wide = scan.detector.pattern, scan.detector.wide
    if wide is None:
        wide = with_any_digit(own)
    return scan, None if wide in (b"", own) else compiled(wide)


def _is_settled(key: bytes, detector: Detector, start: int, end: int) -> bool:
    """Tell whether a verdict is the same in all lines of a shape, for want of digits.

    Args:
        key: the shape.
        detector: whose verdict depends on digits.
        start: of the match in the shape.
        end: of the match in the shape.
    """
    if detector.digits is Digits.ALL:
        start, end = window_of(key, start, end, detector.beside)
    return key.find(_DIGIT, start, end) < 0
