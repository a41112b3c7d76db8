# SPDX-License-Identifier: Apache-2.0
"""The round `devices`: what was known of a device that is over goes after its data.

Rules: by the time to delete by; a device that said farewell or was revoked ends a month
after it was heard last, and never before its last data; its id stays in the ledger.
Not here: the end of its data (`rounds/retention.py`), revoking (`rounds/contract.py`).
"""

from functools import partial

from server.keeper.bounds import DEVICE_LINES, DEVICE_SECONDS, DEVICES_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.store.interface import Device, DeviceState
from server.store.purging import purged

EVERY_SECONDS = DEVICES_SECONDS
_OVER = {DeviceState.GONE, DeviceState.REVOKED}


def turn(desk: Desk, now: int) -> None:
    """End every device that is over and of which no data is left.

    Raises:
        ServerError: store or ledger cannot be used.
    """
    del now
    heard_before = desk.clock.now() - DEVICE_SECONDS
    for device in desk.store.devices(desk.tenant):
        over = device.state in _OVER and max(device.seen, device.enrolled)
        if over and over <= heard_before:
            with desk.ending:
                _end(desk, device)
        if desk.stopping.is_set():
            return


def _end(desk: Desk, device: Device) -> None:
    """End a device, slice by slice; what was left by a kill goes on."""
    after = max(0, desk.ledger.head().index - DEVICE_LINES)
    end = partial(desk.store.end_device, desk.tenant, device.device)
    for place, _ in enumerate(purged(end, int, wait=desk.stopping.wait)):
        if place == 0:
            body = {"device": device.device, "reason": device.state.value}
            add_once(desk, "device-ended", body, ("device",), after)
        if desk.stopping.is_set():
            return
