# SPDX-License-Identifier: Apache-2.0
"""The round `aggregates`: counts each period of improvement data before it ends.

Rules: what `[aggregate.NAME]` asks is released in the last two days of a period's key;
a question that has no answer stops no other, and keeps no key alive.
Not here: a release (`server/keeper/aggregating.py`).
"""

from server.errors import ServerError
from server.keeper.aggregating import released
from server.keeper.bounds import AGGREGATE_BEFORE_SECONDS, AGGREGATES_SECONDS
from server.keeper.desk import Desk
from server.keeper.lending import part_of

EVERY_SECONDS = AGGREGATES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Make what is due.

    Raises:
        ServerError: what stopped the first that was stopped.
    """
    stopped = None
    for _, asked in sorted(desk.settings().aggregates.items()):
        try:
            part = part_of(desk, asked, now)
            for key in part.keys if part else ():
                if key.until - AGGREGATE_BEFORE_SECONDS <= now:
                    released(desk, asked, key.start, now)
        except ServerError as error:
            stopped = stopped or error
    if stopped is not None:
        raise stopped
