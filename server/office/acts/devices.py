# SPDX-License-Identifier: Apache-2.0
"""The act `devices`: lists the devices of the tenant.

Rules: nothing of telemetry is opened; what a device says of itself is its word; the
store is asked for the devices once.
Not here: one device in full (`device.py`), those of a page (`fleet.py`).
"""

from collections.abc import Generator, Sequence

from server.access.actions import Action
from server.access.model import Person
from server.office.acts import Message
from server.office.refused import refused
from server.orders.desk import Desk
from server.store.interface import Device
from server.store.queues import alarms, queue_of
from wire.queue_state import QUIET

NAME = "devices"
ACTION = Action.DEVICE_SEE
PURPOSE = None
BATCH = 1_000
"""Devices of one message: a few hundred kilobytes."""


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield every device, in batches.

    Args:
        desk: what the office works with.
        question: nothing more.
        person: who asks.
        now: seconds since the epoch.
    """
    del question, person
    every = desk.store.devices(desk.tenant)
    unheard, _ = refused(desk, now)
    for start in range(0, len(every), BATCH):
        batch = every[start : start + BATCH]
        yield {"devices": [told(one, unheard.get(one.device, ())) for one in batch]}
    yield {"end": {"count": len(every)}}


def told(device: Device, unheard: Sequence[Message]) -> Message:
    """Return what is told of a device without opening anything.

    Args:
        device: as the store knows it.
        unheard: what gates did not take of it.
    """
    queue = queue_of(device.queue) or QUIET
    return {
        "device": device.device.hex(),
        "label": device.label,
        "site": device.spot.site,
        "tags": list(device.spot.tags),
        "state": device.state.value,
        "alarms": list(alarms(device.queue)),
        "enrolled": device.enrolled,
        "seen": device.seen,
        "agent": device.agent,
        "system": device.system,
        "dropped": queue.dropped,
        "gaps": queue.gaps,
        "waiting": queue.waiting,
        "refused": list(unheard),
    }
