# SPDX-License-Identifier: Apache-2.0
"""Takes in what a poll's answer brings: lists of removals, and orders to be judged.

Rules: an order is remembered as it came, sealed, and obeyed by nobody yet; one that was
heard before says nothing new; so many are remembered at once, and no more: a gate that
sends others fills neither disk nor time.
Not here: judging and running (`run_work.py`), telling of them (`telling.py`).
"""

from agent.budget import ORDERS_HELD, ORDERS_SHOWN
from agent.device import Device
from agent.spool.order import HeldOrder
from wire import limits
from wire.doing import OrderState
from wire.errors import LimitError
from wire.orders import open_order, read_order

_KEPT_SECONDS = limits.ORDER_SECONDS + limits.CLOCK_SKEW_SECONDS
"""How long after it was heard an order could still be good."""


def hear_order(device: Device, sealed: bytes, now: int) -> bool:
    """Remember an order; false where it was heard before.

    Args:
        device: to whom it is sealed.
        sealed: as the answer brought it.
        now: signed time.

    Raises:
        WireError: it does not open, is none, or too many are remembered.
        StateError: the disk refuses.
    """
    who = device.who
    octets = open_order(sealed, who.sealing, who.tenant, who.device)
    _, request = read_order(octets)
    held = device.spool.orders()
    name = request.id.hex()
    if any(one.id == name for one in held):
        return False
    gone = [one for one in held[:-ORDERS_SHOWN] if _may_go(one, now)]
    if len(held) - len(gone) >= ORDERS_HELD:
        msg = "too many orders are remembered"
        raise LimitError(msg)
    seconds = min(request.seconds, limits.DIAGNOSTIC_SECONDS)
    expires = min(request.expires, now + _KEPT_SECONDS)
    with device.spool.transaction() as change:
        for one in gone:
            change.forget_order(one)
        change.put_order(
            HeldOrder(
                *(name, OrderState.RECEIVED, "", "", "", sealed),
                *(now, 0, expires, seconds),
            )
        )
    return True


def _may_go(held: HeldOrder, now: int) -> bool:
    """Tell whether an order is over, and no longer good if it came again."""
    return held.ended and held.heard + _KEPT_SECONDS < now
