# SPDX-License-Identifier: Apache-2.0
"""Patterns over bytes, and patterns made to take any digit.

Not here: the detectors' own patterns (`test_detectors.py`).
"""

import sys

import pytest

from agent.redaction import bounds
from agent.redaction.scanning import (
    ENGINES,
    Later,
    Pattern,
    compile_pattern,
    with_any_digit,
)

PATTERNS = [
    (rb"[0-9]+", b"a1b22", [(1, 2), (3, 5)]),
    (rb"(?m)^a|b$", b"ab\nab", [(0, 1), (1, 2), (3, 4), (4, 5)]),
    (rb"x*", b"ax", [(0, 0), (1, 2), (2, 2)]),
    (rb"\xc3", b"\xc3\xa9", [(0, 1)]),
    (rb"[\x80-\xff]+", b"a\xc3\xa9\xffb", [(1, 4)]),
    (rb"(?i:k[a-c])", b"Kakbkd", [(0, 2), (2, 4)]),
    (rb"a|ab", b"abab", [(0, 1), (2, 3)]),
    (rb"a.*?b", b"aabb a\nb", [(0, 3)]),
    (rb"b\z", b"b\nb", [(2, 3)]),
    (rb"b\z", b"b\n", []),
    (rb"\bb\w", b"b ab bc", [(5, 7)]),
    (rb"\x00", b"a\x00b", [(1, 2)]),
    (rb"(?i:[a-c]*k)", b"aBcK kk", [(0, 4), (5, 6), (6, 7)]),
    (rb"z", b"", []),
]


class _OverError(Exception):
    """Time is over."""


def _ignored() -> None:
    """Take a tick for nothing."""


def _over() -> None:
    raise _OverError


def _compiled(engine: str, pattern: bytes) -> Pattern:
    """Return a pattern of an engine, where this system has it."""
    try:
        return ENGINES[engine](pattern)
    except ImportError:
        pytest.skip("this system has no wheel of the library")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("pattern", "block", "expected"), PATTERNS)
def test_places(
    engine: str, pattern: bytes, block: bytes, expected: list[tuple[int, int]]
) -> None:
    """Each engine tells the same matches from left to right, empty ones too."""
    assert _compiled(engine, pattern).places(block, _ignored) == expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("pattern", [rb"a", rb"(?i:[b-d]*a)"])
def test_looking_ends_when_time_is_over(engine: str, pattern: bytes) -> None:
    """With many matches the clock is asked, and what it raises comes through."""
    found = _compiled(engine, pattern)
    with pytest.raises(_OverError):
        found.places(b"a" * bounds.CHECK_EVERY, _over)


@pytest.mark.parametrize("engine", ENGINES)
def test_few_matches_do_not_ask_the_clock(engine: str) -> None:
    """To ask it costs as much as some matches."""
    few = b"a" * (bounds.CHECK_EVERY - 1)
    assert len(_compiled(engine, rb"a").places(few, _over)) == len(few)


@pytest.mark.parametrize("missing", [(), ("re2",), ("re2", "pcre2")])
def test_another_engine_stands_in(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    """Where a system lacks one, the next one finds the same."""
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    for name in missing:
        with pytest.raises(ImportError):
            ENGINES[name](rb"b")
    for pattern, block, expected in PATTERNS:
        assert compile_pattern(pattern).places(block, _ignored) == expected


def test_a_pattern_is_compiled_once_and_late() -> None:
    """When it is first asked: many texts ask for but some."""
    made: list[bytes] = []

    def compiled(source: bytes) -> Pattern:
        made.append(source)
        return compile_pattern(source)

    later = Later(rb"b+", compiled)
    assert made == []
    assert later.places(b"abba", _ignored) == [(1, 3)]
    assert later.places(b"b", _ignored) == [(0, 1)]
    assert made == [rb"b+"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "pattern", [rb"1[0-9]{2,3}", rb"S-1-5", rb"[2-7]{3}|(?i:k[1a]+)"]
)
def test_digits_do_not_matter_to_the_wider_pattern(engine: str, pattern: bytes) -> None:
    """It matches where the given one does, and at the same places of the shape."""
    text, shape = b"x123 S-1-5 k1a 777", b"x000 S-0-0 k0a 000"
    wide = _compiled(engine, with_any_digit(pattern))
    assert wide.places(text, _ignored) == wide.places(shape, _ignored)
    found = wide.places(text, _ignored)
    for start, end in _compiled(engine, pattern).places(text, _ignored):
        assert any(first <= start and end <= last for first, last in found)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (rb"[0-9]{1,3}\.[0-9]+", rb"[0-9]{1,3}\.[0-9]+"),
        (rb"S-1-5", rb"S-[0-9]-[0-9]"),
        (rb"[A-Z2-7]{16}", rb"[A-Z2-70-9]{16}"),
        (rb"%40|@", rb"%[0-9][0-9]|@"),
        (rb"[\x80-\xff]\x41", rb"[\x80-\xff]\x41"),
        (rb"\d{2,}(?:\[1\])", rb"\d{2,}(?:\[[0-9]\])"),
        (rb"[^0-9\]]4", rb"[^0-9\]][0-9]"),
    ],
)
def test_with_any_digit(pattern: bytes, expected: bytes) -> None:
    """Each digit that is asked for becomes any digit; counts and escapes stay."""
    assert with_any_digit(pattern) == expected


def test_negated_digits_are_refused() -> None:
    """A set without some digits has no wider form, and that is an error."""
    with pytest.raises(ValueError, match="all digits or none"):
        with_any_digit(rb"[^1]")
