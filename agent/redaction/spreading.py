# SPDX-License-Identifier: Apache-2.0
"""Finds a name again in the line that once said what it is.

Rules: whole words in any case; ordinary words and very short names are left where the
line does not say so.
Not here: names that are known from elsewhere (`dictionary.py`).
"""

import re
from collections.abc import Iterable, Mapping

from agent.redaction import bounds
from agent.redaction.dictionary import Span, is_word
from agent.redaction.escapes import escape_ends
from agent.redaction.ordinary import is_ordinary
from agent.redaction.word_places import places_of, stands_apart

KINDS = frozenset({"user", "host", "domain"})
"""Classes of names; all others are found wherever they stand."""
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
        if kind in KINDS and end - start >= bounds.SPREAD_CHARS:
            one = lowered[start:end], kind
            if one in places:
                places[one].add(start)
            else:
                places[one] = {start}
    known: Mapping[bytes, list[int]] = {}
    if len(places) >= bounds.SPREAD_MANY:
        apart = {word for word, _ in places if stands_apart(word)}
        known = places_of(apart, lowered, escape_ends(unit))
    found: list[Span] = []
    for (word, kind), starts in places.items():
        if word.isdigit():
            continue
        at = known.get(word)
        if at is None:
            at = _places(word, lowered, len(starts))
        size = len(word)
        others = [start for start in at if start not in starts]
        whole = [start for start in others if is_word(unit, start, start + size)]
        if whole and not is_ordinary(word.decode("utf-8", "replace")):
            found += [(start, start + size, kind) for start in whole]
    return found


def _places(word: bytes, lowered: bytes, known: int) -> list[int]:
    """Return where a word stands, not overlapping; none if all of that is known.

    Args:
        word: in lower case.
        lowered: the text in lower case.
        known: at how many places it is known to stand.
    """
    count = lowered.count(word)
    if count == 1 or (count == known and stands_apart(word)):
        return []
    found: list[int] = []
    at = lowered.find(word)
    while at >= 0:
        found.append(at)
        at = lowered.find(word, at + len(word))
    return found


def has_digit(unit: bytes, span: Span) -> bool:
    """Tell whether the name in a span has a digit."""
    return _DIGIT.search(unit, span[0], span[1]) is not None
