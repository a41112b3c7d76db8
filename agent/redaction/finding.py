# SPDX-License-Identifier: Apache-2.0
"""Finds what has to go from lines: known identities, and what the detectors see.

Rules: what is found is the union of what the dictionary and each detector find alone,
so adding one can only find more; a tag is never a part of it.
Not here: what stands there afterwards (`replacing.py`), what lines of one shape have in
common (`shapes.py`), what is withheld (`text.py`).

Each detector runs its own pattern: one alternation of all would hide behind a match of
one what another finds, and then a rule could reveal.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from agent.redaction import bounds
from agent.redaction.detector import Detector
from agent.redaction.dictionary import Dictionary, Span
from agent.redaction.direct import NEWLINE, Direct
from agent.redaction.elsewhere import stand_again
from agent.redaction.scanning import (
    Compile,
    Later,
    Pattern,
    Tick,
    compile_pattern,
)
from agent.redaction.shapes import NOTHING, Shape, Shapes
from agent.redaction.spans import by_line, lines_of, without_tags
from agent.redaction.spreading import spread
from agent.redaction.tallying import KNOWN, Tally
from agent.redaction.views import TELLING, View, has_sign, outside, views


class Finder:
    """Detectors, ready to look; remembers what lines look like."""

    __slots__ = ("_counted", "_direct", "_shapes", "_tally", "_telling")

    def __init__(
        self,
        detectors: Sequence[Detector],
        tally: Tally | None = None,
        compiled: Compile = compile_pattern,
    ) -> None:
        """Start with nothing seen; patterns are compiled when they are first asked.

        Args:
            detectors: to run.
            tally: takes how often each (kind, rule) was found.
            compiled: compiles a pattern.
        """
        self._direct = Direct(detectors, compiled)
        self._telling: Pattern = Later(TELLING, compiled)
        self._shapes = Shapes(self._direct)
        self._tally = tally
        self._counted: list[tuple[str, str]] = []

    def __repr__(self) -> str:
        """Show nothing that was seen."""
        return "<Finder>"

    def again(
        self, units: Sequence[bytes], known: Iterable[Dictionary], tick: Tick
    ) -> list[Span]:
        """Return what `find` does, for lines with tags, and count nothing."""
        tally, self._tally = self._tally, None
        try:
            return self.find(units, known, tick)
        finally:
            self._tally = tally

    def shapes(self, block: bytes, count: int, tick: Tick) -> list[Shape | None]:
        """Return the shape of each line; None for one that is seen first.

        Args:
            block: lines, joined by newlines.
            count: how many.
            tick: asked on the way; raises when time is over.
        """
        return self._shapes.of(block, count, tick)

    def shape_of(self, line: bytes) -> Shape | None:
        """Return the shape of a line, if it is remembered."""
        return self._shapes.known(line)

    def find(
        self,
        units: Sequence[bytes],
        known: Iterable[Dictionary],
        tick: Tick,
        shapes: Sequence[Shape | None] | None = None,
    ) -> list[Span]:
        """Return all that has to go, as spans of the lines joined by newlines.

        Args:
            units: lines, or a text of several lines alone.
            known: dictionaries of identities.
            tick: asked on the way; raises when time is over.
            shapes: of the lines; None to have them looked for.
        """
        block = NEWLINE.join(units)
        if shapes is None:
            shapes = self._shapes.of(block, len(units), tick)
        found = self._found(units, block, shapes, known, tick)
        escaped = self._escaped(units, shapes, tick)
        if escaped:
            texts = [steps[0].text for _, steps in escaped]
            inner = NEWLINE.join(texts)
            within = self._shapes.of(inner, len(texts), tick)
            inside = sorted(self._found(texts, inner, within, known, tick))
            for (base, steps), spans in zip(
                escaped, by_line(texts, inside), strict=True
            ):
                for span in spans:
                    start, end, kind = outside(span, steps)
                    found.append((base + start, base + end, kind))
        return found

    def named(
        self, line: bytes, known: Iterable[Dictionary], tick: Tick
    ) -> list[tuple[Span, str]]:
        """Return what has to go from one line, and which rule says so.

        Args:
            line: without a newline.
            known: dictionaries of identities.
            tick: asked on the way; raises when time is over.
        """
        found: list[tuple[Span, str]] = []
        itself: list[View] = []
        for steps in [itself, *views(line)]:
            text = steps[0].text if steps else line
            spans = [
                (span, KNOWN)
                for dictionary in known
                for span in dictionary.find(text, text.lower())
            ]
            for scan in self._direct.scans:
                spans += [(span, scan.detector.name) for span in scan.find(text, tick)]
            found += [(outside(span, steps), rule) for span, rule in spans]
        return sorted(found)

    def _escaped(
        self, units: Sequence[bytes], shapes: Sequence[Shape | None], tick: Tick
    ) -> list[tuple[int, list[View]]]:
        """Return the views of lines, and where those lines start."""
        lines = [at for at, shape in enumerate(shapes) if shape and shape.escaped]
        new = [at for at, shape in enumerate(shapes) if shape is None]
        if new:
            texts = [units[at] for at in new]
            joined = NEWLINE.join(texts)
            places = self._telling.places(joined, tick) if has_sign(joined) else ()
            lines += [new[at] for at in lines_of(texts, [start for start, _ in places])]
        if not lines:
            return []
        starts = [0, *accumulate(len(unit) + 1 for unit in units)]
        found: list[tuple[int, list[View]]] = []
        for line in sorted(lines):
            start = starts[line]
            for part in units[line].split(NEWLINE):
                found += [(start, steps) for steps in views(part)]
                start += len(part) + 1
        return found

    def _found(
        self,
        units: Sequence[bytes],
        block: bytes,
        shapes: Sequence[Shape | None],
        known: Iterable[Dictionary],
        tick: Tick,
    ) -> list[Span]:
        """Return what is found in lines as they are."""
        lowered = block.lower()
        found: list[Span] = []
        for dictionary in known:
            found += dictionary.find(block, lowered)
        if self._tally is not None:
            self._counted += [(kind, KNOWN) for _, _, kind in found]
        new: list[int] = []
        start = 0
        for number, (unit, shape) in enumerate(zip(units, shapes, strict=True)):
            base = start
            start += len(unit) + 1
            if shape is NOTHING:
                continue
            if shape is None:
                new.append(number)
                continue
            if shape.named or shape.exact or shape.tags:
                self._find_in(unit, base, shape, found, tick)
            else:
                self._find_fast(unit, base, shape, found)
            if self._tally is not None:
                self._counted += shape.rules
            if not number % bounds.CHECK_EVERY:
                tick()
        if new:
            found += self._found_directly(units, new, tick)
        self._tell()
        return found

    def _tell(self) -> None:
        """Add to the tally what was counted."""
        if self._tally is not None:
            self._tally.update(self._counted)
        self._counted.clear()

    def _found_directly(
        self, units: Sequence[bytes], new: Sequence[int], tick: Tick
    ) -> list[Span]:
        """Return what is found in lines of a new shape."""
        if len(new) == len(units):
            return self._direct.find(units, tick, self._tally)
        lines = [units[number] for number in new]
        starts = [0, *accumulate(len(unit) + 1 for unit in units)]
        inside = sorted(self._direct.find(lines, tick, self._tally))
        return [
            (starts[number] + start, starts[number] + end, kind)
            for number, spans in zip(new, by_line(lines, inside), strict=True)
            for start, end, kind in spans
        ]

    def _find_fast(
        self, unit: bytes, base: int, shape: Shape, found: list[Span]
    ) -> None:
        """Add what the detectors find in a line whose shape leaves but its sites open.

        Args:
            unit: the line.
            base: where it starts.
            shape: its shape.
            found: takes spans of all lines.
        """
        found += [
            (base + first, base + last, kind) for first, last, kind in shape.fixed
        ]
        if shape.again:
            for first, last, kind in stand_again(unit, shape.again):
                found.append((base + first, base + last, kind))
        if not shape.sites:
            return
        named: list[Span] = []
        for memo, low, high, at, judge, spreads, rule in shape.sites:
            window = unit[low:high]
            held = memo.get(window)
            if held is None:
                held = self._shapes.judge(memo, window, judge)
            if not held:
                continue
            place = base + at
            found += [(place + first, place + last, kind) for first, last, kind in held]
            if spreads:
                here = [(at + first, at + last, kind) for first, last, kind in held]
                named += [one for one in here if not shape.alone.get(one[:2])]
            self._count(rule, held)
        if named:
            for first, last, kind in self._shapes.elsewhere(unit, shape, named):
                found.append((base + first, base + last, kind))

    def _find_in(
        self, unit: bytes, base: int, shape: Shape, found: list[Span], tick: Tick
    ) -> None:
        """Add what the detectors find in any line; a tag is left out.

        Args:
            unit: the line.
            base: where it starts.
            shape: its shape.
            found: takes spans of all lines.
            tick: asked on the way; raises when time is over.
        """
        named = [*shape.named]
        spans: list[Span] = []
        for memo, low, high, at, judge, spreads, rule in shape.sites:
            window = unit[low:high]
            held = memo.get(window)
            if held is None:
                held = self._shapes.judge(memo, window, judge)
            if not held:
                continue
            here = [(at + first, at + last, kind) for first, last, kind in held]
            spans += here
            if spreads:
                named += here
            self._count(rule, here)
        self._find_exactly(unit, shape, spans, named, tick)
        if named:
            spans += spread(unit, named)
        if shape.again:
            spans += stand_again(unit, shape.again)
        spans = [*shape.fixed, *without_tags(spans, shape.tags)]
        found += [(base + start, base + end, kind) for start, end, kind in spans]

    def _find_exactly(
        self,
        unit: bytes,
        shape: Shape,
        spans: list[Span],
        named: list[Span],
        tick: Tick,
    ) -> None:
        """Add what those detectors find to which one digit is not like another."""
        for scan in shape.exact:
            here = scan.find(unit, tick, shape.tags)
            spans += here
            if scan.detector.spreads:
                named += here
            self._count(scan.detector.name, here)

    def _count(self, rule: str, found: Iterable[Span]) -> None:
        if self._tally is not None:
            self._counted += [(kind, rule) for _, _, kind in found]
