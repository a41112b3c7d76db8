# SPDX-License-Identifier: Apache-2.0
"""Finds what has to go from lines: known identities, and what the detectors see.

Rules: what is found is the union of what the dictionary and each detector find alone,
so adding one can only find more; a tag is never a part of it.
Not here: what stands there afterwards (`replacing.py`), what lines of one shape have in
common (`shapes.py`), what is withheld (`text.py`).

Each detector runs its own pattern: one alternation of all would hide behind a match of
one what another finds, and then a rule could reveal.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.dictionary import Dictionary, Span
from agent.redaction.scanning import Places, Tick
from agent.redaction.shapes import NEWLINE, Shape, Shapes
from agent.redaction.spans import without_tags
from agent.redaction.spreading import spread

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
            if shape.sites or shape.exact or shape.named:
                here = self._found_in(unit, shape, tick)
                found += [(base + start, base + end, kind) for start, end, kind in here]
            elif shape.fixed:
                found += [
                    (base + start, base + end, kind) for start, end, kind in shape.fixed
                ]
            base += len(unit) + 1
            if self.tally is not None:
                self.tally.update(shape.rules)
            if not count % bounds.CHECK_EVERY:
                tick()
        return found

    def _found_in(self, unit: bytes, shape: Shape, tick: Tick) -> list[Span]:
        """Return what the detectors find in one line; a tag is left out."""
        fixed, named, sites, exact, tags, _ = shape
        spans = [*fixed]
        named = [*named]
        for site in sites:
            memo, low, high, at, _, detector = site
            window = unit[low:high]
            found = memo.get(window)
            if found is None:
                found = self._shapes.judge(site, window)
            if found:
                here = [(at + first, at + last, kind) for first, last, kind in found]
                spans += here
                if detector.spreads:
                    named += here
                self._count(detector, here)
        for detector, pattern in exact:
            here = self._found_exactly(unit, detector, pattern.places(unit, tick))
            spans += here
            if detector.spreads:
                named += here
        if named:
            spans += spread(unit, named)
        return without_tags(spans, tags) if tags else spans

    def _found_exactly(
        self, unit: bytes, detector: Detector, places: Places
    ) -> list[Span]:
        """Return what a detector finds to which one digit is not like another."""
        found: list[Span] = []
        for start, end in places:
            here = self._judged(unit, start, end, detector)
            found += [(start + first, start + last, kind) for first, last, kind in here]
        self._count(detector, found)
        return found

    def _judged(self, unit: bytes, start: int, end: int, detector: Detector) -> Found:
        before = unit[max(0, start - detector.beside) : start]
        after = unit[end : end + detector.beside]
        if NEWLINE in before:
            before = before.rpartition(NEWLINE)[2]
        if NEWLINE in after:
            after = after.partition(NEWLINE)[0]
        key = (detector.name, before, unit[start:end], after)
        found = self._memo.get(key)
        if found is None:
            found = detector.verify(key[2], before, after)
            if len(self._memo) >= bounds.MEMO_ENTRIES:
                self._memo.clear()
            if end - start <= bounds.MEMO_BYTES:
                self._memo[key] = found
        return found

    def _count(self, detector: Detector, found: Sequence[Span]) -> None:
        if self.tally is not None:
            self.tally.update((kind, detector.name) for _, _, kind in found)
