# SPDX-License-Identifier: Apache-2.0
"""Puts tags into the lines of one block until there is nothing left to find.

Rules: what a tag replaced may have kept its neighbour from being seen for a name, or
said of it that it is none: a changed line is looked at again; what became of a line
that was alike is not looked for once more, but what may be found in it then is.
Not here: what is withheld (`text.py`), looking (`finding.py`), tags (`replacing.py`).
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from agent.redaction.dictionary import Dictionary, Span
from agent.redaction.finding import Finder
from agent.redaction.learning import Named, named_by_line, named_in
from agent.redaction.repeats import Repeats, Taken
from agent.redaction.replacing import Replacer
from agent.redaction.scanning import Tick
from agent.redaction.spans import lines_of, merged

_NEWLINE = b"\n"


class Settling:
    """One block of lines on its way.

    Attributes:
        parts: the lines, with tags where something was found.
        known: dictionaries of identities.
    """

    __slots__ = ("_finder", "_replacer", "_tick", "known", "parts")

    def __init__(
        self,
        parts: list[bytes],
        finder: Finder,
        replacer: Replacer,
        known: Sequence[Dictionary],
        tick: Tick,
    ) -> None:
        """Start with lines as they are.

        Args:
            parts: lines, or a text of several lines alone.
            finder: looks.
            replacer: makes tags.
            known: dictionaries of identities.
            tick: asked on the way; raises when time is over.
        """
        self.parts = parts
        self.known = known
        self._finder = finder
        self._replacer = replacer
        self._tick = tick

    def first(self, repeats: Repeats | None) -> tuple[list[int], list[Named]]:
        """Return which lines to look at again, and names in lines, in order.

        Args:
            repeats: what became of lines; None where each has to be looked at.
        """
        parts = self.parts
        shapes = self._finder.shapes(_NEWLINE.join(parts), len(parts), self._tick)
        taken = Taken(range(len(parts)))
        touched: frozenset[int] = frozenset()
        if repeats is not None:
            touched = frozenset(self._touched(parts))
            taken = repeats.take(parts, shapes, touched, known=any(self.known))
        rest = taken.rest
        units = [parts[at] for at in rest]
        left = [shapes[at] for at in rest]
        found = self._finder.find(units, self.known, self._tick, left) if units else []
        found.sort()
        again = self._replaced(rest, found, taken)
        if repeats is not None:
            self._keep(repeats, units, found, taken)
        if not taken.named:
            return again, [named_in(_NEWLINE.join(units).lower(), found)]
        told = [(rest[line], names) for line, names in named_by_line(units, found)]
        return again, [names for _, names in sorted(told + taken.named)]

    def next(self, waiting: Sequence[int]) -> list[int]:
        """Look at some lines; return those to look at again.

        Args:
            waiting: their numbers, in order.
        """
        units = [self.parts[at] for at in waiting]
        found = self._finder.find(units, self.known, self._tick)
        return self._replaced(waiting, found, Taken())

    def _touched(self, lines: Sequence[bytes]) -> list[int]:
        """Return the numbers of the lines that hold known names."""
        found: list[int] = []
        for one in filter(None, self.known):
            block = _NEWLINE.join(lines)
            spans = one.find(block, block.lower())
            found += lines_of(lines, sorted(start for start, _, _ in spans))
        return found

    def _replaced(
        self, waiting: Sequence[int], found: Sequence[Span], taken: Taken
    ) -> list[int]:
        """Put tags into lines; return those in which there is more to find."""
        changed, plain = taken.changed, taken.plain
        if found:
            units = [self.parts[at] for at in waiting]
            replaced = self._replacer.replace(units, found)
            for at, part in zip(waiting, replaced.parts, strict=True):
                self.parts[at] = part
            changed += [waiting[line] for line in replaced.changed]
            plain += [replaced.plain[line] for line in replaced.changed]
        again: list[int] = []
        if plain:
            spans = self._finder.again(plain, self.known, self._tick)
            left = sorted(start for start, _, _ in spans)
            again = [changed[line] for line in lines_of(plain, left)]
        if taken.sure:
            lines = self._touched([line for _, line in taken.sure])
            again += [taken.sure[line][0] for line in lines]
        return again

    def _keep(
        self,
        repeats: Repeats,
        units: Sequence[bytes],
        found: Sequence[Span],
        taken: Taken,
    ) -> None:
        """Remember what became of lines that are likely to come again."""
        wanted = [one for one in taken.open if repeats.wants(units[one[0]], one[1])]
        if not wanted:
            return
        starts = [0, *accumulate(len(unit) + 1 for unit in units)]
        for line, shape in wanted:
            base = starts[line]
            low = bisect_left(found, (base,))
            high = bisect_left(found, (starts[line + 1],))
            here = [
                (first - base, last - base, kind)
                for first, last, kind in found[low:high]
            ]
            hidden = merged(here)
            tags = [
                self._replacer.tag(kind, units[line][first:last])
                for first, last, kind in hidden
            ]
            repeats.keep(units[line], shape, hidden, tags, here, self._finder.shape_of)
