# SPDX-License-Identifier: Apache-2.0
"""The round `erasures`: takes what people had approved through its steps.

Not here: the steps (`server/keeper/rights/erasure.py`), what comes back (`arrears.py`).
"""

from server.keeper.bounds import ERASURES_SECONDS
from server.keeper.desk import Desk
from server.keeper.rights import erasure

EVERY_SECONDS = ERASURES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Take all erasures as far as they go.

    Raises:
        ServerError: what stopped the first that was stopped.
    """
    erasure.go_on(desk)
