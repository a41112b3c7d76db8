# SPDX-License-Identifier: Apache-2.0
"""Many words at once, with each library.

Not here: what a place means (`test_dictionary.py`, `test_text.py`).
"""

import pytest

from agent.redaction import bounds
from agent.redaction.automata import AUTOMATA, Build, build_automaton


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


@pytest.mark.parametrize("words", range(1, 8))
def test_words_in_parts_are_found_as_together(
    monkeypatch: pytest.MonkeyPatch, words: int
) -> None:
    """However many words one automaton takes: the same places, in the same order."""
    every = [b"an", b"ann", b"anna", b"na", b"nan", b"a", b"n"][:words]
    whole = build_automaton(every)
    text = b"annanan, nanna"
    expected = whole.find_matches_as_indexes(text, overlapping=True)
    assert len(expected) >= 3
    monkeypatch.setattr(bounds, "AUTOMATON_WORDS", 2)
    parted = build_automaton(every)
    found = parted.find_matches_as_indexes(text, overlapping=True)
    assert sorted(found) == sorted(expected)
    assert [end for _, _, end in found] == [end for _, _, end in expected]


@pytest.mark.parametrize("build", AUTOMATA.values(), ids=AUTOMATA)
def test_much_text_is_looked_through_as_little(
    monkeypatch: pytest.MonkeyPatch, build: Build
) -> None:
    """Whatever is made anew on the way: each text has its places, as the first had."""
    monkeypatch.setattr(bounds, "FAST_AUTOMATON_AFTER", 40)
    try:
        automaton = build([b"ann", b"anna", b"na"])
    except ImportError:
        pytest.skip("this system has no wheel of the library")
    found = [
        sorted(automaton.find_matches_as_indexes(b"annanan, nanna", overlapping=True))
        for _ in range(6)
    ]
    assert len(found[0]) >= 3
    assert found == [found[0]] * 6
