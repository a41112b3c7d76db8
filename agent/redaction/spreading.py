# SPDX-License-Identifier: Apache-2.0
"""Finds a name again in the line that once said what it is.

Rules: whole words in any case; ordinary words and very short names are left where the
line does not say so.
Not here: names that are known from elsewhere (`dictionary.py`).
"""

import re
from collections.abc import Iterable

from agent.redaction import bounds
from agent.redaction.dictionary import Span, is_word
from agent.redaction.ordinary import is_ordinary

_KINDS = frozenset({"user", "host", "domain"})
_DIGIT = re.compile(rb"[0-9]")


def spread(unit: bytes, named: Iterable[Span]) -> list[Span]:
    """Return the other places of names.

    Args:
        unit: a line, or a text of several lines.
        named: where it says what a name is, and of which kind.
    """
    lowered = unit.lower()
    places: dict[tuple[bytes, str], set[int]] = {}
    for start, end, kind in named:
        if kind in _KINDS and end - start >= bounds.SPREAD_CHARS:
            one = lowered[start:end], kind
            if one in places:
                places[one].add(start)
            else:
                places[one] = {start}
    found: list[Span] = []
    for (word, kind), starts in places.items():
        if word.isdigit() or lowered.count(word) == 1:
            continue
        others: list[Span] = []
        find, size = lowered.find, len(word)
        at = find(word)
        while at >= 0:
            end = at + size
            if at not in starts and is_word(unit, at, end):
                others.append((at, end, kind))
            at = find(word, end)
        if others and not is_ordinary(word.decode("utf-8", "replace")):
            found += others
    return found


def has_digit(unit: bytes, span: Span) -> bool:
    """Tell whether the name in a span has a digit."""
    return _DIGIT.search(unit, span[0], span[1]) is not None
