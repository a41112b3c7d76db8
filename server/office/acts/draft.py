# SPDX-License-Identifier: Apache-2.0
"""The act `draft`: writes a request as it is to be signed, and tells it in words.

Rules: what no device would do is refused here; nothing is sent or written down.
Not here: the rules (`server/orders/drafting.py`), signing (`technician/`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.errors import UsageError
from server.office.acts import Message
from server.orders.desk import Desk
from server.orders.drafting import Wish, draft
from wire.asking import diagnostic_of
from wire.order_words import describe
from wire.orders import read_request
from wire.purposes import Purpose

NAME = "draft"
ACTION = Action.DIAGNOSE_ASK
PURPOSE = Purpose.SUPPORT


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the request and its words.

    Args:
        desk: what orders are made with.
        question: "device", "diagnostic", "parameters" (NAME=VALUE each), "ticket",
            "reason", "asked_by" and "seconds".
        person: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: a word of it will not do.
        DeniedError: it may not be asked.
    """
    del person
    octets = draft(desk, _wish(question), now)
    request = read_request(octets)
    dataset = diagnostic_of(request, desk.catalogue)
    lines = describe(request, dataset) if dataset else ()
    asked = dataset.diagnostic if dataset else None
    yield {
        "end": {
            "request": octets.hex(),
            "title": dataset.title if dataset else "",
            "sensitive": asked is not None and asked.sensitive,
            "lines": [[one.name, one.value, one.note] for one in lines],
        }
    }


def _wish(question: Message) -> Wish:
    match question:
        case {
            "device": str(device),
            "diagnostic": str(diagnostic),
            "parameters": [*parameters],
            "ticket": str(ticket),
            "reason": str(reason),
            "asked_by": str(asked_by),
            "seconds": int(seconds),
        }:
            given = [str(one) for one in parameters]
            return Wish(device, diagnostic, given, ticket, reason, asked_by, seconds)
    msg = "the office does not understand this: restart `serve`"
    raise UsageError(msg)
