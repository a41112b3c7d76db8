# SPDX-License-Identifier: Apache-2.0
"""The round `needs`: somebody hears of a business need before it lapses.

Rules: told a month before, then each day; nothing is kept longer for it: who still
needs the data publishes a policy with a new review.
Not here: when a need lapses (`server/keeper/criteria.py`).
"""

import sys

from server.keeper import facts
from server.keeper.bounds import NEED_ALARM_SECONDS, NEEDS_SECONDS
from server.keeper.criteria import BusinessNeed, criterion_of
from server.keeper.desk import Desk

EVERY_SECONDS = NEEDS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell which needs of the policy in force lapse within a month, or have.

    Raises:
        ServerError: there is no policy in force, or it cannot be read.
    """
    named = {
        (rules.purpose, kept.name)
        for rules in desk.policy(now).policy.purposes
        for kept in rules.retention
    }
    for (purpose, retention), promise in sorted(
        facts.promised(desk).items(), key=lambda item: (item[0][0].value, item[0][1])
    ):
        need = criterion_of(promise.kept, promise.since)
        if (purpose, retention) not in named or not isinstance(need, BusinessNeed):
            continue
        days = (need.lapses - now) // 86_400
        if need.lapses - now <= NEED_ALARM_SECONDS:
            when = f"lapses in {days} days" if days >= 0 else "has lapsed"
            sys.stderr.write(
                f"keeper: the need to keep {retention} of {purpose.value} {when}, and "
                "its older data with it: let its owner look, and publish the policy "
                "with a new review\n"
            )
