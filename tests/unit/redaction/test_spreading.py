# SPDX-License-Identifier: Apache-2.0
"""A name that a line once gave away is found again in that line.

Rules: places are counted in the line by this test.
Not here: what says that a name is one (the detectors).
"""

import pytest

from agent.redaction.dictionary import Span
from agent.redaction.spreading import has_digit, spread


@pytest.mark.parametrize(
    ("unit", "named", "expected"),
    [
        (b"user wren: wren left", [(5, 9, "user")], [(11, 15, "user")]),
        (b"WREN as user wren", [(13, 17, "user")], [(0, 4, "user")]),
        (b"user wren\nwren left", [(5, 9, "user")], [(10, 14, "user")]),
        (b"user eve, eve", [(5, 8, "user")], [(10, 13, "user")]),
        (b"user jo, jo", [(5, 7, "user")], []),
        (b"user wren: wrench wrens", [(5, 9, "user")], []),
        (b"user root: root", [(5, 9, "user")], []),
        (b"user 4711: 4711", [(5, 9, "user")], []),
        (b"code wren: wren", [(5, 9, "secret")], []),
        (b"host wren1: wren1x wren1", [(5, 10, "host")], [(19, 24, "host")]),
        (b"user wren", [(5, 9, "user")], []),
        (
            b"root, 4711, wren: wren",
            [(0, 4, "user"), (12, 16, "host")],
            [(18, 22, "host")],
        ),
        (b"4711 wren wren", [(0, 4, "user"), (5, 9, "user")], [(10, 14, "user")]),
        (b"jo wren wren", [(0, 2, "user"), (3, 7, "host")], [(8, 12, "host")]),
        (
            b"wren wren wren",
            [(0, 4, "host"), (5, 9, "user")],
            [(5, 9, "host"), (10, 14, "host"), (0, 4, "user"), (10, 14, "user")],
        ),
        (
            b"wren wren",
            [(0, 4, "user"), (5, 9, "host")],
            [(5, 9, "user"), (0, 4, "host")],
        ),
        (b"", [], []),
    ],
)
def test_other_places_of_a_name(
    unit: bytes, named: list[Span], expected: list[Span]
) -> None:
    """Whole words in any case and of each kind; ordinary and short words stay."""
    assert spread(unit, named) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 4, "user"), False),
        ((5, 10, "host"), True),
        ((5, 9, "host"), False),
        ((0, 10, "user"), True),
    ],
)
def test_digits_of_a_name_are_seen(span: Span, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Those in the span count, those beside it do not."""
    assert has_digit(b"wren kite7 8", span) is expected
