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
    found: list[Span] = []
    seen: set[bytes] = set()
    lowered = unit.lower()
    for start, end, kind in named:
        word = lowered[start:end]
        if kind not in _KINDS or len(word) < bounds.SPREAD_CHARS:
            continue
        if word in seen or word.isdigit() or lowered.count(word) == 1:
            continue
        seen.add(word)
        if is_ordinary(word.decode("utf-8", "replace")):
            continue
        at = lowered.find(word)
        while at >= 0:
            if at != start and is_word(unit, at, at + len(word)):
                found.append((at, at + len(word), kind))
            at = lowered.find(word, at + len(word))
    return found


def has_digit(unit: bytes, span: Span) -> bool:
    """Tell whether the name in a span has a digit."""
    return _DIGIT.search(unit, span[0], span[1]) is not None
