# SPDX-License-Identifier: Apache-2.0
"""Escapes that touch what follows them.

Rules: a table of what stands before, what was found, and how much of it is the escape.
Not here: the detectors that ask (`test_detectors.py`).
"""

import pytest

from agent.redaction.dictionary import Dictionary
from agent.redaction.escapes import blank_end, ends_in_escape, escape_end


@pytest.mark.parametrize(
    ("before", "match", "end"),
    [
        (b"", b"198.51.100.7", None),
        (b"from ", b"198.51.100.7", None),
        (b"from ", b"%20198.51.100.7", None),
        (b"", b"%20198.51.100.7", None),
        (rb"\t", b"198.51.100.7", 0),
        (b"%3D", b"198.51.100.7", 0),
        (b"%2", b"0198.51.100.7", 1),
        (b"%", b"20198.51.100.7", 2),
        (b"#0", b"11198.51.100.7", 2),
        (rb"\u003", b"c2001:db8::4", 1),
        (rb"\u201c", b"198.51.100.7", 0),
        (rb"\u20", b"1c198.51.100.7", 2),
        (rb"\u20", b"1", None),
        (rb"\x2", b"0198.51.100.7", 1),
        (b"=3D", b"198.51.100.7", 0),
        (b"=", b"3D01::4", None),
        (b"\\", b"fe80::4", None),
        (b"%20 ", b"198.51.100.7", None),
    ],
)
def test_escape_end(before: bytes, match: bytes, end: int | None) -> None:
    """An escape is told from digits that only look like its end."""
    assert escape_end(before, match) == end


@pytest.mark.parametrize(
    ("before", "match", "end"),
    [
        ("\\", b"tamelie", 1),
        ("\\", b"namelie", 1),
        ("\\", b"r", 1),
        ("x \\", b"tamelie", 1),
        ('"\\\\', b"tamelie", 1),
        ("\\" * 8, b"tamelie", 1),
        ("\\", b"amelie", 0),
        ("\\", b"", 0),
        ("", b"tamelie", 0),
        ("x", b"tamelie", 0),
        ("CORP\\", b"tim", 0),
        ("7\\", b"tim", 0),
        ("C:\\", b"temp", 0),
        ("a/\\", b"temp", 0),
        (".\\", b"tim", 0),
        ("\\ ", b"tim", 0),
    ],
)
def test_blank_end(before: str, match: bytes, end: int) -> None:
    """A letter behind backslashes is a blank's, but not in a domain or a directory."""
    assert blank_end(before.encode(), match) == end


ESCAPES = (rb"\t", rb"\n", rb"\r", rb"\b", rb"\f", b"%40", rb"\u003c", rb"\u201C")
ESCAPES += (rb"\x1b", rb"\x3D", b"#011", b"#012", b"=3D")
"""Of JSON, URLs, C, rsyslog and mail; all end in what may begin a word."""


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("head", [b"", b"a", b"\\", b"7", b"%", b"#0"])
def test_names_and_detectors_know_the_same_escapes(head: bytes, escape: bytes) -> None:
    """Behind each escape there is a new word, for a known name and for an address."""
    before = head + escape
    assert ends_in_escape(before + b"amelie", len(before))
    assert escape_end(before, b"198.51.100.7") == 0
    text = before + b"amelie"
    assert Dictionary([("user", "amelie")]).find(text, text.lower()) == [
        (len(before), len(text), "user")
    ]


@pytest.mark.parametrize(
    "before", [b"t", b"%4", b"40", rb"\u003", rb"\x4", b"#02", b"=3"]
)
def test_no_part_of_an_escape_is_one(before: bytes) -> None:
    """Letters and digits that only look like an escape's end begin no word."""
    text = before + b"amelie"
    assert not ends_in_escape(text, len(before))
    assert not Dictionary([("user", "amelie")]).find(text, text)
