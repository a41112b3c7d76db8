# SPDX-License-Identifier: Apache-2.0
"""The matter `protect`: data is given to protect rights, property or safety.

Rules: as a disclosure to an authority, with a memo in place of the letter, a review
within a year, of which somebody is reminded, and two people who approve, one of them
counsel.
Not here: all that is the same (`disclose.py`), who approves
(`server/keeper/people.py`), reminding (`server/keeper/rounds/reviews.py`).
"""

from collections.abc import Sequence

from server.keeper.desk import Desk
from server.keeper.disclosing.naming import REVIEW
from server.keeper.matters import disclose
from server.keeper.matters.disclose import check, ready
from server.keeper.terms import day_of
from server.register import reviews
from wire.papers.decision import Decided
from wire.papers.matter import Matter

__all__ = ["check", "do", "ready"]


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Note the day of the review, then do as a disclosure does."""
    due = day_of(matter, REVIEW, "on which day somebody looks at it again")
    with desk.register.transaction() as connection:
        reviews.place(connection, matter.case, due)
    return disclose.do(desk, matter, decided, now)
