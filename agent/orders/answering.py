# SPDX-License-Identifier: Apache-2.0
"""What a person at the machine says to an order that waits for them.

Rules: only one that asks can be answered, and only in its time, whoever else is at
work in the spool; a yes lets it begin, once, judged again; a no ends it; either is in
the ledger.
Not here: the command (`agent/commands/diagnostics.py`), who is asked (`run_work.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.errors import UsageError
from agent.orders.consent import ADMINISTRATOR
from agent.orders.turn import SAID_NO, end
from agent.spool.order import HeldOrder
from agent.spool.spool import Spool
from wire.order_state import OrderState

YES = "yes"
"""What stands as consent when a person at the machine has said so."""


def approve(spool: Spool, name: str, now: int, by: str = ADMINISTRATOR) -> HeldOrder:
    """Let an order begin; return it.

    Args:
        spool: which remembers the orders.
        name: the first digits of its id.
        now: signed time.
        by: ADMINISTRATOR or AT_SCREEN.

    Raises:
        UsageError: there is none, more than one, or it does not wait any more.
        StateError: the disk refuses.
    """
    with spool.transaction() as change:
        held = replace(
            _waiting(change.orders(), name, now),
            state=OrderState.RECEIVED,
            consent=YES,
        )
        change.put_order(held)
        change.note("order-approved", {"order": held.id, "by": by}, now)
    return held


def deny(spool: Spool, name: str, now: int, by: str = ADMINISTRATOR) -> HeldOrder:
    """End an order; return it.

    Args:
        spool: which remembers the orders.
        name: the first digits of its id.
        now: signed time.
        by: ADMINISTRATOR or AT_SCREEN.

    Raises:
        UsageError: there is none, more than one, or it does not wait any more.
        StateError: the disk refuses.
    """
    with spool.transaction() as change:
        held = replace(
            _waiting(change.orders(), name, now),
            state=OrderState.DENIED,
            reason=SAID_NO,
        )
        end(change, held, now, by=by)
    return held


def _waiting(held: Sequence[HeldOrder], name: str, now: int) -> HeldOrder:
    """Return the one order that asks and whose id begins so."""
    found = [one for one in held if name and one.id.startswith(name)]
    if not found:
        msg = "no request has an id that begins so: discreet-agent diagnostics"
        raise UsageError(msg)
    if len(found) > 1:
        msg = "more than one id begins so: write more of its digits"
        raise UsageError(msg)
    if found[0].state is not OrderState.ASKING:
        msg = f"that request does not wait for an answer: it is {found[0].state.value}"
        raise UsageError(msg)
    if now > found[0].answer:
        msg = "that request has waited too long, and is denied"
        raise UsageError(msg)
    return found[0]
