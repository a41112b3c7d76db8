# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of spans.

Rules: no byte that was covered is uncovered; tags are.
Not here: what finds spans (`test_text.py`).
"""

import pytest

from agent.redaction.spans import by_line, lines_of, merged, without_tags

U, H, S = "user", "host", "secret"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(3, 5, U)], [(3, 5, U)]),
        ([(3, 5, U), (0, 3, H)], [(0, 3, H), (3, 5, U)]),
        ([(0, 4, U), (3, 5, H)], [(0, 5, U)]),
        ([(0, 4, U), (2, 9, H)], [(0, 9, H)]),
        ([(0, 4, U), (0, 4, H)], [(0, 4, H)]),
        ([(0, 9, U), (2, 4, H)], [(0, 9, U)]),
        ([(0, 9, U), (2, 4, S)], [(0, 9, S)]),
        ([(0, 2, S), (1, 9, U)], [(0, 9, S)]),
        ([(0, 3, U), (1, 7, H), (2, 6, U)], [(0, 7, H)]),
        ([(0, 9, H), (1, 2, S), (3, 9, U)], [(0, 9, S)]),
        ([(5, 9, U), (8, 11, H), (10, 20, U)], [(5, 20, U)]),
        ([(100, 103, U), (101, 106, H)], [(100, 106, H)]),
        ([(5, 9, U), (6, 12, H), (7, 14, "ip")], [(5, 14, "ip")]),
        ([(5, 9, U), (6, 10, H)], [(5, 10, U)]),
        ([(0, 2, "card"), (1, 6, S)], [(0, 6, S)]),
        ([(0, 6, "card"), (1, 3, S)], [(0, 6, "card")]),
    ],
)
def test_merged(spans: list[tuple[int, int, str]], expected: object) -> None:
    """The longest kind wins, what is only removed wins over all, and none is lost."""
    assert merged(spans) == expected


@pytest.mark.parametrize(
    ("spans", "tags", "expected"),
    [
        ([(0, 9, U)], [], [(0, 9, U)]),
        ([(0, 9, U)], [(3, 5)], [(0, 3, U), (5, 9, U)]),
        ([(3, 5, U)], [(3, 5)], []),
        ([(3, 5, U)], [(0, 9)], []),
        ([(3, 5, U)], [(0, 3), (5, 9)], [(3, 5, U)]),
        ([(2, 6, U)], [(0, 3), (5, 9)], [(3, 5, U)]),
        ([(0, 9, U)], [(0, 2), (4, 5), (7, 9)], [(2, 4, U), (5, 7, U)]),
        ([(0, 3, U), (6, 9, H)], [(2, 7)], [(0, 2, U), (7, 9, H)]),
        ([(4, 8, U)], [(0, 1), (2, 3), (5, 6), (20, 30)], [(4, 5, U), (6, 8, U)]),
        ([(10, 12, U)], [(0, 1), (2, 11)], [(11, 12, U)]),
    ],
)
def test_without_tags(
    spans: list[tuple[int, int, str]], tags: list[tuple[int, int]], expected: object
) -> None:
    """What is left of a span beside the tags keeps its kind."""
    assert without_tags(spans, tags) == expected


def test_by_line() -> None:
    """Spans of joined lines are those of each line, counted from its start."""
    units = [b"ab", b"", b"cdef", b"g"]
    spans = [(0, 2, U), (4, 8, H), (5, 6, U), (9, 10, S)]
    assert by_line(units, spans) == [
        [(0, 2, U)],
        [],
        [(0, 4, H), (1, 2, U)],
        [(0, 1, S)],
    ]
    assert by_line([b"ab"], []) == [[]]
    assert by_line([b"ab", b"c"], [(2, 2, U)]) == [[(2, 2, U)], []]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], []),
        ([0], [0]),
        ([1, 2], [0]),
        ([3], [1]),
        ([4], [2]),
        ([8], [2]),
        ([9], [3]),
        ([0, 1, 3, 5, 6, 9], [0, 1, 2, 3]),
        ([2, 8, 9, 10], [0, 2, 3]),
    ],
)
def test_lines_of(places: list[int], expected: list[int]) -> None:
    """Each line that holds a place, or ends there, is told once."""
    assert lines_of([b"ab", b"", b"cdef", b"g"], places) == expected
