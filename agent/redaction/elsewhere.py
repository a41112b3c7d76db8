# SPDX-License-Identifier: Apache-2.0
"""Remembers of a shape where its names may stand again in lines of it.

Rules: a line of the shape has the same letters in the same places, so a name with
digits can only stand again where its letters do; the line's own digits decide. What is
found is what looking through the line finds (`spreading.py`).
Not here: names without digits, which stand again in all such lines or in none.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agent.redaction import bounds
from agent.redaction.dictionary import Span, is_word
from agent.redaction.escapes import any_escape_ends
from agent.redaction.ordinary import is_ordinary
from agent.redaction.spreading import KINDS
from agent.redaction.word_places import places_of, stands_apart


class Again(NamedTuple):
    """Places of a shape with the same letters.

    Attributes:
        kind: of the names.
        size: of each.
        own: where a rule says that there is a name.
        others: where nothing does.
    """

    kind: str
    size: int
    own: Sequence[int]
    others: Sequence[int]


def places_again(key: bytes, named: Iterable[Span]) -> tuple[list[Again], list[Span]]:
    """Return where names may stand again, and those names that have to be looked for.

    Args:
        key: the shape.
        named: where it says what a name is, and of which kind.
    """
    lowered = key.lower()
    groups: dict[tuple[bytes, str], list[int]] = {}
    left: list[Span] = []
    for start, end, kind in named:
        word = lowered[start:end]
        if kind not in KINDS or len(word) < bounds.SPREAD_CHARS or word.isdigit():
            continue
        if stands_apart(word):
            groups.setdefault((word, kind), []).append(start)
        elif lowered.count(word) > 1:
            left.append((start, end, kind))
    places = places_of({word for word, _ in groups}, lowered, any_escape_ends(key))
    found: list[Again] = []
    for (word, kind), own in groups.items():
        others = sorted(set(places[word]).difference(own))
        if others:
            found.append(Again(kind, len(word), own, others))
    return found, left


def stand_again(unit: bytes, again: Iterable[Again]) -> list[Span]:
    """Return the other places of names in a line.

    Args:
        unit: the line.
        again: of its shape.
    """
    lowered = unit.lower()
    found: list[Span] = []
    for kind, size, own, others in again:
        words = {lowered[at : at + size] for at in own}
        here = [at for at in others if lowered[at : at + size] in words]
        found += [
            (at, at + size, kind)
            for at in here
            if is_word(unit, at, at + size)
            and not is_ordinary(lowered[at : at + size].decode("utf-8", "replace"))
        ]
    return found
