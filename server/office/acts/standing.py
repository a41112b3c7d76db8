# SPDX-License-Identifier: Apache-2.0
"""The act `standing`: sums over the fleet, of what waits, was lost and lags behind.

Rules: nothing of telemetry is opened; sums alone, and no device in them.
Not here: the same for a Prometheus (`server/watch/fleet.py`), one device (`device.py`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.devices import unsent
from server.office.acts import Message
from server.orders.desk import Desk

NAME = "standing"
ACTION = Action.DEVICE_SEE
PURPOSE = None


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the sums.

    Args:
        desk: what the office works with.
        question: nothing more.
        person: who asks.
        now: seconds since the epoch.
    """
    del question, person
    store, tenant = desk.store, desk.tenant
    waiting = unsent(store.devices(tenant), now)
    behind = {end.device for end in store.unmarked() if end.tenant == tenant}
    yield {
        "end": {
            "waiting": waiting.envelopes,
            "oldest": now - waiting.age if waiting.envelopes else 0,
            "losses": [
                {"reason": one.reason, "count": one.count, "records": one.records}
                for one in store.announced(tenant)
            ],
            "behind": len(behind),
        }
    }
