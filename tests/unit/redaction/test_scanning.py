# SPDX-License-Identifier: Apache-2.0
"""Patterns over bytes, and patterns made to take any digit.

Not here: the detectors' own patterns (`test_detectors.py`).
"""

import pytest

from agent.redaction.scanning import compile_pattern, with_any_digit


def _ignored() -> None:
    """Take a tick for nothing."""


@pytest.mark.parametrize(
    ("pattern", "block", "expected"),
    [
        (rb"[0-9]+", b"a1b22", [(1, 2), (3, 5)]),
        (rb"(?m)^a|b$", b"ab\nab", [(0, 1), (1, 2), (3, 4), (4, 5)]),
        (rb"x*", b"ax", [(0, 0), (1, 2), (2, 2)]),
        (rb"\xc3", b"\xc3\xa9", [(0, 1)]),
        (rb"z", b"", []),
    ],
)
def test_places(pattern: bytes, block: bytes, expected: list[tuple[int, int]]) -> None:
    """Matches come from left to right, with their ends, empty ones too."""
    assert compile_pattern(pattern).places(block, _ignored) == expected


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
