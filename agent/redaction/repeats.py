# SPDX-License-Identifier: Apache-2.0
"""Remembers what became of a line, for lines that differ in digits nobody looks at.

Rules: of a shape it is known which digits any rule looks at and which are hidden; a
line with the same ones becomes what the line before it became, its other digits kept:
the same as if it were looked at. A line that a dictionary knows a name in, that holds
escapes or tags, or whose names are looked for in all of it is looked at. Bounded
memory; never shows what it holds.
Not here: looking (`finding.py`), what is remembered of a shape (`shapes.py`).

Logs repeat themselves: a user, a machine and a sentence come again with another time.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from operator import itemgetter

from agent.redaction import bounds
from agent.redaction.dictionary import Span
from agent.redaction.escapes import LONGEST
from agent.redaction.lazily import LazyPattern
from agent.redaction.learning import Named, named_in
from agent.redaction.scanning import shape_key
from agent.redaction.shapes import NOTHING, Shape
from agent.redaction.tags import plain_tag

_Pick = Callable[[bytes], object]
_Between = Callable[[bytes], tuple[bytes, ...]]
_DIGIT, _MARK = b"0", b"1"
_RUN = LazyPattern(rb"1(?:[^0]*1)?")
"""Marked digits, and no other ones between them."""


class _Outcome:
    """What became of a line.

    Attributes:
        between: gives what stands around the tags; None where nothing was found.
        written: takes it, with the tags.
        plain: the same with one tag for each kind.
        sure: whether there is nothing to find in such a line with tags.
        named: names in it; empty where there is none.
    """

    __slots__ = ("between", "named", "plain", "sure", "written")

    def __init__(
        self, unit: bytes, spans: Sequence[Span], tags: Sequence[bytes], named: Named
    ) -> None:
        self.between: _Between | None = None
        self.written = self.plain = b""
        self.sure = True
        self.named = named if any(named) else ()
        if spans:
            edges = [0, *(at for span in spans for at in span[:2]), len(unit)]
            around = zip(edges[::2], edges[1::2], strict=True)
            self.between = itemgetter(*(slice(*ends) for ends in around))
            kinds = [plain_tag(kind) for _, _, kind in spans]
            self.written = b"%b" + b"".join(tag + b"%b" for tag in tags)
            self.plain = b"%b" + b"".join(tag + b"%b" for tag in kinds)


class _Repeat:
    """A shape, and what became of its lines by the digits that are looked at."""

    __slots__ = ("_marked", "came", "closed", "missed", "outcomes", "pick", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape  # kept, so that no other has its place in memory
        self.outcomes: dict[object, _Outcome | None] = {}
        self.came = self.missed = 0
        self.closed = False
        self.pick: _Pick | None = None
        self._marked = b""

    def is_due(self, unit: bytes) -> bool:
        """Tell whether a line has to be looked at by its digits from now on."""
        self.missed += 1
        if self.missed == bounds.REPEATS_FIRST:
            self._begin(shape_key(unit))
        if self.missed > bounds.REPEATS_MISSED and 4 * self.came < self.missed:
            self.closed = True
            self.pick = None
            self.outcomes.clear()
        return self.pick is not None

    def _begin(self, key: bytes) -> None:
        """Find out which digits are looked at."""
        shape = self.shape
        self.closed = bool(shape.escaped or shape.exact or shape.named or shape.tags)
        if self.closed:
            return
        marked = bytearray(key)
        for start, end in _looked_at(shape):
            low = max(0, start)
            marked[low:end] = marked[low:end].replace(_DIGIT, _MARK)
        self._marked = bytes(marked)
        slices = [slice(*run.span()) for run in _RUN.finditer(self._marked)]
        self.pick = itemgetter(*(slices or [slice(0, 0)]))

    def tells(self, spans: Sequence[Span]) -> bool:
        """Tell whether the same digits would have the same found in such a line."""
        if not all(self.shape.alone.values()):
            return False
        return not any(_DIGIT in self._marked[start:end] for start, end, _ in spans)


def _looked_at(shape: Shape) -> Iterable[tuple[int, int]]:
    """Yield where digits of a line of the shape decide, or are found."""
    for start, end, _ in shape.fixed:
        yield start, end
    for site in shape.sites:
        yield site.low, site.high
    for again in shape.again:
        for at in (*again.own, *again.others):
            yield at - LONGEST, at + again.size


class Taken:
    """Lines of a block that are done, and those that are not.

    Attributes:
        rest: numbers of the lines to look at.
        open: places among these of lines that may be remembered, and their shapes.
        changed: numbers of the lines that have to be looked at once more.
        plain: these with one tag for each kind.
        sure: the same of the lines in which only known names could be found.
        named: names of each line that is done.
    """

    __slots__ = ("changed", "named", "open", "plain", "rest", "sure")

    def __init__(self, rest: Iterable[int] = ()) -> None:
        """Start with no line that is done.

        Args:
            rest: numbers of the lines to look at.
        """
        self.rest: list[int] = [*rest]
        self.open: list[tuple[int, Shape]] = []
        self.changed: list[int] = []
        self.plain: list[bytes] = []
        self.sure: list[tuple[int, bytes]] = []
        self.named: list[tuple[int, Named]] = []


class Repeats:
    """What became of lines; lives as long as one key."""

    __slots__ = ("_of", "_size")

    def __init__(self) -> None:
        """Start with none."""
        self._of: dict[int, _Repeat] = {}
        self._size = 0

    def __repr__(self) -> str:
        """Show how many there are, never one of them."""
        return f"<Repeats {self._size}>"

    def take(
        self,
        parts: list[bytes],
        shapes: Sequence[Shape | None],
        touched: Container[int],
        *,
        known: bool,
    ) -> Taken:
        """Put lines in place that came before, and tell of the rest.

        Args:
            parts: lines; those that are done get their tags.
            shapes: of the lines.
            touched: numbers of lines that hold known names.
            known: whether any name is known.
        """
        taken = Taken()
        held = self._of
        for at, shape in enumerate(shapes):
            if shape is NOTHING and at not in touched:
                continue
            repeat = held.get(id(shape))
            if shape is None or at in touched or (repeat and repeat.closed):
                taken.rest.append(at)
                continue
            unit = parts[at]
            outcome: _Outcome | None = None
            if repeat is not None and repeat.pick is not None:
                outcome = repeat.outcomes.get(repeat.pick(unit))
            if repeat is None or outcome is None:
                taken.open.append((len(taken.rest), shape))
                taken.rest.append(at)
                continue
            repeat.came += 1
            if outcome.between is None:
                continue
            around = outcome.between(unit)
            parts[at] = outcome.written % around
            if outcome.named:
                taken.named.append((at, outcome.named))
            if not outcome.sure:
                taken.changed.append(at)
                taken.plain.append(outcome.plain % around)
            elif known:
                taken.sure.append((at, outcome.plain % around))
        return taken

    def wants(self, unit: bytes, shape: Shape) -> bool:
        """Tell whether a line that was looked at is to be remembered.

        It is when it comes a second time, in a shape that comes often.

        Args:
            unit: the line.
            shape: its shape.
        """
        if len(unit) > bounds.MEMO_BYTES:
            return False
        repeat = self._of.get(id(shape))
        if repeat is None:
            repeat = self._of[id(shape)] = _Repeat(shape)
            self._add()
        if not repeat.is_due(unit) or repeat.pick is None:
            return False
        held = repeat.pick(unit)
        if held in repeat.outcomes:
            return True
        repeat.outcomes[held] = None
        self._add()
        return False

    def keep(
        self,
        unit: bytes,
        shape: Shape,
        spans: Sequence[Span],
        tags: Sequence[bytes],
        found: Sequence[Span],
        shape_of: Callable[[bytes], Shape | None],
    ) -> None:
        """Remember what became of a line, if it is known what there is beside its tags.

        Args:
            unit: the line.
            shape: its shape.
            spans: what was hidden.
            tags: what took its place.
            found: what was found, in order.
            shape_of: gives the shape of a line that was seen before.
        """
        repeat = self._of.get(id(shape))
        if repeat is None or repeat.pick is None or not repeat.tells(spans):
            return
        outcome = _Outcome(unit, spans, tags, named_in(unit.lower(), found))
        if outcome.between is not None:
            after = shape_of(outcome.plain % outcome.between(unit))
            if after is None:
                return
            outcome.sure = after is NOTHING
        repeat.outcomes[repeat.pick(unit)] = outcome

    def _add(self) -> None:
        self._size += 1
        if self._size > bounds.REPEATS:
            self._of.clear()
            self._size = 0
