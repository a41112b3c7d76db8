# SPDX-License-Identifier: Apache-2.0
"""The round `refusals`: what gates did not take is forgotten after a week.

Rules: by the time to delete by, as all that is deleted; what is to come by any clock is
no gate's that is sound and knows the time; what is more than a bound goes, for a gate
may be taken over.
Not here: counting (`server/gate/refusing.py`), showing it (`server/office`).
"""

from server.keeper.bounds import (
    REFUSALS_AHEAD_SECONDS,
    REFUSALS_KEPT_SECONDS,
    REFUSALS_SECONDS,
)
from server.keeper.desk import Desk

EVERY_SECONDS = REFUSALS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Forget what was refused last before a week, and what is beyond a bound.

    Raises:
        StateError: the store cannot be used.
    """
    known = desk.clock.now()
    until = max(now, known) + REFUSALS_AHEAD_SECONDS
    desk.store.refusals.forget(known - REFUSALS_KEPT_SECONDS, until)
