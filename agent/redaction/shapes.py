# SPDX-License-Identifier: Apache-2.0
"""Remembers where in lines of one shape a detector has to look.

Rules: a shape is a line with a 0 for each digit; a pattern that treats all digits
alike matches every line of a shape at the same places, so it scans each shape once;
what stands there is judged for every line, for digits decide. Bounded memory.
Not here: judging a place (`finding.py`), running a pattern (`scanning.py`).

Logs repeat themselves: on real server logs one line in twenty has a new shape, and the
cost of redaction is that of the matches, not of the scan.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.scanning import (
    Pattern,
    Places,
    Tick,
    compile_pattern,
    with_any_digit,
)
from agent.redaction.tags import TAG_PATTERN

Memo = dict[bytes, Found]
"""What a window was found to hold; spans relative to the start of the match."""
Site = tuple[Memo, int, int, int, int, Detector]
"""Memo; start and end of the window in the line; start and end of the match in it."""
Exact = tuple[Detector, Pattern]
"""A detector to which one digit is not like another: it scans such a line itself."""
Shape = tuple[tuple[Site, ...], tuple[Exact, ...], Places]
"""Where to look in a line of this shape, what may match anywhere in it, its tags."""

NEWLINE = b"\n"
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_NOTHING: Shape = ((), (), [])
_MemoKey = tuple[int, int, int]


class Shapes:
    """The shapes of one pass, and the windows seen in them."""

    __slots__ = ("_known", "_memos", "_scans", "_size", "_tags", "_verified")

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Compile the patterns, each so that it treats all digits alike."""
        self._scans = [
            _scan(number, detector) for number, detector in enumerate(detectors)
        ]
        self._tags = compile_pattern(TAG_PATTERN)
        self._known: dict[bytes, Shape] = {}
        self._size = 0
        self._memos: dict[_MemoKey, Memo] = {}
        self._verified = 0

    def of(self, units: Sequence[bytes], tick: Tick) -> list[Shape]:
        """Return the shape of each unit.

        Args:
            units: lines, or a text of several lines alone.
            tick: asked on the way; raises when time is over.
        """
        if len(units) == 1:
            keys = [units[0].translate(_DIGITS)]
        else:
            keys = NEWLINE.join(units).translate(_DIGITS).split(NEWLINE)
        found = [*map(self._known.get, keys)]
        if None in found:
            new = dict.fromkeys(
                key for key, shape in zip(keys, found, strict=True) if shape is None
            )
            looked = dict(zip(new, self._look([*new], tick), strict=True))
            self._remember(looked)
            return [
                looked[key] if shape is None else shape
                for key, shape in zip(keys, found, strict=True)
            ]
        return [shape for shape in found if shape is not None]

    def memo(self, place: _MemoKey) -> Memo:
        """Return the memo of windows with a match at one place of a detector."""
        return self._memos.setdefault(place, {})

    def judged(self) -> None:
        """Count a window that was judged; forget all when there are too many."""
        self._verified += 1
        if self._verified > bounds.MEMO_ENTRIES:
            for memo in self._memos.values():
                memo.clear()
            self._verified = 0

    def _remember(self, looked: dict[bytes, Shape]) -> None:
        self._size += sum(map(len, looked))
        if self._size > bounds.SHAPE_BYTES:
            self._known.clear()
            self._memos.clear()
            self._size = self._verified = 0
        else:
            self._known.update(looked)

    def _look(self, keys: list[bytes], tick: Tick) -> list[Shape]:
        """Scan shapes as one block, and sort the matches to their lines."""
        block = NEWLINE.join(keys)
        starts = [0, *accumulate(len(key) + 1 for key in keys)]
        sites: list[list[Site]] = [[] for _ in keys]
        exact: list[list[Exact]] = [[] for _ in keys]
        tags: list[Places] = [[] for _ in keys]
        lowered = block.lower()
        for number, detector, pattern, own in self._scans:
            if own is None and not _may_match(detector, lowered):
                continue
            tick()
            put = _sited(self, number, detector, keys, sites)
            if own is not None:
                put = _listed((detector, own), exact)
            _sort(pattern.places(block, tick), starts, put)
        if b"<" in block:
            _sort(self._tags.places(block, tick), starts, _tagged(tags))
        return [
            (tuple(one), tuple(two), three) if one or two or three else _NOTHING
            for one, two, three in zip(sites, exact, tags, strict=True)
        ]


_Scan = tuple[int, Detector, Pattern, Pattern | None]
"""Number, detector, pattern over shapes, and its own where that differs."""


def _scan(number: int, detector: Detector) -> _Scan:
    wide = with_any_digit(detector.pattern)
    own = None if wide == detector.pattern else compile_pattern(detector.pattern)
    return number, detector, compile_pattern(wide), own


def _may_match(detector: Detector, lowered: bytes) -> bool:
    return not detector.needs or any(need in lowered for need in detector.needs)


_Put = Callable[[int, int, int], None]


def _sort(places: Places, starts: Sequence[int], put: _Put) -> None:
    """Hand each match to its line, with its place in that line.

    Raises:
        ValueError: a match leaves its line.
    """
    line = 0
    for start, end in places:
        while starts[line + 1] <= start:
            line += 1
        if end >= starts[line + 1]:
            msg = "a match left its line"
            raise ValueError(msg)
        put(line, start - starts[line], end - starts[line])


def _sited(
    shapes: Shapes,
    number: int,
    detector: Detector,
    keys: Sequence[bytes],
    sites: list[list[Site]],
) -> _Put:
    beside = detector.beside

    def put(line: int, start: int, end: int) -> None:
        key = keys[line]
        low = max(0, start - beside)
        high = min(len(key), end + beside)
        if NEWLINE in key:  # a text of several lines: what is beside is on the line
            low = max(low, key.rfind(NEWLINE, low, start) + 1)
            high = key.find(NEWLINE, end, high) if NEWLINE in key[end:high] else high
        memo = shapes.memo((number, start - low, end - start))
        sites[line].append((memo, low, high, start - low, end - low, detector))

    return put


def _listed(exact: Exact, lines: list[list[Exact]]) -> _Put:
    def put(line: int, start: int, end: int) -> None:
        del start, end
        if exact not in lines[line]:
            lines[line].append(exact)

    return put


def _tagged(tags: list[Places]) -> _Put:
    def put(line: int, start: int, end: int) -> None:
        tags[line].append((start, end))

    return put
