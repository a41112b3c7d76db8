# SPDX-License-Identifier: Apache-2.0
"""What a poll tells of orders, and what was told when it was answered.

Rules: an id, a state and a slug; what has changed goes first, what has ended before
what goes on; an end is told until a poll that told it was answered.
Not here: what changes a state (`turn.py`, `run_work.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.spool.order import HeldOrder
from agent.spool.spool import Spool
from wire import limits
from wire.doing import Doing, OrderState


def doing(held: Sequence[HeldOrder], ran: int = 0) -> tuple[Doing, ...]:
    """Return what a poll tells.

    Args:
        held: orders that have not ended, or of whose end the collector does not know.
        ran: seconds for which the one that runs has run.
    """
    ordered = sorted(held, key=lambda one: (not _untold(one), not one.ended, one.heard))
    return tuple(_doing(one, ran) for one in ordered[: limits.DOING])


def _doing(held: HeldOrder, ran: int) -> Doing:
    steps = (0, 0)
    if held.state is OrderState.RUNNING:
        steps = min(ran, held.seconds), held.seconds
    return Doing(bytes.fromhex(held.id), held.state, held.reason, *steps)


def was_told(spool: Spool, told: Sequence[Doing]) -> None:
    """Remember that the collector knows what a poll told.

    Args:
        spool: which remembers the orders.
        told: what the poll said; a state that has changed since is still to be told.

    Raises:
        StateError: the disk refuses.
    """
    states = {one.order.hex(): one.state for one in told}

    def heard(held: Sequence[HeldOrder]) -> list[HeldOrder]:
        return [one for one in held if _untold(one) and states.get(one.id) is one.state]

    if heard(spool.orders(busy=True)):
        with spool.transaction() as change:  # a person may have answered meanwhile
            for one in heard(change.orders(busy=True)):
                change.put_order(replace(one, told=one.state.value))


def _untold(held: HeldOrder) -> bool:
    return held.told != held.state.value


def to_tell(held: Sequence[HeldOrder]) -> bool:
    """Tell whether the collector does not know how an order stands."""
    return any(map(_untold, held))
