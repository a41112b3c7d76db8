# SPDX-License-Identifier: Apache-2.0
"""The act `send`: sends what its own asker, and whoever must, has signed.

Rules: who sends is in the ledger, and so is what is refused.
Not here: the checks (`server/orders/sending.py`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.errors import TrustError, UsageError
from server.office.acts import Message
from server.orders import sending
from server.orders.desk import Desk
from wire.purposes import Purpose

NAME = "send"
ACTION = Action.DIAGNOSE_ASK
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the ids of the order and its device.

    Args:
        desk: what orders are made with.
        question: "order", in hex.
        person: who sends it.
        now: seconds since the epoch.

    Raises:
        UsageError: it is no order, or its device cannot be asked.
        DeniedError: no device would obey it.
    """
    try:
        signed = bytes.fromhex(str(question.get("order", "")))
        request = sending.send(desk, [signed], now, person.name)
    except (ValueError, TrustError):
        msg = "this is no signed order: sign what was drafted"
        raise UsageError(msg) from None
    yield {"end": {"order": request.id.hex(), "device": request.device.hex()}}
