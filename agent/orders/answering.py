# SPDX-License-Identifier: Apache-2.0
"""What a person at the machine says to an order that waits for them.

Rules: only one that asks can be answered, and only in its time; a yes lets it begin,
once, judged again; a no ends it; either is in the ledger.
Not here: the command (`agent/commands/diagnostics.py`), who is asked (`run_work.py`).
"""

from dataclasses import replace

from agent.errors import UsageError
from agent.orders.turn import SAID_NO, end
from agent.spool.order import HeldOrder
from agent.spool.spool import Spool
from wire.order_state import OrderState

YES = "yes"
"""What stands as consent when a person at the machine has said so."""


def waiting(spool: Spool, name: str, now: int) -> HeldOrder:
    """Return the one order that asks and whose id begins so.

    Args:
        spool: which remembers the orders.
        name: the first digits of its id.
        now: signed time.

    Raises:
        UsageError: there is none, more than one, or its time is over.
    """
    found = [one for one in spool.orders() if name and one.id.startswith(name)]
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


def approve(spool: Spool, held: HeldOrder, now: int) -> None:
    """Let an order begin.

    Raises:
        StateError: the disk refuses.
    """
    with spool.transaction() as change:
        change.put_order(replace(held, state=OrderState.RECEIVED, consent=YES))
        change.note("order-approved", {"order": held.id}, now)


def deny(spool: Spool, held: HeldOrder, now: int) -> None:
    """End an order.

    Raises:
        StateError: the disk refuses.
    """
    denied = replace(held, state=OrderState.DENIED, reason=SAID_NO)
    with spool.transaction() as change:
        end(change, denied, now)
