# SPDX-License-Identifier: Apache-2.0
"""The round `tickets`: closes what expired, and ends the keys of what is long closed.

Rules: a ticket that expired allows nothing from that second on, whenever this runs.
Not here: tickets (`server/keeper/tickets.py`).
"""

from server.keeper.bounds import ROUND_SECONDS
from server.keeper.desk import Desk
from server.keeper.tickets import sweep

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Sweep.

    Raises:
        ServerError: register, keyring or ledger cannot be written.
    """
    sweep(desk, now)
