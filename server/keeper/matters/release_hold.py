# SPDX-License-Identifier: Apache-2.0
"""The matter `release-hold`: end a hold; what it kept dies as any data does.

Rules: its term `hold` is the id of the hold's case; the hold's key is destroyed by the
same steps and with the same certificate as any other key.
Not here: those steps (`server/keeper/ending.py`), placing a hold (`hold.py`).
"""

from collections.abc import Sequence

from server.errors import UsageError
from server.keeper import ending
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keyring import KeyKind
from server.register import cases, holds
from wire.crypto.sealing import key_id
from wire.papers.decision import Decided
from wire.papers.matter import Matter

HOLD = "hold"
RELEASED = "hold-released"
"""Why the key of a hold is destroyed."""


def check(
    desk: Desk,
    matter: Matter,
    now: int,
) -> dict[str, int]:
    """Refuse what is not in force; count what the hold keeps.

    Raises:
        UsageError: no such hold is in force.
    """
    case = _hold(matter)
    with desk.register.view() as connection:
        found = [hold for hold in holds.in_force(connection) if hold.case == case]
    if not found:
        msg = "no such hold is in force: discreet-server hold list shows all"
        raise UsageError(msg)
    kept = [item.records for item in desk.store.extracts(desk.tenant, case)]
    return {"envelopes": len(kept), "rows": sum(kept)}


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Release the hold and begin the end of its key."""
    case = _hold(matter)
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.HOLD, case)
    add_once(desk, RELEASED, {"case": case}, ("case",), 0)
    with desk.register.transaction() as connection:
        holds.release(connection, case, now)
        cases.close(connection, case, now)
    if key is not None:
        number = key_id(key.public)
        busy = {one for work in ending.under_way(desk) for one in work.plan.keys}
        if number not in busy:
            ending.begin(desk, [number], RELEASED, decided)
    return True


def _hold(matter: Matter) -> bytes:
    try:
        return bytes.fromhex(matter.term(HOLD) or "")
    except ValueError:
        msg = "the hold is named by the id of its case, in hexadecimal digits"
        raise UsageError(msg) from None
