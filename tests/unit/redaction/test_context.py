# SPDX-License-Identifier: Apache-2.0
"""Rules for names that only what stands beside them tells.

Rules: rules of this test alone, so that no detector's words matter.
Not here: the rules that ship (`test_detectors.py`, `exact/`).
"""

import re

import pytest

from agent.redaction.context import ContextRule, context_pattern, context_verify
from agent.redaction.detector import Found

RULES = (
    ContextRule(b"user ", b"[a-z]+", b" logged"),
    ContextRule(b"owner: ", b"[a-z]+|[0-9]+", sure=True),
)


def _accept(match: bytes, start: int, end: int, sure: bool) -> Found:  # noqa: FBT001 - Accept is called by place
    return ((start, end, f"{match[start:end].decode()} {sure}"),)


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (b"user eve logged", ((5, 8, "eve False"),)),
        (b"USER Eve LOGGED", ((5, 8, "Eve False"),)),
        (b"owner: eve", ((7, 10, "eve True"),)),
        (b"owner: 12", ((7, 9, "12 True"),)),
        (b"user eve", ()),
        (b"the owner: eve", ()),
        (b"owner: eve logged", ()),
    ],
)
def test_the_name_of_the_rule_is_found_again(match: bytes, expected: Found) -> None:
    """Each rule gives its own name and says whether it is sure, in any case."""
    verify = context_verify(RULES, _accept)
    assert verify(match, b"", b"") == expected
    assert verify(match, b"before", b"after") == expected


CLOSE = (
    *RULES,
    ContextRule(b"user |for ", b"[a-z]+?", b"(?: from [0-9]+)?"),
    ContextRule(b"(?:for |of ){1,2}", b"[a-z ]+", sure=True),
    ContextRule(b"", b"[^\n]+", b" logged|!"),
)
"""Rules of which several fit the same text: the first that does has the name."""
SAID = (
    b"user eve logged",
    b"user eve",
    b"for eve from 12",
    b"for of eve from home",
    b"owner: eve logged",
    b"owner: eve!",
    b"eve",
)


def test_rules_answer_one_by_one_as_they_do_together() -> None:
    """The first matches are asked of single rules, all later ones of one pattern."""
    early = {text: context_verify(CLOSE, _accept)(text, b"", b"") for text in SAID}
    late = context_verify(CLOSE, _accept)
    for _ in range(100):
        late(b"", b"", b"")
    assert early == {text: late(text, b"", b"") for text in SAID}
    assert len(set(early.values())) >= 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"the USER eve logged in", b"USER eve logged"),
        (b"the owner: eve", b"owner: eve"),
        (b"owner: 12", b"owner: 12"),
        (b"user 12 logged", None),
    ],
)
def test_one_pattern_has_all_rules(text: bytes, found: bytes | None) -> None:
    """What any rule describes is found, in any case, without a group."""
    pattern = re.compile(context_pattern(RULES))
    match = pattern.search(text)
    assert (match and match[0]) == found
    assert pattern.groups == 0
