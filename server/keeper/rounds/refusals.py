# SPDX-License-Identifier: Apache-2.0
"""The round `refusals`: what gates did not take is forgotten after a week.

Rules: by the time to delete by, as all that is deleted.
Not here: counting (`server/gate/refusing.py`), showing it (`server/office`).
"""

from server.keeper.bounds import REFUSALS_KEPT_SECONDS, REFUSALS_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = REFUSALS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Forget what was refused last before a week.

    Raises:
        StateError: the store cannot be used.
    """
    del now
    desk.store.refusals.forget(desk.clock.now() - REFUSALS_KEPT_SECONDS)
