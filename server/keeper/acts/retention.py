# SPDX-License-Identifier: Apache-2.0
"""The act `retention`: what ends when, and what is being ended.

Rules: it changes nothing; it names classes, times and counts.
Not here: ending (`server/keeper/ending.py`), ending now (`retention_run.py`).
"""

from collections.abc import Generator

from server.keeper import ending, facts, tickets
from server.keeper.acts import Message
from server.keeper.desk import Desk
from server.register import purges

NAME = "retention"


def answer(
    desk: Desk,
    message: Message,
    user: str,
    now: int,
) -> Generator[Message, None, None]:
    """Yield live keys, the first to end first, and destructions under way."""
    believed = desk.clock.now()
    named = tickets.names(desk)
    kept = sorted(facts.kept(desk), key=lambda pair: pair[1].key_dies)
    with desk.register.view() as connection:
        stopped, through = purges.waiting(connection)
    keys = [
        {
            "key": key.key_id.hex(),
            "purpose": key.purpose.value,
            "retention": key.retention,
            "ticket": named.get(key.ticket, key.ticket.hex()),
            "start": key.start,
            "end": key.end,
            "until": keep.key_dies,
            "because": keep.because[0].slug,
            "late": max(0, believed - keep.key_dies),
        }
        for key, keep in kept
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
    told = {
        "now": believed,
        "behind": desk.clock.behind(),
        "stopped": stopped,
        "through": through,
    }
    yield {"end": {**told, "keys": keys, "jobs": work}}
