# SPDX-License-Identifier: Apache-2.0
"""The act `cancel`: takes an order back.

Rules: who does it is in the ledger.
Not here: what that means to a device (`server/orders/sending.py`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.office.acts import Message
from server.orders import sending
from server.orders.desk import Desk
from wire.purposes import Purpose

NAME = "cancel"
ACTION = Action.DIAGNOSE_CANCEL
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the id of the order.

    Args:
        desk: what orders are made with.
        question: "order", the first digits of its id.
        person: who takes it back.
        now: seconds since the epoch.

    Raises:
        UsageError: there is none, or it is over.
    """
    fate = sending.cancel(desk, str(question.get("order", "")), now, person.name)
    yield {"end": {"order": fate.order.hex()}}
