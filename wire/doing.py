# SPDX-License-Identifier: Apache-2.0
"""How far a device is with an order, as its poll tells.

Rules: an id, a state, a slug and two numbers; nothing of what was asked or found.
Not here: orders (`wire/orders.py`), when a state changes (`agent/orders`).
"""

from wire import limits
from wire.codec import Choice, Field, Message, Text, Uint, fixed
from wire.order_state import ENDED, Doing, OrderState

__all__ = ["DOING", "ENDED", "ORDER_ID_BYTES", "Doing", "OrderState"]

ORDER_ID_BYTES = 16


DOING = Message(
    "doing",
    Doing,
    (
        Field(1, "order", fixed(ORDER_ID_BYTES)),
        Field(2, "state", Choice(OrderState)),
        Field(3, "reason", Text(limits.REASON_CHARS)),
        Field(4, "done", Uint()),
        Field(5, "of", Uint()),
    ),
)
