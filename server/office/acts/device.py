# SPDX-License-Identifier: Apache-2.0
"""The act `device`: one device, its queue, and what is missing of its chains.

Rules: nothing of telemetry is opened; what the device says of itself is told apart from
what the store has seen.
Not here: many devices (`fleet.py`), what it sent (the reader).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.devices import find_in
from server.office.acts import Message
from server.office.refused import refused_of
from server.office.told import told
from server.orders.desk import Desk
from server.store.bounds import DAY_SECONDS
from server.store.chains import Chain, Span
from server.store.queues import queue_of

NAME = "device"
ACTION = Action.DEVICE_SEE
PURPOSE = None


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the device that "device" names.

    Raises:
        UsageError: the name means none, or more than one.
    """
    del person
    named = question.get("device")
    name = named if isinstance(named, str) else ""
    device = find_in(desk.store, desk.tenant, name)
    queue = queue_of(device.queue)
    unheard, more = refused_of(desk, device.device, now)
    chains = desk.store.holes(desk.tenant, device.device)
    yield {
        "end": {
            **told(device, unheard),
            "refused_more": more,
            "stored": desk.store.used(desk.tenant, device.device, now // DAY_SECONDS),
            "queue": queue
            and {"waiting": queue.waiting, "octets": queue.octets, "age": queue.age},
            "chains": [_chain(chain) for chain in chains],
        }
    }


def _chain(chain: Chain) -> Message:
    return {
        "incarnation": chain.incarnation.hex(),
        "end": chain.end,
        "highest": chain.highest,
        "marked": chain.marked,
        "said": chain.said,
        "said_at": chain.said_at,
        "missing": _count(chain.missing),
        "unfillable": _count(chain.unfillable),
        "lost": _count(chain.lost),
    }


def _count(spans: tuple[Span, ...]) -> int:
    return sum(last - first + 1 for first, last in spans)
