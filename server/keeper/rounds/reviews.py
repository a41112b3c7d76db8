# SPDX-License-Identifier: Apache-2.0
"""The round `reviews`: somebody hears of uses to protect rights that go on unlooked at.

Rules: each year a person weighs again whether a use is needed; nothing ends by time
alone; what is late is in the ledger once.
Not here: noting that one was looked at (`server/keeper/acts/case.py`).
"""

import sys

from server.keeper.bounds import REVIEWS_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import reviews

EVERY_SECONDS = REVIEWS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many uses nobody looked at in time.

    Raises:
        StateError: register or ledger cannot be used.
    """
    with desk.register.view() as connection:
        late = [one for one in reviews.uses(connection) if one.late(now)]
    for one in late:
        body = {"case": one.case.id, "kind": one.case.kind, "review": one.due}
        add_once(desk, "case-unreviewed", body, ("case", "review"), 0)
    if late:
        sys.stderr.write(
            f"keeper: the yearly review of {len(late)} uses that protect rights is "
            "past: look at discreet-server case list, and say with case review whether "
            "each is still needed\n"
        )
