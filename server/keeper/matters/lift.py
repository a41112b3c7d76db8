# SPDX-License-Identifier: Apache-2.0
"""The matter `lift`: a restriction, a note or an objection ends.

Rules: its term `case` is the id of the case that placed it; that case ends with it.
Not here: placing them (`restrict.py`, `annotate.py`, `object.py`).
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper.desk import Desk
from server.keeper.rights import marking
from wire.papers.decision import Decided
from wire.papers.matter import Matter

CASE = "case"


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what is not in force.

    Raises:
        UsageError: no such right is.
    """
    if marking.table_of(desk, _case(matter)) is None:
        msg = "no restriction, note or objection of this case is in force"
        raise UsageError(msg)
    return {}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """End it."""
    marking.lift(desk, _case(matter), now)
    return True


def _case(matter: Matter) -> bytes:
    try:
        return bytes.fromhex(matter.term(CASE) or "")
    except ValueError:
        msg = "the right is named by the id of its case, in hexadecimal digits"
        raise UsageError(msg) from None
