# SPDX-License-Identifier: Apache-2.0
"""Puts tags in place of what was found, and tells which lines to look at again.

Rules: what a tag replaced may have kept what stands beside it from being seen, so a
changed line is looked at once more, with the same tag in place of every other one of
its kind: then it looks like lines that were looked at before.
Not here: finding (`finding.py`), the tags (`tags.py`).
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from agent.redaction import bounds
from agent.redaction.dictionary import Span
from agent.redaction.direct import NEWLINE
from agent.redaction.spans import lines_of, merged
from agent.redaction.tags import make_tag, plain_tag
from agent.redaction.tallying import REPLACED, Tally
from agent.redaction.views import unescaped


@dataclass(frozen=True, slots=True)
class Replaced:
    """Lines with tags.

    Attributes:
        parts: the lines.
        plain: the same with one tag for each kind.
        changed: numbers of the lines with new tags.
    """

    parts: list[bytes]
    plain: list[bytes]
    changed: list[int]


class Replacer:
    """Makes tags with one key, and remembers them."""

    __slots__ = ("_count", "_key", "_made", "_prefixes", "_read", "_tally")

    def __init__(
        self,
        key: bytes | None,
        tally: Tally | None = None,
        prefixes: Container[str] = (),
        read: Callable[[bytes], bytes] = unescaped,
    ) -> None:
        """Keep the key of (tenant, purpose, epoch).

        Args:
            key: None gives fixed tags.
            tally: takes how many tags of each kind were put in.
            prefixes: classes whose stand-ins keep a network or a maker.
            read: tells what was found as it is, not as an encoding spells it.
        """
        self._key = key
        self._read = read
        self._prefixes = prefixes
        self._tally = tally
        self._made: dict[str, dict[bytes, tuple[bytes, bytes]]] = {}
        self._count = 0

    def __repr__(self) -> str:
        """Show neither key nor value."""
        return "<Replacer>"

    def keeping(self, prefixes: Container[str]) -> "Replacer":
        """Return one with the same key, whose stand-ins keep other prefixes."""
        return Replacer(self._key, self._tally, prefixes, self._read)

    def replace(self, units: Sequence[bytes], found: Sequence[Span]) -> Replaced:
        """Return the lines with a tag in place of everything found.

        Args:
            units: lines, or a text of several lines alone.
            found: spans of the lines joined by newlines; at least one.

        Raises:
            ValueError: a span leaves its line.
        """
        block = NEWLINE.join(units)
        one = len(units) == 1
        pieces: list[bytes] = []
        plain: list[bytes] = []
        starts: list[int] = []
        kinds: list[str] = []
        made = self._made
        end = 0
        for start, stop, kind in merged(found):
            value = block[start:stop]
            if NEWLINE in value and not one:
                msg = "a match left its line"
                raise ValueError(msg)
            try:
                tag, like = made[kind][value]
            except KeyError:
                tag, like = self._make(kind, value)
            kinds.append(kind)
            starts.append(start)
            between = block[end:start]
            pieces += (between, tag)
            plain += (between, like)
            end = stop
        if self._tally is not None:
            self._tally.update((kind, REPLACED) for kind in kinds)
        pieces.append(block[end:])
        plain.append(block[end:])
        if one:
            return Replaced([b"".join(pieces)], [b"".join(plain)], [0])
        return Replaced(
            b"".join(pieces).split(NEWLINE),
            b"".join(plain).split(NEWLINE),
            lines_of(units, starts),
        )

    def _make(self, kind: str, value: bytes) -> tuple[bytes, bytes]:
        tag = make_tag(self._key, kind, self._read(value), self._prefixes)
        made = (tag, plain_tag(kind))
        self._count += 1
        if self._count >= bounds.TAG_ENTRIES:
            self._made.clear()
            self._count = 0
        self._made.setdefault(kind, {})[value] = made
        return made
