# SPDX-License-Identifier: Apache-2.0
"""The round `laws`: what a law kept ends when its time is over, with a certificate.

Rules: by the time to delete by; what no rule in force asks for any more is over.
Not here: until when (`server/keeper/law_extracts.py`), the steps of a destruction
(`server/keeper/ending.py`), which the round `retention` takes.
"""

from server.keeper import ending, facts
from server.keeper.bounds import KEYS_OF_A_JOB, ROUND_SECONDS
from server.keeper.desk import Desk
from server.keeper.law_extracts import law_keys

EVERY_SECONDS = ROUND_SECONDS
ENDED = "law-ended"
"""Why the key of what a law kept is destroyed."""


def turn(desk: Desk, now: int) -> None:
    """Begin to end what laws keep no longer.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    with desk.ending:
        busy = {key for work in ending.under_way(desk) for key in work.plan.keys}
        moment = desk.clock.now()
        over = [
            key.key_id
            for key in law_keys(desk, facts.facts(desk))
            if key.until <= moment and key.key_id not in busy
        ]
        for first in range(0, len(over), KEYS_OF_A_JOB):
            ending.begin(desk, over[first : first + KEYS_OF_A_JOB], ENDED)
