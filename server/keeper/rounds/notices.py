# SPDX-License-Identifier: Apache-2.0
"""The round `notices`: somebody hears of notices that are overdue; old texts end.

Rules: a text is kept until a month after its delivery, what stands of it in the
register for as long as claims can be made; one that was not delivered never ends.
Not here: writing and delivering (`server/keeper/notices.py`).
"""

import sys

from server.keeper import ends
from server.keeper.bounds import NOTICES_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import path_of
from server.key_files import scrub
from server.register import notices
from server.register.notices import Standing

EVERY_SECONDS = NOTICES_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Tell how many notices are overdue, and end the texts of old ones.

    Raises:
        StateError: one cannot be removed.
    """
    with desk.ending:
        with desk.register.transaction() as connection:
            found = notices.every(connection)
            for one in found:
                if ends.notice(one) <= now:
                    notices.forget(connection, one.id)
        for one in found:
            if ends.notice_text(one) <= now:
                scrub(path_of(desk, one.id))
    late = sum(one.standing(now) is Standing.OVERDUE for one in found)
    if late:
        sys.stderr.write(
            f"keeper: {late} notices are overdue: look at discreet-server notice "
            "list, and deliver them\n"
        )
