# SPDX-License-Identifier: Apache-2.0
"""The act `orders`: what became of orders, and what was asked with them.

Rules: a device's word for it is told in words and numbers; what was asked is what the
ledger has of it, for the store holds orders sealed.
Not here: what was found, which is read as all else (`server/reader`).
"""

from collections.abc import Generator, Mapping

from server.access.actions import Action
from server.access.model import Person
from server.devices import known
from server.office.acts import Message
from server.orders import sending
from server.orders.desk import Desk
from server.store.orders import OrderFate
from wire.endings import sentence_of
from wire.purposes import Purpose

NAME = "orders"
ACTION = Action.DIAGNOSE_SEE
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the orders, the newest first.

    Args:
        desk: what orders are made with.
        question: "order", the first digits of one's id, for it alone; "device", whole,
            for those of one; "brief" to leave out what was asked.
        person: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: there is no such order.
    """
    del person
    sending.note_ends(desk, now)
    name = str(question.get("order", ""))
    fates = [sending.find(desk, name)] if name else desk.store.orders.fates(desk.tenant)
    if of := str(question.get("device", "")):
        fates = [one for one in fates if one.device.hex() == of]
    sent = {} if question.get("brief") or not fates else _sent(desk, now)
    asked = known(desk.store, desk.tenant, (fate.device for fate in fates))
    labels = {one.device: one.label for one in asked}
    yield {
        "end": {
            "orders": [
                _line(desk, fate, now)
                | {"label": labels.get(fate.device, "")}
                | sent.get(fate.order, {})
                for fate in sorted(fates, key=lambda one: one.held, reverse=True)
            ]
        }
    }


def _sent(desk: Desk, now: int) -> Mapping[bytes, Message]:
    """Return what was asked, by order."""
    return {
        order: {
            "diagnostic": body.get("diagnostic", ""),
            "ticket": body.get("ticket", ""),
            "technicians": body.get("technicians", []),
            "by": body.get("by", ""),
        }
        for order, body in sending.sent_of(desk, now).items()
    }


def _line(desk: Desk, fate: OrderFate, now: int) -> Message:
    doing = fate.doing
    return {
        "order": fate.order.hex(),
        "device": fate.device.hex(),
        "sent": fate.held,
        "until": fate.expires,
        "state": _state(fate, now),
        "reason": sentence_of(doing.reason) if doing and doing.reason else "",
        "done": doing.done if doing else 0,
        "of": doing.of if doing else 0,
        "changed": fate.changed,
        "taken": fate.withdrawn,
        "over": fate.ended
        or fate.expires < now
        or (not doing and bool(fate.withdrawn)),
        "arrived": fate.ended and _arrived(desk, fate.device),
    }


def _state(fate: OrderFate, now: int) -> str:
    if fate.doing is not None:
        return fate.doing.state.value
    if fate.withdrawn:
        return "withdrawn"
    return "unheard" if fate.expires < now else "waiting"


def _arrived(desk: Desk, device: bytes) -> bool:
    """Tell whether the store has all that a device said it wrote."""
    chains = desk.store.holes(desk.tenant, device)
    newest = max(chains, key=lambda one: one.said_at, default=None)
    return newest is not None and newest.end >= newest.said
