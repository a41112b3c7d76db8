# SPDX-License-Identifier: Apache-2.0
"""Many words are found in one pass where a look for each finds them.

Not here: what is done with the places (`test_spreading.py`,
`test_elsewhere_in_line.py`).
"""

import random
from itertools import pairwise

import pytest

from agent.redaction import bounds
from agent.redaction.dictionary import Span, is_word
from agent.redaction.escapes import escape_ends
from agent.redaction.spreading import spread
from agent.redaction.word_places import places_of, stands_apart

PIECES = (
    *(b"wren", b"kite-7", b"ws7", b"db.lan", b"x", b"7", b" ", b"-", b".", b",", b"="),
    *(
        b"\\t",
        b"\\",
        b"%20",
        b"%2",
        b"\\u003",
        b"c",
        b"=3D",
        b"#011",
        b"\xc3\xbc",
        b"\n",
    ),
)
WORDS = (
    b"wren",
    b"kite-7",
    b"ws7",
    b"db.lan",
    b"7wr",
    b"3dws7",
    b"twren",
    b"\xc3\xbcx",
)


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        (b"wren", True),
        (b"kite-7", True),
        (b"\xc3\xbcx", True),
        (b"eve", False),
        (b"a-a", False),
        (b"_wren", False),
        (b"-7", False),
    ],
)
def test_a_word_stands_apart_whose_first_letter_does_not_come_again(
    word: bytes, *, apart: bool
) -> None:
    """Places of such a word cannot overlap; one that begins with a sign is none."""
    assert stands_apart(word) is apart


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (b"wren, kite-7 wren", {b"wren": [0, 13], b"kite-7": [6]}),
        (b"wrens kite-8 swren", {b"wren": [], b"kite-7": []}),
        (b"a\\twren %20kite-7", {b"wren": [3], b"kite-7": [11]}),
        (b"%20wren", {b"wren": [3], b"kite-7": []}),
        (b"kite-71", {b"wren": [], b"kite-7": [0]}),
        (b"", {b"wren": [], b"kite-7": []}),
    ],
)
def test_words_are_found_where_runs_begin(
    text: bytes, places: dict[bytes, list[int]]
) -> None:
    """A run of letters begins a word, and so does the end of an escape within one."""
    assert places_of([b"wren", b"kite-7"], text, escape_ends(text)) == places


def test_all_whole_words_are_found() -> None:
    """In texts of many kinds no whole word is left out."""
    drawn = random.Random(4)  # noqa: S311 - repeatable, not secret
    for _ in range(2_000):
        text = b"".join(drawn.choices(PIECES, k=12))
        found = places_of(WORDS, text, escape_ends(text))
        for word in WORDS:
            ends = [(at, at + len(word)) for at in range(len(text) - len(word) + 1)]
            whole = [
                at
                for at, end in ends
                if text[at:end] == word and is_word(text, at, end)
            ]
            assert set(whole) <= set(found[word])
            assert all(text.startswith(word, at) for at in found[word])


def test_many_names_spread_as_each_does() -> None:
    """Looking for many names at once finds what looking for each finds."""
    drawn = random.Random(5)  # noqa: S311 - repeatable, not secret
    names = [b"kite%d" % number for number in range(2 * bounds.SPREAD_MANY)]
    for _ in range(50):
        spoken = drawn.sample(names, k=bounds.SPREAD_MANY + 2)
        text = b" ".join(b"%b, \\t%b" % pair for pair in pairwise(spoken))
        named: list[Span] = []
        for name in spoken[:-1]:
            at = text.index(name)
            named.append((at, at + len(name), "host"))
        alone = [span for one in named for span in spread(text, [one])]
        assert sorted(spread(text, named)) == sorted(
            span for span in alone if span not in named
        )
