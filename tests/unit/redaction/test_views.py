# SPDX-License-Identifier: Apache-2.0
"""Views of escaped lines, and where what is in them stands in the line.

Not here: what is found in them (`test_text.py`).
"""

import json
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.redaction import bounds
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.redaction.views import may_be_escaped, outside, views

KEY = bytes(range(32))
LINE = 'Failed: user="tsmith" from C:\\Temp'


def _widened(text: str) -> str:
    return "".join(
        chr(ord(letter) + 0xFEE0) if letter > " " else letter for letter in text
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain and C:\\Users\\x", []),
        (json.dumps(LINE), [f'"{LINE}"']),
        (json.dumps(json.dumps(LINE)), [f'"{json.dumps(LINE)}"', f'""{LINE}""']),
        (quote('user="x y"'), ['user="x y"']),
        (escape("a & b <c>"), ["a & b <c>"]),
        (r"M\u00fcller", ["Müller"]),
        (r"M\xfcller \x41", [r"M\xfcller A"]),
        ("M&#252;ller &#x41;", ["Müller A"]),
        ("&lt;&gt;&quot;&apos;&amp;", ["<>\"'&"]),
        ("%41%0a%0D%20", ["A   "]),
        (r"a\u000ab\x0d &#10;&#xA;.", ["a b    ."]),
        ("a&#9;b&#x9;&#x200b;.", ["a\tb\t."]),
        (r"a\nb\rc\td \"", ['a\tb\tc\td "']),
        (r"C:\\Temp\/x \'\"", ["C:\\Temp/x '\""]),
        (r"\u001b[1;31mred\x1B[0m \"", ['red "']),
        (r"\u200bno \u00adwidth", ["no width"]),
        ("100%ZZ &unknown; \\q", []),
        (r"tab\there \"x\"", ['tab\there "x"']),
        ("\uff01\uff1f\uff20\uff5e \uff5f", ["!?@~ \uff5f"]),
    ],
)
def test_views(line: str, expected: list[str]) -> None:
    """Each level of escapes that a line has is taken out, one after another."""
    assert [steps[0].text.decode() for steps in views(line.encode())] == expected


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (rb"a \"b\"", True),
        (b"&lt;a&gt;", True),
        (b"&#00;", True),
        (b"a%00b", True),
        (rb"\u0000", True),
        (b"plain 00:00 100%", False),
        (rb"C:\Users\new", False),
        (b"a & b; c", False),
    ],
)
def test_shapes_tell_of_views(shape: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A shape, in which each digit is a nought, tells whether its lines have views."""
    assert may_be_escaped(shape) is expected


def test_levels_are_bounded() -> None:
    """However often a line was escaped, few views are made of it."""
    line = LINE
    for _ in range(bounds.VIEWS + 3):
        line = json.dumps(line)
    assert len(list(views(line.encode()))) == bounds.VIEWS


@given(st.text(st.sampled_from('ab"\\/é&<>%\t'), max_size=12), st.integers(1, 3))
def test_places(text: str, levels: int) -> None:
    """A word of the innermost view is found at its place in the line."""
    line = text + ' "amelie" ' + text
    for _ in range(levels):
        line = json.dumps(line)
    octets = line.encode()
    for steps in views(octets):
        at = steps[0].text.index(b"amelie")
        start, end, _ = outside((at, at + 6, "user"), steps)
        assert octets[start:end] == b"amelie"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("user=tsmith failed", "tsmith"),
        ("from 192.0.2.7 port", "192.0.2.7"),
        ("from 2001:db8::7 port", "2001:db8::7"),
        ("mail tsmith@example.net!", "tsmith@example.net"),
        ("ether 02:00:5e:10:0a:b1 on", "02:00:5e:10:0a:b1"),
    ],
)
def test_full_width_hides_nothing(text: str, gone: str) -> None:
    """What is written in full width has the tag of the same in ASCII."""
    scrubber = Scrubber(Identities(), KEY)
    expected = _widened(text).replace(_widened(gone), "*")
    tag = str(scrubber.scrub(text)).removeprefix(text.partition(gone)[0])
    tag = tag.removesuffix(text.partition(gone)[2])
    assert tag != gone
    assert scrubber.scrub(_widened(text)) == expected.replace("*", tag)
    mixed = text.replace(gone, gone[:3] + _widened(gone[3:]))
    assert scrubber.scrub(mixed) == text.replace(gone, tag)


@pytest.mark.parametrize(
    "text", ["\u7248\u672c\uff1a12.5\uff08x\uff09", "\uff56\uff5e\uff01\uff00\uff5f"]
)
def test_full_width_signs_stay(text: str) -> None:
    """Signs of East Asian scripts change nothing."""
    assert Scrubber(Identities(), KEY).scrub(text) == text


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("amelie &lt;", "amelie"),
        ("&lt;amelie&gt;", "amelie"),
        ("&lt;&lt; at amelie", "amelie"),
        (r"\"\u00fc amelie\"", "amelie"),
        (r"a\u0062c amelie", r"a\u0062c"),
        ("%61melie %41", "%61melie"),
        ("ameli%65", "ameli%65"),
        ("am%65l&#105;e", "am%65l&#105;e"),
    ],
)
def test_a_word_of_a_view_has_its_place(line: str, word: str) -> None:
    """From its first byte in the line to its last, with escapes before and inside."""
    octets = line.encode()
    steps = list(views(octets))[-1]
    inner = steps[0].text
    letters = b"abc" if b"abc" in inner else b"amelie"
    at = inner.index(letters)
    start = octets.index(word.encode())
    place = (start, start + len(word), "user")
    assert outside((at, at + len(letters), "user"), steps) == place


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(LINE),
        json.dumps(json.dumps({"log": LINE})),
        escape(f"<m>{LINE}</m>", {'"': "&quot;"}),
        quote(LINE),
    ],
)
def test_names_in_escaped_lines_go(line: str) -> None:
    """A name that its line gives away is found however the line was escaped."""
    assert "tsmith" not in str(Scrubber(Identities(), None).scrub(line))
