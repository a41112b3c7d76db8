# SPDX-License-Identifier: Apache-2.0
"""Patterns that are tried at the start of a run of letters alone match the same.

Not here: the engines that need it (`test_scanning.py`).
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.redaction.detectors import detectors
from agent.redaction.runs import at_runs
from agent.redaction.scanning import ENGINES
from tests.unit.redaction.made import ignored

PATTERN = rb"(?i:[a-c\]]*(?:k|m)=[0-9]|(?:(?:q|name)[:])?[a-c\]]*k;|>[^|]*\|)"


def test_a_run_is_entered_at_its_start() -> None:
    """Each alternative that begins with the set is held to a run's start."""
    assert at_runs(PATTERN) == (
        rb"(?i:(?<![a-c\]])[a-c\]]*(?:k|m)=[0-9]"
        rb"|(?:(?:q|name)[:]|(?<![a-c\]]))[a-c\]]*k;|>[^|]*\|)"
    )


@pytest.mark.parametrize(
    "pattern", [rb"[a-c]*k", rb"(?i:k[a-c]*)", rb"(?i:[a-c]*k)|x", rb"(?i:[a-c]+k)"]
)
def test_what_begins_otherwise_is_left(pattern: bytes) -> None:
    """Only a set that may be skipped, at the start of all of it, makes a run."""
    assert at_runs(pattern) is None


def test_the_longest_patterns_are_held() -> None:
    """Those of names of secrets, which have the longest words to look through."""
    held = {one.name for one in detectors() if at_runs(one.pattern)}
    assert {"secret_keys", "secret_assignments"} <= held


@given(st.lists(st.sampled_from(["a", "bc", "k=1", "k;", "q:", "|", ">", " "])))
@pytest.mark.parametrize("engine", ["pcre2", "re"])
def test_matches_are_the_same(engine: str, parts: list[str]) -> None:
    """In words that go on behind a match, too."""
    text = "".join(parts).encode()
    plain = [found.span() for found in re.finditer(PATTERN, text)]
    try:
        pattern = ENGINES[engine](PATTERN)
    except ImportError:
        pytest.skip("this system has no wheel of the library")
    assert pattern.places(text, ignored) == plain


@pytest.mark.parametrize("engine", ["pcre2", "re"])
def test_a_run_goes_on_behind_a_match(engine: str) -> None:
    """What is left of a run in which a match ended is looked at from there on."""
    try:
        pattern = ENGINES[engine](rb"(?i:[a-c]*k[ab])")
    except ImportError:
        pytest.skip("this system has no wheel of the library")
    assert pattern.places(b"akbaka ckb", ignored) == [(0, 3), (3, 6), (7, 10)]
