# SPDX-License-Identifier: Apache-2.0
"""The act `overdue`: tells all that people should have done by now.

Rules: it changes nothing; it names sorts, counts and times, and no person.
Not here: what counts as overdue (`server/keeper/overdue.py`).
"""

from collections.abc import Generator

from server.keeper.acts import Message
from server.keeper.desk import Desk
from server.keeper.overdue import overdue

NAME = "overdue"


def answer(
    desk: Desk, message: Message, user: str, now: int
) -> Generator[Message, None, None]:
    """Yield what is overdue, the longest first."""
    told = [
        {
            "what": one.what,
            "count": one.count,
            "since": one.since,
            "command": one.command,
        }
        for one in overdue(desk, now)
    ]
    yield {"end": {"overdue": told}}
