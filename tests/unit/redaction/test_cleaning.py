# SPDX-License-Identifier: Apache-2.0
r"""What is not seen goes from a text, and which texts need no cleaning.

Rules: escapes are written as \x and \u, so that a reader sees what is not seen.
Not here: names between such letters (`test_spellings.py`).
"""

import pytest

from agent.redaction import bounds
from agent.redaction.cleaning import are_plain, clean, clean_lines

KEY_LINE = b"-----BEGIN " + b"PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("two\r\nlines\tand a tab", "two\r\nlines\tand a tab"),
        ("größe 日本語", "größe 日本語"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07shell", "shell"),
        ("\x1b]0;title\x1b\\shell", "shell"),
        ("\x1bMback", "back"),
        ("bell\x07 null\x00 delete\x7f", "bell null delete"),
        ("next\x85line", "next\x85line"),
        ("filled\u115f \ufe0f", "filled "),
        ("soft\u00adhyphen", "softhyphen"),
        ("left\u200eright\u202e", "leftright"),
        ("\ufeffmark", "mark"),
        ("\U000e0041tag", "tag"),
        ("lone \udc80", "lone ?"),
    ],
)
def test_what_is_not_seen_goes(text: str, expected: str) -> None:
    """Colours, controls, marks without width and lone surrogates; nothing else."""
    assert clean(text) == expected.encode("utf-8")
    assert clean(expected) == expected.encode("utf-8")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["one", "two"], [b"one", b"two"]),
        (["", ""], [b"", b""]),
        (["a\tb ~"], [b"a\tb ~"]),
        (["a\rb"], [b"a\rb"]),
        (["x", "x" * 65_536], [b"x", b"x" * 65_536]),
        (["one", "two\nthree"], None),
        (["grün"], None),
        (["bell\x07"], None),
        (["delete\x7f"], None),
        (["one", KEY_LINE.decode()], None),
        (["x" * 65_536], [b"x" * 65_536]),
        (["x" * 65_537], None),
        (["x" * 40_000, "y" * 40_000], [b"x" * 40_000, b"y" * 40_000]),
        (["short", "x" * 65_537], None),
    ],
)
def test_plain_lines_are_taken_as_they_are(
    texts: list[str], expected: list[bytes] | None
) -> None:
    """Lines of ASCII within the bounds; one that is not sends all the long way."""
    assert clean_lines(texts) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], True),
        ([b"", b"a\tb ~"], True),
        ([b"gr\xc3\xbcn"], False),
        ([b"a\rb"], False),
        ([b"delete\x7f"], False),
        ([b"one", KEY_LINE], False),
        ([b"x" * 65_536], True),
        ([b"short", b"x" * 65_537], False),
    ],
)
def test_plain_bytes_are_known(lines: list[bytes], expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Short lines of ASCII alone need no cleaning, and hold no line end."""
    assert are_plain(lines) is expected


def test_together_lines_are_a_block_at_most() -> None:
    """So many bytes are scanned together, and one more are not."""
    line = "x" * 32_767
    texts = [line] * (bounds.BLOCK_BYTES // 32_768 - 1)
    assert clean_lines([*texts, line + "y"]) is not None
    assert clean_lines([*texts, line + "yy"]) is None
    octets = [text.encode() for text in texts]
    assert are_plain([*octets, b"x" * (bounds.BLOCK_BYTES - 32_767 * len(octets))])
    assert not are_plain([*octets, b"x" * 65_536])
