# SPDX-License-Identifier: Apache-2.0
"""What is told of a device without opening anything: its line of the fleet.

Rules: nothing of telemetry is opened; what a device says of itself is its word.
Not here: which devices are told of (`acts/fleet.py`), one in full (`acts/device.py`).
"""

from collections.abc import Sequence

from server.office.refused import Told
from server.store.interface import Device
from server.store.queues import alarms, queue_of
from wire.queue_state import QUIET


def told(device: Device, unheard: Sequence[Told]) -> Told:
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
