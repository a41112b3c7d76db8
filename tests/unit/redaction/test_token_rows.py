# SPDX-License-Identifier: Apache-2.0
"""What is looked at before a row's own pattern: letters, lengths and runs."""

import re

import pytest

from agent.redaction import token_rows
from agent.redaction.detectors import token_prefixes
from agent.redaction.token_rows import (
    DASHES,
    KEY,
    LETTERS,
    ROWS,
    Row,
    Runs,
    Width,
    groups,
    heads,
    width,
)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (rb"[a-f0-9]{32}", Width(32, 32, plain=True, dashed=False)),
        (rb"[\w-]{20,50}", Width(20, 50, plain=True, dashed=True)),
        (
            rb"(?=[a-z]*[0-9])[a-z0-9]{40}",
            Width(40, 40, plain=True, dashed=False),
        ),
        (rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}", Width(23, 23, plain=True, dashed=True)),
        (rb"(?:dev-|prod-)?[\w]{8}", Width(8, 13, plain=True, dashed=True)),
        (rb"[a-f0-9]{40}|[a-f0-9]{72}", Width(40, 72, plain=True, dashed=False)),
        (rb"[A-Z]{4}\.[a-z]{2,3}", Width(7, 8, plain=False, dashed=False)),
        (rb"[\w+/]{9}={1,2}", Width(10, 11, plain=False, dashed=False)),
        (rb"ab?c", Width(2, 3, plain=True, dashed=False)),
    ],
)
def test_width_is_that_of_the_shape(shape: bytes, expected: Width) -> None:
    """Sets, letters, groups, alternatives and repeats are added up."""
    assert width(shape) == expected


def test_a_run_without_an_end_has_no_most() -> None:
    """What repeats without an end is at least as long as any text."""
    assert width(rb"[a-z]+x").least == 2
    assert width(rb"(?:[a-z]*)x").most >= 1 << 30


def test_runs_end_where_their_letters_do() -> None:
    """The end is the same from each place of a run, also asked out of order."""
    text = b"ab_c-d e"
    dashes, letters = Runs(DASHES, text), Runs(LETTERS, text)
    assert [dashes.end(at) for at in (0, 3, 5, 6, 1, 7)] == [6, 6, 6, 6, 6, 8]
    assert [letters.end(at) for at in (0, 3, 4, 5, 6, 8)] == [4, 4, 4, 6, 6, 8]


def test_what_begins_otherwise_is_in_no_group() -> None:
    """Neither another prefix nor a letter that no token has behind it is asked."""
    asked = {check.row.prefix for group in groups(b"key_k") for check in group.checks}
    assert b"key_" not in asked
    assert groups(b"") == groups(b"-----") == ()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.prefix.decode())
def test_each_row_is_asked_behind_its_prefix(row: Row) -> None:
    """A text that goes on with any letter of the row's shape has it in a group."""
    for letter in (bytes((byte,)) for byte in range(0x21, 0x7F)):
        body = re.compile(token_rows.without_looks(row.rest))
        if not _may_go_on(body, letter):
            continue
        key = (row.prefix + letter * KEY)[:KEY]
        assert row in [check.row for group in groups(key) for check in group.checks]


def _may_go_on(body: re.Pattern[bytes], letter: bytes) -> bool:
    """Tell whether a text with this letter first matches: tried with many others."""
    others = (b"a", b"0", b"A", b"a1B2c3D4", b"0123456789abcdef", b"A1.a1/")
    return any(body.match(letter + other * 300) for other in others)


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        (b"hf_", b"aB3dE5gH7" * 4),
        (b"gsk_", b"aB3dE5gH7" * 6),
        (b"xai-", b"aB3dE5gH-" * 9),
        (b"r8_", b"aB3dE5g_-" * 4 + b"x"),
    ],
)
def test_a_token_behind_its_prefix_over_and_over_is_found(
    prefix: bytes, body: bytes
) -> None:
    """A run of prefixes hides no token behind it, and one letter less is none."""
    text = prefix * 500 + b" " + prefix + body
    found = token_prefixes.verify(text, b"", b"")
    assert found[-1:] == ((len(prefix) * 500 + 1, len(text), "secret"),)
    assert (
        token_prefixes.verify(prefix * 500 + b" " + prefix + body[:20], b"", b"") == ()
    )


def test_prefixes_over_and_over_ask_few_rows() -> None:
    """A long run of one prefix asks a row's own pattern near its end only."""
    text = b"sk-" * 1_000
    dashes, letters = Runs(DASHES, text), Runs(LETTERS, text)
    asked = [
        at
        for at in range(0, len(text), 3)
        if token_prefixes._possible(groups(text[at : at + KEY]), at, dashes, letters)
    ]
    assert min(asked, default=len(text)) > len(text) - 256


@pytest.mark.parametrize(
    ("before", "behind", "found"),
    [
        (0, 99, True),
        (0, 98, False),
        (99, 0, True),
        (100, 0, True),
        (1_998, 0, True),
        (1_999, 0, False),
    ],
)
def test_a_digit_anywhere_in_a_long_token_tells_it(
    before: int,
    behind: int,
    found: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Up to the longest token; without any digit it is a long word and stays."""
    letters = b"hRtKwQzLmBxVnEpUy" * 200
    text = b"CAIS" + letters[:before] + b"7" + letters[:behind]
    expected = ((0, len(text), "secret"),) if found else ()
    assert token_prefixes.verify(text, b"", b"") == expected
    assert token_prefixes.verify(text.replace(b"7", b"k"), b"", b"") == ()


_TEXTS = (
    b"ghp_a-ghp_b.sk-sk-xoxb",
    b"xghp_a 9ghp_b _ghp_c \xe9ghp_d\nghp_e",
    b"AKIAAKIA.AKIA",
    b"1/2 11/2 b_b_ s.s.u+",
    b"hooks.slack.com/services/ https:\\/\\/hooks.slack.com",
    b"nothing of this kind",
    b"",
)


@pytest.mark.parametrize("text", _TEXTS)
def test_heads_are_where_a_word_begins_like_a_token(text: bytes) -> None:
    """At its start or after a sign, whole before the last letter, overlapping too."""
    begun = tuple(row.prefix.partition(b"/")[0] for row in ROWS)
    for last in range(len(text) + 1):
        assert heads(text, last) == [
            at
            for at in range(last)
            if text.startswith(begun, at, last) and not text[:at][-1:].isalnum()
        ]
