# SPDX-License-Identifier: Apache-2.0
"""The round `retention`: ends what is due, and goes on with what was begun.

Rules: what stops one destruction stops no other.
Not here: what is due (`server/keeper/due.py`), the steps of a destruction
(`server/keeper/ending.py`).
"""

from server.keeper import ending
from server.keeper.bounds import ROUND_SECONDS
from server.keeper.desk import Desk
from server.keeper.due import begin_due

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Begin to end what is due, and take each destruction as far as it goes.

    Raises:
        ServerError: what stopped the first one that was stopped.
    """
    begin_due(desk)
    ending.go_on(desk)
