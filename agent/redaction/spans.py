# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of found spans: what overlaps becomes one, tags are left out.

Rules: every byte that any span covers stays covered; a kind that is only removed wins
over one that gets a pseudonym.
Not here: finding them (`text.py`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import gt

from agent.redaction.dictionary import Span
from agent.redaction.tags import REMOVED


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return disjoint spans, in order, that cover exactly what the given ones do."""
    ordered = sorted(spans)
    ends = [end for _, end, _ in ordered]
    if not any(map(gt, ends, [start for start, _, _ in ordered[1:]])):
        return ordered
    result: list[Span] = []
    for first, last, one in ordered:
        if not result or first >= result[-1][1]:
            result.append((first, last, one))
            length = last - first
            continue
        start, end, kind = result[-1]
        stronger = one in REMOVED and kind not in REMOVED
        weaker = kind in REMOVED and one not in REMOVED
        if stronger or (last - first > length and not weaker):
            kind, length = one, last - first
        result[-1] = (start, max(end, last), kind)
    return result


def without_tags(spans: Iterable[Span], tags: Sequence[tuple[int, int]]) -> list[Span]:
    """Return the spans without the bytes of tags; what is left keeps its kind.

    Args:
        spans: what was found.
        tags: disjoint spans of tags, in order.
    """
    if not tags:
        return [*spans]
    starts = [start for start, _ in tags]
    result: list[Span] = []
    for first, last, kind in spans:
        at = first
        index = max(0, bisect_right(starts, first) - 1)
        for tag_start, tag_end in tags[index : bisect_left(starts, last)]:
            if tag_start > at:
                result.append((at, tag_start, kind))
            at = max(at, tag_end)
        if at < last:
            result.append((at, last, kind))
    return result


def by_line(units: Sequence[bytes], spans: Iterable[Span]) -> list[list[Span]]:
    """Sort spans of lines joined by newlines to their lines.

    Args:
        units: lines.
        spans: in order.
    """
    found: list[list[Span]] = [[] for _ in units]
    line = start = 0
    end = len(units[0])
    for first, last, kind in spans:
        while first > end:
            line += 1
            start = end + 1
            end = start + len(units[line])
        found[line].append((first - start, last - start, kind))
    return found


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
