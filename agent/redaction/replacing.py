# SPDX-License-Identifier: Apache-2.0
"""Puts tags in place of what was found, and tells which lines to look at again.

Rules: what a tag replaced may have kept what stands beside it from being seen, so a
changed line is looked at once more, with the same tag in place of every other one of
its kind: then it looks like lines that were looked at before.
Not here: finding (`finding.py`), the tags (`tags.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from functools import cache
from itertools import compress, count
from operator import ne
from typing import NamedTuple

from agent.redaction import bounds
from agent.redaction.dictionary import Span
from agent.redaction.direct import NEWLINE
from agent.redaction.spans import merged
from agent.redaction.tags import make_tag, plain_tag
from agent.redaction.tallying import REPLACED, Tally
from agent.redaction.views import unescaped


class Replaced(NamedTuple):
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

    __slots__ = ("_held", "_key", "_made", "_prefixes", "_read", "_tally")

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
        self._made: defaultdict[str, dict[bytes, bytes]] = defaultdict(dict)
        self._held = 0

    def __repr__(self) -> str:
        """Show neither key nor value."""
        return "<Replacer>"

    def keeping(self, prefixes: Container[str]) -> "Replacer":
        """Return one with the same key, whose stand-ins keep other prefixes."""
        return Replacer(self._key, self._tally, prefixes, self._read)

    def under(self, key: bytes | None) -> "Replacer":
        """Return one with another key, that has made no tag yet."""
        return Replacer(key, self._tally, self._prefixes, self._read)

    def replace(self, units: Sequence[bytes], found: Sequence[Span]) -> Replaced:
        """Return the lines with a tag in place of everything found.

        Args:
            units: lines, or a text of several lines alone.
            found: spans of the lines joined by newlines; at least one.

        Raises:
            ValueError: a span leaves its line.
        """
        block = NEWLINE.join(units)
        spans = merged(found)
        tags = self._tags(block, spans)
        pieces = _around(block, spans)
        pieces[1::2] = tags
        tagged = b"".join(pieces)
        pieces[1::2] = [_plain_tag(kind) for _, _, kind in spans]
        plain = b"".join(pieces)
        one = len(units) == 1
        parts = [tagged] if one else tagged.split(NEWLINE)
        if len(parts) < len(units):  # no tag has one
            msg = "a match left its line"
            raise ValueError(msg)
        if self._tally is not None:
            self._tally.update((kind, REPLACED) for _, _, kind in spans)
        if one:
            return Replaced(parts, [plain], [0])
        changed = compress(count(), map(ne, units, parts))
        return Replaced(parts, plain.split(NEWLINE), [*changed])

    def tag(self, kind: str, value: bytes) -> bytes:
        """Return the tag of a value that was found."""
        return self._made[kind].get(value) or self._make(kind, value)

    def _tags(self, block: bytes, spans: Sequence[Span]) -> list[bytes]:
        """Return the tag of each span, made where it is not remembered."""
        made = self._made
        tags = [made[kind].get(block[start:end]) for start, end, kind in spans]
        known = [tag for tag in tags if tag is not None]
        if len(known) == len(tags):
            return known
        return [
            self._make(kind, block[start:end]) if tag is None else tag
            for tag, (start, end, kind) in zip(tags, spans, strict=True)
        ]

    def _make(self, kind: str, value: bytes) -> bytes:
        made = self._made[kind]
        tag = made.get(value)
        if tag is None:
            tag = make_tag(self._key, kind, self._read(value), self._prefixes)
            if self._held >= bounds.TAG_ENTRIES:
                for each in self._made.values():
                    each.clear()
                self._held = 0
            made[value] = tag
            self._held += 1
        return tag


def _around(block: bytes, spans: Sequence[Span]) -> list[bytes]:
    """Return what stands around spans, with room for what takes the place of each."""
    pieces = [b""] * (2 * len(spans) + 1)
    between: list[bytes] = []
    at = 0
    for start, end, _ in spans:
        between.append(block[at:start])
        at = end
    between.append(block[at:])
    pieces[::2] = between
    return pieces


_plain_tag = cache(plain_tag)
