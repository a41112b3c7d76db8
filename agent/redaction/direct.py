# SPDX-License-Identifier: Apache-2.0
"""Runs every detector's own pattern over lines, as they are.

Rules: what a detector finds depends on the match and a few bytes beside it on the same
line; the verdict on the same bytes is remembered.
Not here: lines that look like others before (`shapes.py`).

Each detector has a pass of its own: one alternation of all would hide behind a match of
one what another finds, and with rules of this kind its automaton grows so large that
one pass costs more than all of these (`python -m bench.redaction engines`).
"""

from bisect import bisect_left
from collections.abc import Sequence

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.dictionary import Span
from agent.redaction.lazily import LazyPattern
from agent.redaction.looking import own
from agent.redaction.scanning import Compile, Later, Pattern, Places, Tick
from agent.redaction.spans import without_tags
from agent.redaction.spreading import spread
from agent.redaction.tags import TAG_PATTERN
from agent.redaction.tallying import Tally

NEWLINE = b"\n"
_OCTETS = bytes(range(256))
_TAG = LazyPattern(TAG_PATTERN)
_Memo = dict[tuple[bytes, bytes, bytes], Found]


Tags = Sequence[tuple[int, int]]
"""Start and end of each tag, in order."""


def outside_tags(places: Places, tags: Tags) -> Places:
    """Return the matches that do not begin within a tag: its letters are no text.

    Args:
        places: of matches, in order.
        tags: places of tags, in order.
    """
    if not tags or not places:
        return places
    starts = [start for start, _ in tags]
    ends = [0, *(end for _, end in tags)]
    return [
        place for place in places if ends[bisect_left(starts, place[0])] <= place[0]
    ]


class _TagPattern:
    """Finds tags: each begins with one sign, for which Python's `re` looks fastest."""

    __slots__ = ()

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where tags stand."""
        del tick
        return [match.span() for match in _TAG.finditer(block)]


class Needs:
    """What a block of lines holds, for detectors that need some of it."""

    __slots__ = ("_absent", "_lowered")

    def __init__(self, block: bytes) -> None:
        """Look which bytes there are: to look for a text costs more than for those.

        Args:
            block: lines, joined by newlines.
        """
        self._lowered = block.lower()
        self._absent = frozenset(_OCTETS.translate(None, self._lowered))

    def met(self, needs: Sequence[bytes]) -> bool:
        """Tell whether there is one of some texts, or none is needed.

        Args:
            needs: in lower case.
        """
        absent, lowered = self._absent, self._lowered
        return not needs or any(
            need in lowered for need in needs if absent.isdisjoint(need)
        )


class Memory:
    """The verdicts of some detectors, which share the room there is for them.

    What a text is full of, one of them finds: that one may have nearly all.

    Attributes:
        room: for how many more; who keeps one takes it.
    """

    __slots__ = ("_memos", "room")

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._memos: list[_Memo] = []
        self.room = bounds.DIRECT_ENTRIES

    def one(self) -> _Memo:
        """Return what a detector's verdicts are to be kept in."""
        memo: _Memo = {}
        self._memos.append(memo)
        return memo

    def forget(self) -> None:
        """Make room by forgetting all."""
        self.room = bounds.DIRECT_ENTRIES
        for memo in self._memos:
            memo.clear()


class Scan:
    """One detector, ready to run."""

    __slots__ = ("_memo", "_memory", "detector", "pattern")

    def __init__(self, detector: Detector, compiled: Compile, memory: Memory) -> None:
        """Keep how to compile the pattern, and where verdicts are remembered."""
        self.detector = detector
        self.pattern: Pattern = Later(detector.pattern, compiled)
        self._memory = memory
        self._memo = memory.one()

    def find(self, block: bytes, tick: Tick, tags: Tags = ()) -> list[Span]:
        """Return what the detector finds in a block.

        Args:
            block: lines, joined by newlines.
            tick: asked on the way; raises when time is over.
            tags: where tags stand; nothing begins within one.
        """
        places = outside_tags(self.pattern.places(block, tick), tags)
        if not places:
            return []
        found: list[Span] = []
        memo, memory, most = self._memo, self._memory, bounds.MEMO_BYTES
        beside, verify = self.detector.beside, own(self.detector.verify)
        before = after = b""
        lines = NEWLINE in block
        for start, end in places:
            if beside:
                before = block[start - beside if start > beside else 0 : start]
                after = block[end : end + beside]
                if lines and NEWLINE in before:
                    before = before.rpartition(NEWLINE)[2]
                if lines and NEWLINE in after:
                    after = after.partition(NEWLINE)[0]
            match = block[start:end]
            key = before, match, after
            spans = memo.get(key)
            if spans is None:
                spans = verify(match, before, after)
                if end - start <= most:
                    if not memory.room:
                        memory.forget()
                    memory.room -= 1
                    memo[key] = spans
            if spans:
                found += [(start + at, start + to, kind) for at, to, kind in spans]
        return found


class Direct:
    """All detectors, ready to run."""

    __slots__ = ("compiled", "scans", "tag_pattern")

    def __init__(self, detectors: Sequence[Detector], compiled: Compile) -> None:
        """Start; patterns are compiled when they are first asked.

        Args:
            detectors: to run.
            compiled: compiles a pattern.
        """
        self.compiled = compiled
        memory = Memory()
        self.scans = [Scan(detector, compiled, memory) for detector in detectors]
        self.tag_pattern: Pattern = _TagPattern()

    def find(
        self, units: Sequence[bytes], tick: Tick, tally: Tally | None
    ) -> list[Span]:
        """Return what the detectors find, as spans of the lines joined by newlines.

        Args:
            units: lines, or a text of several lines alone.
            tick: asked on the way; raises when time is over.
            tally: counts what is found, where somebody wants to know.
        """
        block = NEWLINE.join(units)
        holds = Needs(block)
        found: list[Span] = []
        tags = self.tag_pattern.places(block, tick) if b"<" in block else ()
        for scan in self.scans:
            tick()
            if not holds.met(scan.detector.needs):
                continue
            here = scan.find(block, tick, tags)
            found += here
            if scan.detector.spreads:
                found += _spread(block, here)
            if tally is not None:
                tally.update((kind, scan.detector.name) for _, _, kind in here)
        return without_tags(found, tags) if tags else found


def _spread(block: bytes, named: Sequence[Span]) -> list[Span]:
    """Return the other places of names, each in the line that named it."""
    lines: dict[tuple[int, int], list[Span]] = {}
    first = last = -1
    for start, end, kind in named:
        if not first <= start <= end <= last:
            first = block.rfind(NEWLINE, 0, start) + 1
            last = block.find(NEWLINE, end)
            last = len(block) if last < 0 else last
        lines.setdefault((first, last), []).append((start - first, end - first, kind))
    return [
        (first + start, first + end, kind)
        for (first, last), line in lines.items()
        for start, end, kind in spread(block[first:last], line)
    ]
