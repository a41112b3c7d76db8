# SPDX-License-Identifier: Apache-2.0
"""Where names of a shape may stand again, and where they do in one of its lines.

Not here: which names a shape has (`test_shapes_made.py`).
"""

import random

import pytest

from agent.redaction.detectors import detectors
from agent.redaction.dictionary import Span
from agent.redaction.elsewhere import Again, places_again, stand_again
from agent.redaction.identities import Identities
from agent.redaction.spreading import spread
from agent.redaction.text import Scrubber

DIGITS = bytes.maketrans(b"123456789", b"000000000")


@pytest.mark.parametrize(
    ("line", "named", "again", "left"),
    [
        (b"ws7 ws8", [(0, 3, "host")], [Again("host", 3, [0], [4])], []),
        (b"ws7 WS8", [(0, 3, "host")], [Again("host", 3, [0], [4])], []),
        (b"ws7 ws8", [(0, 3, "host"), (4, 7, "host")], [], []),
        (
            b"ws7 ws8 ws9",
            [(0, 3, "host"), (4, 7, "host")],
            [Again("host", 3, [0, 4], [8])],
            [],
        ),
        (b"ws7 wr7", [(0, 3, "host")], [], []),
        (b"ws7 ws7", [(0, 3, "secret")], [], []),
        (b"ws7=3Dws8", [(0, 3, "host")], [Again("host", 3, [0], [6])], []),
        (b"w7 w7", [(0, 2, "host")], [], []),
        (b"123 123", [(0, 3, "host")], [], []),
        (b"7-7 7-7", [(0, 3, "host")], [], [(0, 3, "host")]),
        (b"7-7 8-x", [(0, 3, "host")], [], []),
    ],
)
def test_places_with_the_same_letters(
    line: bytes, named: list[Span], again: list[Again], left: list[Span]
) -> None:
    """Other digits count; names that may overlap are looked for in each line."""
    assert places_again(line.translate(DIGITS), named) == (again, left)


def test_a_line_tells_as_a_look_through_it_does() -> None:
    """Names are found again where they stand in the line, whatever its digits are."""
    drawn = random.Random(6)  # noqa: S311 - repeatable, not secret
    pieces = [b"ws7", b"WS1", b"node1", b"x7", b" ", b"-", b"\\t", b"#011", b"=3D"]
    found = 0
    for _ in range(2_000):
        line = b"".join(drawn.choice(pieces) for _ in range(8))
        line = bytes(drawn.choice(b"123") if 48 < byte < 58 else byte for byte in line)
        named: list[Span] = [
            (at, at + size, "host")
            for word, size in ((b"ws", 3), (b"node", 5))
            for at in [line.lower().find(word)]
            if at >= 0 and line[at + size - 1 : at + size].isdigit()
        ]
        again, left = places_again(line.translate(DIGITS), named)
        expected = spread(line, named)
        assert left == []
        assert sorted(stand_again(line, again)) == sorted(expected)
        found += len(expected)
    assert found > 100


@pytest.mark.slow
def test_a_long_line_of_many_names_is_within_budget() -> None:
    """Thousands of names in a line that comes again are scrubbed in a block's time."""
    using = [one for one in detectors() if one.name == "hosts_in_context"]
    scrubber = Scrubber(Identities(), bytes(32), using=using)
    line = "".join(f"host=ws{number} " for number in range(1_000, 6_000))
    for _ in range(3):
        scrubbed = scrubber.scrub(line)
        assert isinstance(scrubbed, str)
        assert "=ws" not in scrubbed
