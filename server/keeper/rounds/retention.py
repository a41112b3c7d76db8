# SPDX-License-Identifier: Apache-2.0
"""The round `retention`: ends what is due, and goes on with what was begun.

Rules: what is due goes by the time that is believed, never by a clock that was set
forward; what stops one destruction begins the next all the same.
Not here: the steps of a destruction (`server/keeper/ending.py`).
"""

from server.keeper import ending
from server.keeper.bounds import KEYS_OF_A_JOB, ROUND_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = ROUND_SECONDS
MAXIMUM_AGE = "maximum-age"


def turn(desk: Desk, now: int) -> None:  # noqa: ARG001 - deletion goes by believed time
    """Begin to end what is due, and take each destruction as far as it goes.

    Raises:
        ServerError: what stopped the first one that was stopped.
    """
    keys = due(desk)
    for first in range(0, len(keys), KEYS_OF_A_JOB):
        ending.begin(desk, keys[first : first + KEYS_OF_A_JOB], MAXIMUM_AGE)
    ending.go_on(desk)


def due(desk: Desk) -> list[bytes]:
    """Return the ids of keys that are past their last second and end in no job yet."""
    believed = desk.clock.now()
    busy = {key for work in ending.under_way(desk) for key in work.plan.keys}
    return [
        key.key_id
        for key in desk.keyring.live(desk.tenant)
        if key.until <= believed and key.key_id not in busy
    ]
