# SPDX-License-Identifier: Apache-2.0
"""The round `releases`: what expired is removed, and what a crash left half made.

Rules: the first turn comes with the keeper's start.
Not here: what is over (`server/keeper/sharing/fetching.py`).
"""

from server.keeper.bounds import RELEASES_SECONDS
from server.keeper.desk import Desk
from server.keeper.sharing import fetching

EVERY_SECONDS = RELEASES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """End what is over.

    Raises:
        ServerError: something cannot be removed.
    """
    fetching.sweep(desk, now)
