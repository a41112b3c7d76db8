# SPDX-License-Identifier: Apache-2.0
"""What a policy uses data for, and which uses the client has to be told of first.

Rules: a use is a purpose, or a recipient of a purpose; what a policy adds to the one in
force needs a notice that names it and was delivered since the use was last in force;
the first policy of a collector adds nothing, and one that only narrows neither.
Not here: notices (`server/register/notices.py`), publishing (`server/authority.py`).
Source: the privacy statement, 4.2 ("changes in uses"); REQUIREMENTS S10.
"""

from collections.abc import Iterable, Sequence

from server.register.notices import Notice
from wire.policy import Policy, PolicyStatement


def uses(policy: Policy) -> frozenset[str]:
    """Return what a policy uses data for, each as one line of words."""
    purposes = {rules.purpose.value for rules in policy.purposes}
    recipients = {
        f"{rules.purpose.value} for {name}"
        for rules in policy.purposes
        for name in rules.recipients
    }
    return frozenset(purposes | recipients)


def added(before: Policy, after: Policy) -> list[str]:
    """Return the uses that a policy adds to another one."""
    return sorted(uses(after) - uses(before))


def untold(
    before: Sequence[PolicyStatement], after: Policy, told: Iterable[Notice]
) -> list[str]:
    """Return the uses that a policy adds and of which nobody was told.

    Args:
        before: all policies that were published, the oldest first.
        after: the one to be published.
        told: delivered notices of a change of use.
    """
    if not before:
        return []
    heard = list(told)
    return [
        use
        for use in added(before[-1].policy, after)
        if not any(_counts(notice, use, before) for notice in heard)
    ]


def _counts(notice: Notice, use: str, before: Sequence[PolicyStatement]) -> bool:
    """Tell whether a notice tells of a use, and was not used up by a policy."""
    last = max((one.issued for one in before if use in uses(one.policy)), default=-1)
    delivered = notice.delivered
    return use in notice.about and delivered is not None and delivered > last
