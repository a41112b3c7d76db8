# SPDX-License-Identifier: Apache-2.0
"""The act `devices`: lists the devices of the tenant.

Rules: nothing of telemetry is opened; what a device says of itself is its word.
Not here: one device in full (`device.py`).
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.devices import alarms, queue_of
from server.office.acts import Message
from server.orders.desk import Desk
from server.store.interface import Device
from wire.queue_state import QUIET

NAME = "devices"
ACTION = Action.DEVICE_SEE
PURPOSE = None
BATCH = 1_000
"""Devices of one message: a few hundred kilobytes."""


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield every device, in batches."""
    del question, person, now
    every = desk.store.devices(desk.tenant)
    for start in range(0, len(every), BATCH):
        yield {"devices": [told(device) for device in every[start : start + BATCH]]}
    yield {"end": {"count": len(every)}}


def told(device: Device) -> Message:
    """Return what is told of a device without opening anything."""
    queue = queue_of(device) or QUIET
    return {
        "device": device.device.hex(),
        "label": device.label,
        "site": device.spot.site,
        "tags": list(device.spot.tags),
        "state": device.state.value,
        "alarms": list(alarms(device)),
        "enrolled": device.enrolled,
        "seen": device.seen,
        "agent": device.agent,
        "system": device.system,
        "dropped": queue.dropped,
        "gaps": queue.gaps,
        "waiting": queue.waiting,
    }
