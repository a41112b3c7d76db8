# SPDX-License-Identifier: Apache-2.0
"""The round `alerts`: what the job of alerts has left goes out by the channels.

Not here: the channels (`server/keeper/alarms`), the job (`server/reader/alerting.py`).
"""

from server.keeper.alarms import sending
from server.keeper.bounds import ALERTS_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = ALERTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Send what is due.

    Raises:
        ServerError: what stopped the first channel that was stopped.
    """
    sending.turn(desk, now)
