# SPDX-License-Identifier: Apache-2.0
"""The round `clock`: believed time goes on, and somebody hears when it is late.

Rules: an alarm is one line of the ledger and one of the log, until the clock is right
again.
Not here: the clock (`server/keeper/clock.py`).
"""

import sys

from server.keeper.bounds import CLOCK_BEHIND_SECONDS, ROUND_SECONDS
from server.keeper.desk import Desk
from server.register.clock import set_alarm

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Look at the clock, and tell when it begins or ends to be late."""
    behind = desk.clock.behind()
    late = behind > CLOCK_BEHIND_SECONDS
    with desk.register.transaction() as connection:
        changed = set_alarm(connection, late=late)
    if changed:
        act = "clock-behind" if late else "clock-right"
        desk.ledger.add(act, {"seconds": behind}, now)
    if changed and late:
        sys.stderr.write(
            f"keeper: the time to delete by is {behind // 3_600} hours behind this "
            "machine's clock, so deletion is late: look at discreet-server keeper "
            "clock\n"
        )
