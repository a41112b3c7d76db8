# SPDX-License-Identifier: Apache-2.0
"""The act `retention`: what ends when, and what is being ended.

Rules: it changes nothing; it names classes, times and counts.
Not here: ending (`server/keeper/ending.py`), ending now (`retention_run.py`).
"""

from collections.abc import Generator

from server.keeper import ending
from server.keeper.acts import Message
from server.keeper.desk import Desk

NAME = "retention"


def answer(
    desk: Desk,
    message: Message,  # noqa: ARG001 - every act is called so
    user: str,  # noqa: ARG001 - likewise
    now: int,  # noqa: ARG001 - believed time decides
) -> Generator[Message, None, None]:
    """Yield live keys, the first to end first, and destructions under way."""
    believed = desk.clock.now()
    keys = [
        {
            "key": key.key_id.hex(),
            "purpose": key.purpose.value,
            "retention": key.retention,
            "start": key.start,
            "end": key.end,
            "until": key.until,
            "late": max(0, believed - key.until),
        }
        for key in desk.keyring.live(desk.tenant)
    ]
    work = [
        {
            "job": one.job.id.hex(),
            "step": one.job.step,
            "begun": one.job.begun,
            "reason": one.plan.reason,
            "keys": len(one.plan.keys),
        }
        for one in ending.under_way(desk)
    ]
    told = {"now": believed, "behind": desk.clock.behind()}
    yield {"end": {**told, "keys": keys, "jobs": work}}
