# SPDX-License-Identifier: Apache-2.0
"""The round `tokens`: an enrolment token that lets nobody in any more is forgotten.

Rules: by the time to delete by, so that no clock set ahead ends one that counts.
Not here: until when it is kept (`server/keeper/ends.py`), enrolling (`server/gate`).
"""

from server.keeper import ends
from server.keeper.bounds import TOKENS_SECONDS
from server.keeper.desk import Desk

EVERY_SECONDS = TOKENS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Forget the tokens whose time is over.

    Raises:
        StateError: the store cannot be used.
    """
    believed = desk.clock.now()
    for one in desk.store.tokens(desk.tenant):
        if ends.token(one) <= believed:
            desk.store.end_token(desk.tenant, one.digest)
