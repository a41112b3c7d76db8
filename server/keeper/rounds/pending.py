# SPDX-License-Identifier: Apache-2.0
"""The round `pending`: certificates that waited for a backup's end become final.

Rules: the time that is believed decides, so a clock set forward makes none final; what
config.toml and the keyring say of backups now is what counts.
Not here: making certificates (`server/keeper/certifying.py`).
"""

from server.keeper import certifying
from server.keeper.bounds import PENDING_SECONDS
from server.keeper.desk import Desk
from server.register import certificates

EVERY_SECONDS = PENDING_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Look at each pending certificate, and name what a crash left unnamed.

    Raises:
        StateError: something that was deleted is there again.
    """
    with desk.ending:
        certifying.tell(desk)
        with desk.register.view() as connection:
            waiting = certificates.waiting(connection)
        for held in waiting:
            certifying.certify_anew(desk, held)
