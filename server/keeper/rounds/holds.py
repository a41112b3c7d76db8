# SPDX-License-Identifier: Apache-2.0
"""The round `holds`: somebody hears of a hold whose review is past.

Rules: a hold is never released by time alone.
Not here: releasing one (`server/keeper/matters/release_hold.py`).
"""

import sys

from server.keeper.bounds import HOLD_ALARM_SECONDS
from server.keeper.desk import Desk
from server.register import holds

EVERY_SECONDS = HOLD_ALARM_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many holds nobody looked at in time."""
    with desk.register.view() as connection:
        late = [one for one in holds.in_force(connection) if one.review <= now]
    if late:
        sys.stderr.write(
            f"keeper: the review of {len(late)} holds is past: look at discreet-server "
            "hold list, and release what nobody needs\n"
        )
