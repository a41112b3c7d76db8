# SPDX-License-Identifier: Apache-2.0
"""Where matches, what is beside them, and tags stand in lines.

Rules: a match belongs to one line; what is beside it ends with the line; a find of
which every letter is within a tag is none.
Not here: what is remembered of a line (`shapes.py`), patterns (`scanning.py`), what a
tag is (`tags.py`).
"""

from bisect import bisect_right
from collections.abc import Sequence
from sys import maxsize

from agent.redaction.detector import Found
from agent.redaction.direct import NEWLINE
from agent.redaction.scanning import Pattern, Places, Tick


def places_by_line(
    pattern: Pattern,
    block: bytes,
    keys: Sequence[bytes],
    starts: Sequence[int],
    tick: Tick,
) -> list[tuple[int, int, int]]:
    """Return line, and start and end in that line, of each match.

    Args:
        pattern: to look for.
        block: all lines, joined by newlines.
        keys: the lines.
        starts: where each line starts in the block, and the end of the last.
        tick: asked on the way; raises when time is over.
    """
    found: list[tuple[int, int, int]] = []
    line = 0
    for start, end in pattern.places(block, tick):
        while starts[line + 1] <= start:
            line += 1
        if end >= starts[line + 1]:
            return _places_alone(pattern, keys, tick)
        found.append((line, start - starts[line], end - starts[line]))
    return found


def _places_alone(
    pattern: Pattern, keys: Sequence[bytes], tick: Tick
) -> list[tuple[int, int, int]]:
    """Return the same for a pattern that runs over the end of a line, as keys do."""
    return [
        (line, start, end)
        for line, key in enumerate(keys)
        for start, end in pattern.places(key, tick)
    ]


def window_of(key: bytes, start: int, end: int, beside: int) -> tuple[int, int]:
    """Return where what is beside a match starts and ends, on the same line."""
    before, after = key[max(0, start - beside) : start], key[end : end + beside]
    low = start - len(before.rpartition(NEWLINE)[2])
    return low, end + len(after.partition(NEWLINE)[0])


def tags_in(tags: Places, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the tags that a match has a part of, as places from where it starts.

    Args:
        tags: of the line.
        start: of the match.
        end: of the match.
    """
    found: list[tuple[int, int]] = []
    at = bisect_right(tags, (start, maxsize))
    if at and tags[at - 1][1] > start:
        at -= 1
    while at < len(tags) and tags[at][0] < end:
        first, last = tags[at]
        found.append((first - start, last - start))
        at += 1
    return tuple(found)


def outside(found: Found, tags: Sequence[tuple[int, int]]) -> Found:
    """Return the finds that are no part of a tag: its letters are no text.

    Args:
        found: in a match.
        tags: in it.
    """
    return tuple(
        (start, end, kind)
        for start, end, kind in found
        if not (at := bisect_right(tags, (start, maxsize))) or tags[at - 1][1] < end
    )
