# SPDX-License-Identifier: Apache-2.0
"""Lets a pass know from then on whom its texts and typed fields have named.

Rules: what is learned counts from the next block on; a word that stands elsewhere more
often than where a name does is none; the dictionary is built anew only now and then,
for a flood of new names must not cost more than looking for them.
Not here: which names are trusted (`learned.py`), finding them (`finding.py`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from agent.redaction import bounds
from agent.redaction.dictionary import Dictionary, Span
from agent.redaction.learned import Learned
from agent.redaction.spans import by_line, lines_of

_NEWLINE = b"\n"
_NAMED = ("user", "host")
Named = tuple[tuple[bytes, ...], ...]
"""Names of users and of machines that stand in a text, in lower case."""


def named_in(lowered: bytes, found: Iterable[Span]) -> Named:
    """Return the names in a text.

    Args:
        lowered: the text in lower case.
        found: spans of it, in order.
    """
    return tuple(
        tuple([lowered[start:end] for start, end, of in found if of == kind])
        for kind in _NAMED
    )


def named_by_line(
    units: Sequence[bytes], found: Iterable[Span]
) -> list[tuple[int, Named]]:
    """Return the numbers of the lines in which names stand, and these.

    Args:
        units: lines.
        found: spans of them joined by newlines, in order.
    """
    named = [span for span in found if span[2] in _NAMED]
    if not named:
        return []
    return [
        (line, named_in(units[line].lower(), here))
        for line, here in enumerate(by_line(units, named))
        if here
    ]


class Learning:
    """What one pass has learned so far.

    Attributes:
        dictionary: finds it.
    """

    __slots__ = ("_blocks", "_due", "_learned", "_settled", "dictionary")

    def __init__(self) -> None:
        """Start with nothing."""
        self._learned = Learned()
        self._settled: dict[str, set[bytes]] = {kind: set() for kind in _NAMED}
        self._blocks = self._due = 0
        self.dictionary = Dictionary(())

    def __repr__(self) -> str:
        """Show no name."""
        return f"<Learning {len(self._learned)}>"

    def fields(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Learn values of typed fields.

        Args:
            pairs: class and value.
        """
        for kind, value in pairs:
            self._learned.learn(kind, value, typed=True)

    def lines(self, parts: Sequence[bytes]) -> list[int]:
        """Return the numbers of the lines that still hold a name that was learned.

        Args:
            parts: lines, with tags where something was found.
        """
        block = _NEWLINE.join(parts)
        found = self.dictionary.find(block, block.lower())
        return lines_of(parts, sorted(start for start, _, _ in found))

    def block(self, block: bytes, found: Sequence[Span]) -> None:
        """Learn what was found in a block of lines, for the blocks after it.

        Args:
            block: lines, joined by newlines.
            found: spans of it.
        """
        lowered = block.lower()
        self.names(lowered, [named_in(lowered, sorted(found))])

    def names(self, lowered: bytes, told: Sequence[Named]) -> None:
        """Learn the names of a block of lines, for the blocks after it.

        Args:
            lowered: the block in lower case.
            told: names that were found in it, in order.
        """
        for kind, names in zip(_NAMED, zip(*told, strict=True), strict=False):
            self._count(kind, lowered, chain.from_iterable(names))
            if len(self._settled[kind]) > bounds.MEMO_ENTRIES:
                self._settled[kind].clear()
        self._blocks += 1
        if self._learned.changed and self._blocks > self._due:
            self.dictionary = Dictionary(())  # two of them at once would take the room
            self.dictionary = Dictionary(self._learned.names(), encoded=False)
            self._due = self._blocks + bounds.LEARN_BLOCKS

    def _count(self, kind: str, lowered: bytes, names: Iterable[bytes]) -> None:
        """Learn the names of one kind that were found most."""
        named = Counter(names)
        for name in self._settled[kind].intersection(named):
            del named[name]
        if not named:
            return
        for name, times in named.most_common(bounds.LEARN_MOST):
            other = 2 * times <= lowered.count(name)  # elsewhere it is another word
            if other or times >= bounds.LEARN_TIMES:
                self._settled[kind].add(name)
            if not other:
                text = name.decode("utf-8", "replace")
                self._learned.learn(kind, text, times=times)
