# SPDX-License-Identifier: Apache-2.0
"""The round `counts`: notes how many endpoints there were on each day that is over.

Rules: by the time to delete by, for a clock set ahead must not count what is not over;
it reads the list of enrolments and opens nothing; a day on which nobody was enrolled is
noted too; days that it missed for longer than devices are known stay out.
Not here: what counts (`server/keeper/endpoints.py`).
"""

from server.keeper.bounds import COUNTS_SECONDS
from server.keeper.desk import Desk
from server.keeper.endpoints import endpoints_on, uncounted
from server.register import counts

EVERY_SECONDS = COUNTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Count the days that are over and are not counted.

    Raises:
        StateError: register or store cannot be used.
    """
    with desk.register.view() as connection:
        last = counts.last(connection)
    devices = desk.store.devices(desk.tenant)
    days = uncounted(devices, last, min(now, desk.clock.now()))
    if not days:
        return
    with desk.register.transaction() as connection:
        for day in days:
            counts.place(connection, day, endpoints_on(devices, day))
