# SPDX-License-Identifier: Apache-2.0
"""Which parts of a text are examples of tokens, whatever order they are asked in."""

import pytest

from agent.redaction.token_examples import Examples

REAL = b"q7Rk2Lw9Zt4Vn8Xc3Bm6"
WORDS = (
    b"example",
    b"xxxxxx",
    b"your",
    b"redacted",
    b"placeholder",
    b"000000000000",
    b"1234567890ab",
)
FAR = b"q7Rk2Lw9Zt" * 9
"""Longer than what is searched at once."""


@pytest.mark.parametrize("word", [*WORDS, *(word.upper() for word in WORDS)])
@pytest.mark.parametrize("lead", [b"", FAR], ids=["short", "long"])
def test_a_word_of_examples_tells_it(word: bytes, lead: bytes) -> None:
    """A part that holds such a word is an example, one that holds a part of it not."""
    text = lead + REAL + word + REAL
    end = len(lead) + len(REAL) + len(word)
    examples = Examples(text)
    assert examples.holds(0, len(text))
    assert examples.holds(0, end)
    assert not examples.holds(0, end - 1)
    begin = end - len(word)
    assert examples.holds(begin, len(text))
    if word.lower() not in (b"xxxxxx", b"000000000000"):
        assert not examples.holds(begin + 1, len(text))


def test_a_word_behind_the_part_does_not_count() -> None:
    """Of two words, only those within the part make an example of it."""
    text = FAR + b"EXAMPLE" + FAR + b"your" + FAR
    examples = Examples(text)
    first = len(FAR)
    second = 2 * len(FAR) + len(b"EXAMPLE")
    assert examples.holds(0, second)
    assert not examples.holds(first + 1, second + 3)
    assert examples.holds(first + 1, second + 4)
    assert not examples.holds(second + 1, len(text))


@pytest.mark.parametrize(
    ("part", "plain"),
    [
        (b"aaaaaaaaaaaa", True),
        (b"abcdabcdabcd", True),
        (b"abcdeabcde", False),
        (b"a" * 64 + b"bcd", True),
        (b"a" * 64 + b"bcde", False),
        (b"", True),
    ],
)
def test_few_letters_are_a_filled_in_form(part: bytes, plain: object) -> None:
    """Four different letters are an example, five may be a token."""
    text = REAL + part + REAL
    assert Examples(text).holds(len(REAL), len(REAL) + len(part)) is plain
    assert Examples(part).all is plain


def test_parts_are_judged_alone_in_any_order() -> None:
    """What was asked before changes no answer, forwards, back and overlapping."""
    text = b"".join(
        letter * 70 for letter in (b"a", b"b", b"c", b"d", b"e", b"a", b"b")
    )
    places = range(0, len(text) + 1, 35)
    spans = [(at, end) for at in places for end in places if at <= end]
    variety = {span: len(set(text[slice(*span)])) for span in spans}
    for order in (spans, spans[::-1], sorted(spans, key=lambda span: span[::-1])):
        asked = Examples(text)
        held = {span: asked.holds(*span) for span in order}
        assert held == {span: variety[span] < 5 for span in spans}


def test_what_is_shown_has_no_letter_of_the_text() -> None:
    """A message that shows it gives no token away."""
    assert repr(Examples(REAL)) == "<Examples>"
