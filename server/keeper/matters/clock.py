# SPDX-License-Identifier: Apache-2.0
"""The matter `clock`: people vouch for a time, and deletion goes on by it.

Rules: its term `until` is a moment that has passed; believed time never goes back.
Not here: the clock (`server/keeper/clock.py`).
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper.desk import Desk
from wire.papers.decision import Decided, read_decided
from wire.papers.matter import Matter

if TYPE_CHECKING:
    from wire.cbor import Plain

UNTIL = "until"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse a moment that is none or lies ahead; tell how far the clock is behind.

    Raises:
        UsageError: it is no moment that people could vouch for.
    """
    if _moment(matter) > now:
        msg = "nobody can vouch for a time that has not come: give one that has"
        raise UsageError(msg)
    return {"behind": desk.clock.behind()}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Believe the moment; the case ends with it."""
    until = _moment(matter)
    asker = read_decided(decided[0], desk.tenant).person
    body: dict[str, Plain] = {
        "by": asker,
        "until": until,
        "decisions": [item.decision for item in decided],
    }
    desk.ledger.add("clock-believed", body, now)
    desk.clock.believe(until)
    return True


def _moment(matter: Matter) -> int:
    try:
        moment = dt.datetime.fromisoformat(matter.term(UNTIL) or "")
    except ValueError:
        msg = "give a time such as 2026-12-31T08:00:00Z"
        raise UsageError(msg) from None
    return int(moment.timestamp()) if moment.tzinfo else _no_zone()


def _no_zone() -> int:
    msg = "give a time with its zone, such as 2026-12-31T08:00:00Z"
    raise UsageError(msg)
