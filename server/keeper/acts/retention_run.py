# SPDX-License-Identifier: Apache-2.0
"""The act `retention-run`: ends now what is due, as the round does by itself.

Rules: it ends nothing that the round would not end; it says which turn it takes, so
that whoever asks sees that it goes on.
Not here: the rounds (`server/keeper/rounds`).
"""

from collections.abc import Generator

from server.keeper import ending
from server.keeper.acts import Message
from server.keeper.desk import Desk
from server.keeper.rounds import arrears, erasures, pending, retention
from server.register import purges

NAME = "retention-run"
TURNS = {
    "arrears": arrears.turn,
    "erasures": erasures.turn,
    "retention": retention.turn,
    "pending": pending.turn,
}


def answer(
    desk: Desk,
    message: Message,
    user: str,
    now: int,
) -> Generator[Message, None, None]:
    """Take the turns; yields how many destructions and keys wait for something.

    Raises:
        ServerError: what stopped one.
    """
    for name, turn in TURNS.items():
        yield {"turn": name}
        turn(desk, now)
    with desk.register.view() as connection:
        stopped, _ = purges.waiting(connection)
    yield {"end": {"waiting": len(ending.under_way(desk)), "stopped": stopped}}
