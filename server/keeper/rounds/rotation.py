# SPDX-License-Identifier: Apache-2.0
"""The round `rotation`: once a month all keys are wrapped anew.

Rules: a copy of keyring and master directory that nobody knows of is of use for the
keyring of its month only; a clock that was set forward rotates nothing early.
Not here: how they are wrapped (`server/keyring/wrapping.py`).
"""

from server.keeper.bounds import ROTATED_SECONDS, ROUND_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = ROUND_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Rotate where a month has gone by.

    Raises:
        StateError: keyring or ledger cannot be written.
    """
    believed = desk.clock.now()
    if believed < desk.keyring.rotated() + ROTATED_SECONDS:
        return
    with desk.ending:
        desk.ledger.add("keyring-rotated", {"by": "keeper"}, now)
        desk.keyring.rotate(believed)
