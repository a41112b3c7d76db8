# SPDX-License-Identifier: Apache-2.0
"""The act `approve`: sends what a second technician has signed, too.

Rules: it is for who may approve, and for orders that have both signatures.
Not here: sending what needs one (`send.py`), the checks (`server/orders/sending.py`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.errors import UsageError
from server.office.acts import Message, send
from server.orders.desk import Desk
from wire import limits
from wire.errors import WireError
from wire.orders import read_order
from wire.purposes import Purpose

NAME = "approve"
ACTION = Action.DIAGNOSE_APPROVE
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the ids of the order and its device.

    Args:
        desk: what orders are made with.
        question: "order", in hex.
        person: who approves it.
        now: seconds since the epoch.

    Raises:
        UsageError: it lacks a signature, or is no order.
        DeniedError: no device would obey it.
    """
    try:
        order, _ = read_order(bytes.fromhex(str(question.get("order", ""))))
    except (ValueError, WireError):
        order = None
    if order is None or len(order.proofs) < limits.PROOFS:
        msg = "this has not both signatures: sign what the first technician signed"
        raise UsageError(msg)
    yield from send.answer(desk, question, person, now)
