# SPDX-License-Identifier: Apache-2.0
"""The matter `purge`: people let go on what would end much before its time.

Rules: its terms say how many keys wait and which is the newest; what comes to wait
afterwards waits for the next decision.
Not here: what is stopped (`server/keeper/due.py`).
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.due import begin_allowed
from server.register import purges
from wire.papers.decision import Decided
from wire.papers.matter import Matter

KEYS, THROUGH = "keys", "through"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse other keys than those that wait; return how many.

    Raises:
        UsageError: others wait, or none.
    """
    with desk.register.view() as connection:
        keys, through = purges.waiting(connection)
    if not keys or (matter.term(KEYS), matter.term(THROUGH)) != (
        f"{keys}",
        f"{through}",
    ):
        msg = f"{keys} key periods wait to end before their time now: ask again"
        raise UsageError(msg)
    return {KEYS: keys}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Begin to end them, as far as they are still due; the case ends with it."""
    begin_allowed(desk, int(matter.term(THROUGH) or 0), decided)
    return True
