# SPDX-License-Identifier: Apache-2.0
"""Names in quotes, brackets and escapes, and what of them is the name.

Rules: whatever stands around a name, its tag is the one that it has alone.
Not here: values that a detector finds in the first place (`test_detectors.py`).
"""

import re

import pytest

from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.redaction.wrapping import unwrapped, without_signs

SCRUBBER = Scrubber(Identities(), bytes(range(32)))
WRAPS = (
    *('"{}"', "'{}'", r"\"{}\"", r"\\\"{}\\\"", "[{}]", "({})", "<{}>"),
    *("&lt;{}&gt;", "&quot;{}&quot;", "%22{}%22", r"\t{}\n", r"{}\r\n"),
    *("{}.", "{},", "{};", "{}!", "{}\u2026", "\u201c{}\u201d", "\u00ab{}\u00bb"),
)
NAMES = (
    ("user={}", "x7.wren"),
    ("host={}", "ws-wren"),
    ("mail {} came", "x7.wren@example.net"),
    ("at {} now", "ws-7.wren.example.net"),
)


@pytest.mark.parametrize(("frame", "name"), NAMES)
@pytest.mark.parametrize("wrap", WRAPS)
def test_what_is_around_a_name_is_no_part_of_it(
    frame: str, name: str, wrap: str
) -> None:
    """A name has one tag, whatever it is wrapped in, and all of that stays."""
    head, tail = frame.split("{}")
    tag = str(SCRUBBER.scrub(frame.format(name))).removeprefix(head).removesuffix(tail)
    assert re.fullmatch(r"<[a-z]+_\w{8}>(?:[@+]<domain_\w{8}>)?", tag)
    text = frame.format(wrap.format(name))
    assert SCRUBBER.scrub(text) == frame.format(wrap.format(tag))


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ("amelie", "amelie"),
        ("ren\u00e9", "ren\u00e9"),
        ("\u300c\u6797\u300d", "\u6797"),
        (r"\u003camelie\u003e", "amelie"),
        ("&#39;amelie&#39", "amelie"),
        ("&lt", ""),
        ('""', ""),
        ("x" * 255 + '"', "x" * 255),
        ("x" * 256 + '"', "x" * 256 + '"'),
    ],
)
def test_inside(value: str, inside: str) -> None:
    """Quotes and escapes go from both ends; letters of every script stay."""
    octets = value.encode()
    start, end = unwrapped(octets)
    assert octets[start:end].decode() == inside


def test_signs_alone() -> None:
    """ASCII stays where only signs outside it are looked at."""
    octets = '\u201c"amelie"\u201d'.encode()
    start, end = without_signs(octets)
    assert octets[start:end] == b'"amelie"'
