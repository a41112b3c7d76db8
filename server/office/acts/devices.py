# SPDX-License-Identifier: Apache-2.0
"""The act `devices`: lists the devices of the tenant.

Rules: nothing of telemetry is opened; what a device says of itself is its word.
Not here: one device in full.
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.devices import alarms
from server.office.acts import Message
from server.orders.desk import Desk

NAME = "devices"
ACTION = Action.DEVICE_SEE
PURPOSE = None


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield every device."""
    del question, person, now
    yield {
        "end": {
            "devices": [
                {
                    "device": device.device.hex(),
                    "label": device.label,
                    "state": device.state.value,
                    "alarms": list(alarms(device)),
                    "enrolled": device.enrolled,
                    "seen": device.seen,
                    "agent": device.agent,
                    "system": device.system,
                }
                for device in desk.store.devices(desk.tenant)
            ]
        }
    }
