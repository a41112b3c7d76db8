# SPDX-License-Identifier: Apache-2.0
"""The matter `delay-notice`: a notice waits, for a lawful reason and until a day.

Rules: it says on what basis and until when, within a year; only what a law may forbid
to tell at once can wait, and nothing waits that was delivered.
Not here: notices (`server/keeper/notices.py`), a disclosure that is not told at once
from its beginning (`disclose.py`).
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper import notices
from server.keeper.desk import Desk
from server.keeper.notices import Delay
from server.keeper.terms import day_of, waiting
from wire.papers.decision import Decided
from wire.papers.matter import Matter

NOTICE, BASIS, UNTIL = "notice", "basis", "until"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse a delay without a reason, an end, or a notice that may wait.

    Raises:
        UsageError: what is missing or wrong.
    """
    notice = notices.delayable(desk, _number(matter), now)
    if not matter.term(BASIS):
        msg = "say on what lawful basis the notice waits"
        raise UsageError(msg)
    until = waiting(matter, UNTIL, now)
    return {"due": notice.due or 0, "until": until}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Let it wait; the case ends with it."""
    until = day_of(matter, UNTIL, "until which day the notice waits")
    notices.delay(desk, _number(matter), Delay(until, matter.case), now)
    return True


def _number(matter: Matter) -> bytes:
    try:
        return bytes.fromhex(matter.term(NOTICE) or "")
    except ValueError:
        msg = "name the notice by its id: discreet-server notice list --json shows it"
        raise UsageError(msg) from None
