# SPDX-License-Identifier: Apache-2.0
"""What is to be done with the orders that have not ended, as time goes by.

Rules: each comes to an end: one that had begun when the agent stopped has failed and
never begins again; no answer in time is a no; one whose time is over or that was taken
back does not begin; the oldest goes first.
Not here: judging and running (`run_work.py`), the loop (`agent/resident.py`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from agent.spool.change import Transaction
from agent.spool.order import HeldOrder
from agent.spool.spool import Spool
from wire.doing import OrderState

INTERRUPTED = "interrupted"
"""Reason: the agent or the machine stopped while it ran."""
NO_ANSWER = "no-answer"
"""Reason: nobody at the machine said yes in time."""
SAID_NO = "said-no"
"""Reason: a person at the machine said no."""
CRASHED = "crashed"
"""Reason: what ran it ended without a word."""
TIMED_OUT = "timed-out"
"""Reason: it was ended when its time was over."""


def after(held: HeldOrder, cancelled: Collection[bytes], now: int) -> HeldOrder:
    """Return how an order stands that nothing runs at this moment.

    Args:
        held: as it stood.
        cancelled: ids of requests that were taken back.
        now: signed time.
    """
    if held.state is OrderState.RUNNING:
        return replace(held, state=OrderState.FAILED, reason=INTERRUPTED)
    if held.state not in {OrderState.RECEIVED, OrderState.ASKING}:
        return held
    if bytes.fromhex(held.id) in cancelled:
        return replace(held, state=OrderState.CANCELLED, reason="")
    if held.state is OrderState.ASKING and now > held.answer:
        return replace(held, state=OrderState.DENIED, reason=NO_ANSWER)
    if now > held.expires:
        return replace(held, state=OrderState.EXPIRED, reason="")
    return held


def settle(spool: Spool, cancelled: Collection[bytes], now: int) -> Sequence[HeldOrder]:
    """Write down what time has made of orders; return those of which more is to come.

    Args:
        spool: which remembers them; nothing runs at this moment.
        cancelled: ids of requests that were taken back.
        now: signed time.

    Raises:
        StateError: the disk refuses.
    """
    held = spool.orders(busy=True)
    if all(after(one, cancelled, now) == one for one in held):
        return held
    with spool.transaction() as change:  # a person may have answered meanwhile
        pairs = [(one, after(one, cancelled, now)) for one in change.orders(busy=True)]
        for old, new in pairs:
            if new != old:
                end(change, new, now)
    return [new for _, new in pairs]


def end(
    change: Transaction, held: HeldOrder, now: int, diagnostic: str = "", by: str = ""
) -> None:
    """Write down the end of an order, with its line in the ledger.

    Args:
        change: the spool's open transaction.
        held: as it has ended.
        now: signed time.
        diagnostic: its name, where the order was judged good.
        by: who at the machine ended it, if anybody did.
    """
    change.put_order(held)
    change.note(
        "order-ended",
        {
            "order": held.id,
            "diagnostic": diagnostic or None,
            "state": held.state.value,
            "reason": held.reason,
            "rows": held.found,
            **({"by": by} if by else {}),
        },
        now,
    )


def ready(held: Sequence[HeldOrder]) -> HeldOrder | None:
    """Return the order whose turn it is; None where none waits for it."""
    waiting = [one for one in held if one.state is OrderState.RECEIVED]
    return min(waiting, key=lambda one: (one.heard, one.id), default=None)


def asking(held: Sequence[HeldOrder]) -> bool:
    """Tell whether a person at the machine is being asked."""
    return any(one.state is OrderState.ASKING for one in held)
