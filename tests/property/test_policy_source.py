# SPDX-License-Identifier: Apache-2.0
"""Laws of compiling a policy from text.

Rules: noise is refused in words; the order in which it is written
does not matter.
Not here: mutations of the shipped policies (`tests/fault/test_policy_fuzz.py`).
"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.policy.policy_oracle import widened
from unit.policy.policy_order import more

from policies import PRESETS, catalogue, preset
from wire import cbor
from wire.policy import POLICY, Policy
from wire.policy_source import PolicySourceError, Problem, compile_policy
from wire.restriction import parse_restriction

LAW = settings(max_examples=100)
CATALOGUE = catalogue()
STANDARD = preset("standard").decode()
POLICY_STANDARD = compile_policy(STANDARD.encode(), CATALOGUE, "standard")
HEAD, *SECTIONS = re.split(r"(?m)^(?=\[)", STANDARD)
ENTRIES = [
    match.span()
    for match in re.finditer(r'(?m)^[a-z_".0-9]+ = "[^"\n]*"\n', STANDARD)
    if match.group().startswith(('"', "message", "timestamp", "serial", "domain"))
]
WORDS = st.sampled_from(
    (
        *("format", "purpose", "support", "dataset", "columns", "retention", '"x"'),
        *("=", "[", "]", "{", "}", ".", "\n", "1", "true", "keep", "#", "\\", ","),
        *("'''", '"""'),
    )
)


def _problems(source: bytes) -> tuple[Problem, ...]:
    """Return why a policy is refused; nothing when it compiles."""
    try:
        compile_policy(source, CATALOGUE, "x")
    except PolicySourceError as error:
        return error.problems
    return ()


def _limit_problems(source: bytes) -> tuple[Problem, ...]:
    """Return why a restriction is refused; nothing when it is read."""
    try:
        parse_restriction(source, "x", CATALOGUE)
    except PolicySourceError as error:
        return error.problems
    return ()


@pytest.mark.slow
@LAW
@given(st.binary(max_size=200) | st.lists(WORDS, max_size=40).map(" ".join))
def test_noise_is_refused_in_words(source: bytes | str) -> None:
    """Of noise nothing comes but a refusal with its lines, never a policy."""
    octets = source if isinstance(source, bytes) else source.encode()
    problems = _problems(octets) + _limit_problems(octets)
    assert problems
    assert all(problem.line >= 1 for problem in problems)


@pytest.mark.slow
@LAW
@given(st.permutations(SECTIONS))
def test_the_order_of_tables_does_not_matter(sections: list[str]) -> None:
    """The same tables in another order make the same signed bytes."""
    whole = "\n".join((HEAD, *sections)).encode()
    compiled = compile_policy(whole, CATALOGUE, "x")
    assert POLICY.encode(compiled) == POLICY.encode(POLICY_STANDARD)


@pytest.mark.slow
@LAW
@given(st.sets(st.sampled_from(ENTRIES), min_size=1, max_size=20))
def test_taking_lines_out_takes_away(spans: set[tuple[int, int]]) -> None:
    """Who deletes a column's line gets a policy within the one before."""
    text = STANDARD
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    emptied = {problem.reason for problem in _problems(text.encode())}
    assert emptied <= {"nothing of it leaves: name a column or remove the dataset"}
    if emptied:
        return
    policy = compile_policy(text.encode(), CATALOGUE, "x")
    assert more(policy, POLICY_STANDARD) == []
    assert more(POLICY_STANDARD, policy) != []
    assert widened(policy, CATALOGUE) == []


def _read(policy: Policy) -> Policy:
    return POLICY.read(cbor.decode(POLICY.encode(policy)))


@pytest.mark.parametrize("name", PRESETS)
def test_a_compiled_policy_survives_its_message(name: str) -> None:
    """What is signed is what was compiled."""
    policy = compile_policy(preset(name), CATALOGUE, name)
    assert _read(policy) == policy
