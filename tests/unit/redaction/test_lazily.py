# SPDX-License-Identifier: Apache-2.0
"""Patterns that are compiled when they are first asked.

Rules: each method beside that of `re` itself.
Not here: the detectors that use them.
"""

import re

import pytest

from agent.redaction.lazily import LazyPattern

SOURCE, TEXT = rb"([ab])1", b"xb1 A1"


def test_nothing_is_compiled_before_it_is_asked() -> None:
    """A pattern that nobody asks is never compiled, not even a wrong one."""
    pattern = LazyPattern(rb"(")
    with pytest.raises(re.error):
        pattern.match(b"x")


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
def test_it_answers_as_re_does(flags: int) -> None:
    """Each method gives what the compiled pattern gives."""
    lazy, ready = LazyPattern(SOURCE, flags), re.compile(SOURCE, flags)
    for asked in ("match", "search", "fullmatch"):
        one, two = getattr(lazy, asked)(TEXT, 1), getattr(ready, asked)(TEXT, 1)
        assert (one and one.span()) == (two and two.span())
    spans = [found.span() for found in ready.finditer(TEXT)]
    assert [found.span() for found in lazy.finditer(TEXT)] == spans
    assert lazy.findall(TEXT) == ready.findall(TEXT)
    assert lazy.split(TEXT) == ready.split(TEXT)
    assert lazy.sub(b"-", TEXT) == ready.sub(b"-", TEXT)
    assert lazy.subn(b"-", TEXT) == ready.subn(b"-", TEXT)


def test_what_writes_a_pattern_is_asked_late_too() -> None:
    """A pattern may be put together, and be of text, when it is first asked."""
    asked: list[None] = []

    def source() -> str:
        asked.append(None)
        return "[ab]1"

    pattern = LazyPattern(source)
    assert not asked
    assert pattern.findall("xb1 a1") == ["b1", "a1"]
    assert pattern.sub("-", "b1") == "-"
    assert len(asked) == 1


def test_it_is_compiled_once() -> None:
    """Once asked, a pattern is what `re` made of it."""
    pattern = LazyPattern(SOURCE)
    pattern.search(TEXT)
    assert pattern.match == re.compile(SOURCE).match


def test_it_has_no_more_than_it_says() -> None:
    """What is no method of a pattern's is none of this one, either."""
    assert not hasattr(LazyPattern(rb"("), "scanner")
