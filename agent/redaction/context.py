# SPDX-License-Identifier: Apache-2.0
"""Rules for names that have no shape: what stands beside them says what they are.

Rules: a rule is text before, the name, text after; all rules of a detector are one
RE2 pattern, and the exact rule is found again in the short match.
Not here: the rules (`detectors/users_in_context.py`, `detectors/hosts_in_context.py`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.redaction.detector import Found, Verify


@dataclass(frozen=True, slots=True)
class ContextRule:
    """One rule, in the syntax that RE2 and Python share, over bytes, any case.

    Attributes:
        before: what stands before the name.
        name: the name itself.
        after: what stands after it.
    """

    before: bytes
    name: bytes
    after: bytes = b""


Accept = Callable[[bytes, int, int], Found]
"""Given the match and where the name stands in it, returns what to hide."""


def context_pattern(rules: Sequence[ContextRule]) -> bytes:
    """Return the one RE2 pattern of all rules."""
    whole = b"|".join(rule.before + rule.name + rule.after for rule in rules)
    return b"(?im:" + whole + b")"


def context_verify(rules: Sequence[ContextRule], accept: Accept) -> Verify:
    """Return the check that finds the name again and asks whether it counts.

    Args:
        rules: the rules of the pattern.
        accept: decides on the name, and cuts it where needed.
    """
    compiled = [
        re.compile(
            rule.before + b"(" + rule.name + b")" + rule.after,
            re.IGNORECASE | re.MULTILINE,
        )
        for rule in rules
    ]

    def verify(match: bytes, before: bytes, after: bytes) -> Found:
        del before, after
        for pattern in compiled:
            exact = pattern.fullmatch(match)
            if exact is not None:
                return accept(match, *exact.span(1))
        return ()

    return verify
