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
from agent.redaction.views import outside, views

LINE = 'Failed: user="tsmith" from C:\\Temp'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("plain and C:\\Users\\x", []),
        (json.dumps(LINE), [f'"{LINE}"']),
        (json.dumps(json.dumps(LINE)), [f'"{json.dumps(LINE)}"', f'""{LINE}""']),
        (quote('user="x y"'), ['user="x y"']),
        (escape("a & b <c>"), ["a & b <c>"]),
        (r"M\u00fcller", ["Müller"]),
        (r"tab\there \"x\"", ['tab\there "x"']),
    ],
)
def test_views(line: str, expected: list[str]) -> None:
    """Each level of escapes that a line has is taken out, one after another."""
    assert [steps[0].text.decode() for steps in views(line.encode())] == expected


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
