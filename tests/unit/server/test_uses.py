# SPDX-License-Identifier: Apache-2.0
"""Which uses of a policy the client has to be told of first.

Rules: policies are compiled presets, with recipients added; nothing is stored.
Not here: publishing (`test_notices.py`).
"""

from dataclasses import replace

import pytest
from authority_acts import policy

from server.register.notices import Notice, NoticeKind
from server.uses import added, untold, uses
from wire.policy import Policy, PolicyStatement
from wire.purposes import Purpose

SHARED = "support for acme-soc"


def shared(whole: Policy) -> Policy:
    """Return a policy whose support data goes to somebody."""
    return replace(
        whole,
        purposes=tuple(
            replace(rules, recipients=("acme-soc",))
            if rules.purpose is Purpose.SUPPORT
            else rules
            for rules in whole.purposes
        ),
    )


def published(*policies: Policy) -> list[PolicyStatement]:
    """Return policies as they were published, a day apart from second 100 on."""
    return [
        PolicyStatement(bytes(16), number, 100 * number, 10_000, one)
        for number, one in enumerate(policies, 1)
    ]


def told(when: int | None, *names: str) -> Notice:
    """Return a notice that was delivered then."""
    kind = NoticeKind.CHANGE_OF_USE
    return Notice(
        *(bytes(16), kind, "client", bytes(32), names, bytes(32), 1, None),
        delivered=when,
    )


def test_uses_are_purposes_and_their_recipients() -> None:
    """A recipient is named with the purpose that it gets data for."""
    assert uses(policy("minimal")) == {"provision"}
    assert added(policy("minimal"), shared(policy("standard"))) == [
        *("administration", "improvement", "security", "support", SHARED)
    ]


@pytest.mark.parametrize(
    ("before", "after", "heard", "missing"),
    [
        ((), "standard", (), []),
        (("standard",), "minimal", (), []),
        (("standard",), "standard", (), []),
        (("standard",), "shared", (), [SHARED]),
        (("standard",), "shared", (told(150, SHARED),), []),
        (("standard",), "shared", (told(None, SHARED),), [SHARED]),
        (("standard",), "shared", (told(150, "support"),), [SHARED]),
        (("shared", "standard"), "shared", (told(100, SHARED),), [SHARED]),
        (("shared", "standard"), "shared", (told(101, SHARED),), []),
    ],
    ids=[
        *("first", "narrower", "same", "nobody told", "told", "not delivered"),
        *("of another use", "told before it was last in force", "told since"),
    ],
)
def test_what_nobody_was_told_of(
    before: tuple[str, ...],
    after: str,
    heard: tuple[Notice, ...],
    missing: list[str],
) -> None:
    """Only what is added, and what no delivered notice since its last time names."""
    known = {
        "minimal": policy("minimal"),
        "standard": policy("standard"),
        "shared": shared(policy("standard")),
    }
    statements = published(*(known[name] for name in before))
    assert untold(statements, known[after], heard) == missing


def test_all_of_a_policy_is_told_of() -> None:
    """Two notices may tell of one policy; what neither names is missing."""
    heard = told(150, "security"), told(160, "support", "improvement")
    missing = untold(published(policy("minimal")), policy("standard"), heard)
    assert missing == ["administration"]
