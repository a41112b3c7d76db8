# SPDX-License-Identifier: Apache-2.0
"""Every refusal that a collector knows has a reaction of the agent's own.

Rules: the collector's list and the agent's are compared whole; each reaction is what
the agent does next, after the first refusal and after the tenth.
Not here: reactions to the network (`tests/unit/agent/test_shipping.py`).
"""

import pytest

from agent.delivery import shipping
from agent.delivery.shipping import Act, Failure, Link, Next, Queue
from server.problems import Problem

NOW = 1_000.0
DAY = 86_400.0
CAP = 300.0
"""Half of the longest back-off, which these tests draw."""
HOUR = 3_600.0
WAITED = {
    "internal": (2.0, CAP),
    "malformed": (2.0, HOUR),
    "method-not-allowed": (2.0, HOUR),
    "not-found": (2.0, HOUR),
    "over-quota": (2.0, CAP),
    "overloaded": (2.0, CAP),
    "token-expired": (2.0, CAP),
    "token-unknown": (2.0, CAP),
    "token-used": (2.0, CAP),
    "unknown-version": (2.0, HOUR),
    "bad-signature": (DAY, DAY),
    "gone": (DAY, DAY),
    "quarantined": (DAY, DAY),
    "revoked": (DAY, DAY),
    "unknown-device": (DAY, DAY),
    "wrong-identity": (DAY, DAY),
}
"""Slug -> seconds to wait after the first refusal and after the tenth."""
AT_ONCE = {
    "clock-skew": (Next(Act.INTRODUCE), CAP),
    "replay": (Next(Act.SHIP, count=64), CAP),
    "too-large": (Next(Act.SHIP, count=32), CAP),
}
"""Slug -> the next act after the first refusal, and the wait after the tenth."""


def refused(slug: str, times: int) -> Next:
    """Return what comes next after a shipment was refused so often."""
    link = Link(next_poll=NOW + 2 * DAY, not_before=0.0)
    for _ in range(times):
        link = shipping.failed(link, Act.SHIP, Failure(slug), NOW, 0.5)
    return shipping.decide(link, Queue(100), NOW, may_ship=True)


def test_each_refusal_has_a_reaction() -> None:
    """The agent's reactions are those to the collector's refusals, none more."""
    slugs = {problem.slug for problem in Problem}
    assert slugs == shipping.REACTIONS
    assert slugs == {*WAITED, *AT_ONCE}


@pytest.mark.parametrize("slug", WAITED)
def test_a_refusal_is_waited_out(slug: str) -> None:
    """What a second try does not mend waits: a moment, an hour, or a day."""
    first, tenth = WAITED[slug]
    assert refused(slug, 1) == Next(Act.WAIT, first)
    assert refused(slug, 10) == Next(Act.WAIT, tenth)


@pytest.mark.parametrize("slug", AT_ONCE)
def test_a_refusal_is_mended_at_once(slug: str) -> None:
    """What a second try mends has one, and is waited out when that does not help."""
    first, tenth = AT_ONCE[slug]
    assert refused(slug, 1) == first
    assert refused(slug, 10) == Next(Act.WAIT, tenth)
