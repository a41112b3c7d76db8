# SPDX-License-Identifier: Apache-2.0
"""The round `rights`: somebody hears of a person who waits, before it is too late.

Rules: told a week before, then each day; how many, and never who.
Not here: the month (`server/keeper/rights/clocks.py`).
"""

import sys

from server.keeper.bounds import RIGHT_ALARM_SECONDS, RIGHTS_SECONDS
from server.keeper.desk import Desk
from server.keeper.rights import clocks

EVERY_SECONDS = RIGHTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many rights are due within a week, or are late."""
    left = [one.days_left(now) for one in clocks.every(desk)]
    days = [one for one in left if one is not None]
    soon = [one for one in days if 0 <= one * 86_400 < RIGHT_ALARM_SECONDS]
    late = [one for one in days if one < 0]
    if soon or late:
        sys.stderr.write(
            f"keeper: {len(soon)} persons are to be answered within a week, and "
            f"{len(late)} are late: look at discreet-server subject list\n"
        )
