# SPDX-License-Identifier: Apache-2.0
"""The round `ledger-bodies`: what the ledger says of an act ends with its days.

Rules: by the time to delete by, so that no clock set ahead ends anything.
Not here: which act is kept for how long (`server/keeper/ledger_ends.py`).
"""

from functools import partial

from server.keeper import facts, ledger_ends
from server.keeper.desk import Desk

EVERY_SECONDS = 86_400
"""Bodies are kept for hundreds of days, and looking reads the whole ledger."""


def turn(desk: Desk, now: int) -> None:
    """Erase the bodies that are due.

    Raises:
        ServerError: the ledger cannot be used.
    """
    known = facts.facts(desk)
    desk.ledger.erase_due(desk.clock.now(), partial(ledger_ends.end, known=known))
