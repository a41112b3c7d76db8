# SPDX-License-Identifier: Apache-2.0
"""Finds what has to go from lines: known identities, and what the detectors see.

Rules: what is found is the union of what the dictionary and each detector find alone,
so adding one can only find more; a tag is never a part of it.
Not here: what stands there afterwards (`replacing.py`), where a detector has to look
(`shapes.py`), what is withheld (`text.py`).

Each detector runs its own pattern: one alternation of all would hide behind a match of
one what another finds, and then a rule could reveal. A line of a shape that was seen
before is not scanned at all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.dictionary import Dictionary, Span, is_word
from agent.redaction.ordinary import is_ordinary
from agent.redaction.scanning import Places, Tick
from agent.redaction.shapes import NEWLINE, Shape, Shapes, Site
from agent.redaction.spans import without_tags

_SPREAD_KINDS = frozenset({"user", "host", "domain"})
DICTIONARY = "dictionary"
"""The rule that a known identity is counted under."""

Tally = Counter[tuple[str, str]]
"""How often each (kind, rule) was found."""


class Finder:
    """Detectors, ready to look; remembers what lines look like."""

    __slots__ = ("_memo", "_shapes", "tally")

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Compile the patterns.

        Args:
            detectors: to run.
        """
        self._shapes = Shapes(detectors)
        self._memo: dict[tuple[str, bytes, bytes, bytes], Found] = {}
        self.tally: Tally | None = None

    def __repr__(self) -> str:
        """Show nothing that was seen."""
        return "<Finder>"

    def find(
        self, units: Sequence[bytes], known: Iterable[Dictionary], tick: Tick
    ) -> list[Span]:
        """Return all that has to go, as spans of the lines joined by newlines.

        Args:
            units: lines, or a text of several lines alone.
            known: dictionaries of identities.
            tick: asked on the way; raises when time is over.
        """
        block = NEWLINE.join(units)
        lowered = block.lower()
        found: list[Span] = []
        for dictionary in known:
            found += dictionary.find(block, lowered)
        if self.tally is not None:
            self.tally.update((kind, DICTIONARY) for _, _, kind in found)
        base = 0
        shapes = self._shapes.of(units, tick)
        for count, (unit, shape) in enumerate(zip(units, shapes, strict=True)):
            if shape[0] or shape[1]:
                found += self._found_in(unit, base, shape, tick)
            base += len(unit) + 1
            if not count % bounds.CHECK_EVERY:
                tick()
        return found

    def _found_in(self, unit: bytes, base: int, shape: Shape, tick: Tick) -> list[Span]:
        """Return what the detectors find in one line; a tag is left out."""
        sites, exact, tags = shape
        spans: list[Span] = []
        named: list[Span] = []
        for site in sites:
            memo, low, high, start, _, detector = site
            window = unit[low:high]
            found = memo.get(window)
            if found is None:
                found = self._judged(window, site)
            if not found:
                continue
            at = low + start
            here = [(at + first, at + last, kind) for first, last, kind in found]
            spans += here
            if detector.spreads:
                named += here
            if self.tally is not None:
                self.tally.update((kind, detector.name) for _, _, kind in found)
        for detector, pattern in exact:
            here = self._found_exactly(unit, detector, pattern.places(unit, tick))
            spans += here
            if detector.spreads:
                named += here
        if named:
            spans += spread(unit, named)
        if tags and spans:
            spans = without_tags(spans, tags)
        return [(base + start, base + end, kind) for start, end, kind in spans]

    def _judged(self, window: bytes, site: Site) -> Found:
        """Ask the detector whether what matches is what it looks for."""
        memo, _, _, start, end, detector = site
        found = detector.verify(window[start:end], window[:start], window[end:])
        if len(window) <= bounds.MEMO_BYTES:
            memo[window] = found
            self._shapes.judged()
        return found

    def _found_exactly(
        self, unit: bytes, detector: Detector, places: Places
    ) -> list[Span]:
        """Return what a detector finds to which one digit is not like another."""
        found: list[Span] = []
        for start, end in places:
            here = self._judged_at(unit, start, end, detector)
            found += [(start + first, start + last, kind) for first, last, kind in here]
            if here and self.tally is not None:
                self.tally.update((kind, detector.name) for _, _, kind in here)
        return found

    def _judged_at(
        self, block: bytes, start: int, end: int, detector: Detector
    ) -> Found:
        before = block[max(0, start - detector.beside) : start]
        after = block[end : end + detector.beside]
        if NEWLINE in before:
            before = before.rpartition(NEWLINE)[2]
        if NEWLINE in after:
            after = after.partition(NEWLINE)[0]
        key = (detector.name, before, block[start:end], after)
        found = self._memo.get(key)
        if found is None:
            found = detector.verify(key[2], before, after)
            if len(self._memo) >= bounds.MEMO_ENTRIES:
                self._memo.clear()
            if end - start <= bounds.MEMO_BYTES:
                self._memo[key] = found
        return found


def spread(unit: bytes, named: Iterable[Span]) -> list[Span]:
    """Return the other places of names in the line that once said what they are.

    Args:
        unit: the line, or a text of several lines.
        named: where it said so, and of which kind.
    """
    found: list[Span] = []
    seen: set[bytes] = set()
    lowered = unit.lower()
    for start, end, kind in named:
        word = lowered[start:end]
        if kind not in _SPREAD_KINDS or len(word) < bounds.SPREAD_CHARS:
            continue
        if word in seen or lowered.count(word) == 1:
            continue
        seen.add(word)
        if is_ordinary(word.decode("utf-8", "replace")):
            continue
        at = lowered.find(word)
        while at >= 0:
            if is_word(unit, at, at + len(word)):
                found.append((at, at + len(word), kind))
            at = lowered.find(word, at + len(word))
    return found
