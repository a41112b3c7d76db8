# SPDX-License-Identifier: Apache-2.0
"""Rules for names that have no shape: what stands beside them says what they are.

Rules: a rule is text before, the name, text after; all rules of a detector are one
RE2 pattern, and the exact rule is found again in the short match.
Not here: the rules (`detectors/users_in_context.py`, `detectors/hosts_in_context.py`).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from agent.redaction.detector import Found, Verify
from agent.redaction.lazily import LazyPattern


class ContextRule(NamedTuple):
    """One rule, in the syntax that RE2 and Python share, over bytes, any case.

    Attributes:
        before: what stands before the name.
        name: the name itself.
        after: what stands after it.
        sure: whether only a name can stand there, so that any word is one.
    """

    before: bytes
    name: bytes
    after: bytes = b""
    sure: bool = False


_FEW = 16
"""Matches for which the rules are asked one by one."""
Accept = Callable[[bytes, int, int, bool], Found]
"""Given the match, where the name stands in it and whether that is sure: the spans."""


def context_pattern(rules: Sequence[ContextRule]) -> bytes:
    """Return the one RE2 pattern of all rules."""
    whole = [
        b"(?:" + rule.before + b")(?:" + rule.name + b")(?:" + rule.after + b")"
        for rule in rules
    ]
    return b"(?im:" + b"|".join(whole) + b")"


def context_verify(rules: Sequence[ContextRule], accept: Accept) -> Verify:
    """Return the check that finds the name again and asks whether it counts.

    The patterns are compiled at the first match, for many runs never have one; those
    of single rules before that of all, which takes as long as all of them, and of which
    a few lines ask little.

    Args:
        rules: the rules of the pattern.
        accept: decides on the name, and cuts it where needed.
    """
    exact = LazyPattern(partial(_exact, rules))
    single: list[LazyPattern[bytes]] = []
    asked = 0

    def verify(match: bytes, before: bytes, after: bytes) -> Found:
        nonlocal asked
        del before, after
        asked += 1
        if asked <= _FEW:
            single.extend(map(_alone, rules[len(single) :]))
            for rule, pattern in zip(rules, single, strict=True):
                found = pattern.fullmatch(match)
                if found is not None:
                    return accept(match, *found.span(1), rule.sure)
            return ()
        found = exact.fullmatch(match)
        if found is None or found.lastindex is None:
            return ()
        number = found.lastindex
        return accept(match, *found.span(number), rules[number - 1].sure)

    return verify


def _alone(rule: ContextRule) -> LazyPattern[bytes]:
    return LazyPattern(partial(_exact, [rule]))


def _exact(rules: Sequence[ContextRule]) -> bytes:
    """Return one pattern that has a group for the name of each rule."""
    whole = [
        b"(?:" + rule.before + b")(" + rule.name + b")(?:" + rule.after + b")"
        for rule in rules
    ]
    return b"(?im:" + b"|".join(whole) + b")"
