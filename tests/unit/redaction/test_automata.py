# SPDX-License-Identifier: Apache-2.0
"""Many words at once, with each library.

Not here: what a place means (`test_dictionary.py`, `test_text.py`).
"""

import pytest

from agent.redaction.automata import AUTOMATA, Build


@pytest.mark.parametrize("build", AUTOMATA.values(), ids=AUTOMATA)
@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ([b"ann", b"anna"], b"xannay", {(0, 1, 4), (1, 1, 5)}),
        ([b"aa"], b"aaa", {(0, 0, 2), (0, 1, 3)}),
        (
            [b"m\xc3\xbcller", b"\xff\x00"],
            b"m\xc3\xbcller\xff\x00",
            {(0, 0, 7), (1, 7, 9)},
        ),
        ([b"x"], b"", set()),
    ],
)
def test_every_occurrence_is_found(
    build: Build, words: list[bytes], text: bytes, expected: set[tuple[int, int, int]]
) -> None:
    """Each library finds all places, overlapping ones and any byte."""
    try:
        automaton = build(words)
    except ImportError:
        pytest.skip("this system has no wheel of the library")
    assert set(automaton.find_matches_as_indexes(text, overlapping=True)) == expected
