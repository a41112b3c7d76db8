# SPDX-License-Identifier: Apache-2.0
"""Puts tags in place of what was found, and tells which lines to look at again.

Rules: a tag that touches a word may have kept what stands beside it from being seen,
so such a line is looked at once more, with the same tag in place of every other one of
its kind: then it looks like lines that were looked at before.
Not here: finding (`finding.py`), the tags (`tags.py`).
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from agent.redaction import bounds
from agent.redaction.dictionary import Span
from agent.redaction.direct import NEWLINE
from agent.redaction.spans import merged
from agent.redaction.tags import is_glue, make_tag, plain_tag
from agent.redaction.tallying import REPLACED, Tally


@dataclass(frozen=True, slots=True)
class Replaced:
    """Lines with tags.

    Attributes:
        parts: the lines.
        plain: the same with one tag for each kind.
        glued: numbers of the lines in which a tag touches a word.
    """

    parts: list[bytes]
    plain: list[bytes]
    glued: list[int]


class Replacer:
    """Makes tags with one key, and remembers them."""

    __slots__ = ("_key", "_made", "_prefixes", "_tally")

    def __init__(
        self,
        key: bytes | None,
        tally: Tally | None = None,
        prefixes: Container[str] = (),
    ) -> None:
        """Keep the key of (tenant, purpose, epoch).

        Args:
            key: None gives fixed tags.
            tally: takes how many tags of each kind were put in.
            prefixes: classes whose stand-ins keep a network or a maker.
        """
        self._key = key
        self._prefixes = prefixes
        self._tally = tally
        self._made: dict[tuple[str, bytes], tuple[bytes, bytes]] = {}

    def __repr__(self) -> str:
        """Show neither key nor value."""
        return "<Replacer>"

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
        glued: list[int] = []
        end = 0
        for start, stop, kind in merged(found):
            value = block[start:stop]
            if not one and NEWLINE in value:
                msg = "a match left its line"
                raise ValueError(msg)
            key = (kind, value)
            tags = self._made.get(key) or self._make(key)
            if self._tally is not None:
                self._tally[kind, REPLACED] += 1
            between = block[end:start]
            pieces += (between, tags[0])
            plain += (between, tags[1])
            if is_glue(block[start - 1 : start], block[stop : stop + 1]):
                glued.append(start)
            end = stop
        pieces.append(block[end:])
        plain.append(block[end:])
        if one:
            marked = [0] if glued else []
            return Replaced([b"".join(pieces)], [b"".join(plain)], marked)
        return Replaced(
            b"".join(pieces).split(NEWLINE),
            b"".join(plain).split(NEWLINE),
            lines_of(units, glued),
        )

    def _make(self, key: tuple[str, bytes]) -> tuple[bytes, bytes]:
        kind, value = key
        tag = make_tag(self._key, kind, value, self._prefixes)
        made = (tag, plain_tag(kind))
        if len(self._made) >= bounds.MEMO_ENTRIES:
            self._made.clear()
        self._made[key] = made
        return made


def lines_of(units: Sequence[bytes], places: Sequence[int]) -> list[int]:
    """Return the numbers of the lines in which places are, each once.

    Args:
        units: lines.
        places: offsets in the lines joined by newlines, in order.
    """
    found: list[int] = []
    line, end = 0, len(units[0])
    for place in places:
        while place > end:
            line += 1
            end += len(units[line]) + 1
        if not found or found[-1] != line:
            found.append(line)
    return found
