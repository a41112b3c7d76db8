# SPDX-License-Identifier: Apache-2.0
"""The round `departed`: a device that is heard no more leaves nothing behind at last.

Rules: its entry, counts and messages go after the last of its data, never before; its
id stays in one line of the ledger.
Not here: ending its data (`rounds/retention.py`), what an entry is (`server/store`).
"""

from server.keeper.bounds import ARREARS_SECONDS
from server.keeper.desk import Desk
from server.store.bounds import DELETED_ROWS
from server.store.interface import DeviceState

EVERY_SECONDS = ARREARS_SECONDS
_OVER = (DeviceState.GONE, DeviceState.REVOKED)


def turn(desk: Desk, now: int) -> None:
    """End the devices that are gone or revoked and have no data left.

    Raises:
        ServerError: store or ledger cannot be used.
    """
    for device in desk.store.devices(desk.tenant):
        if device.state not in _OVER:
            continue
        with desk.ending:
            while desk.store.end_device(desk.tenant, device.device, DELETED_ROWS):
                pass
        if desk.store.device(desk.tenant, device.device) is None:
            body = {"device": device.device, "reason": device.state.value}
            desk.ledger.add("device-ended", {**body}, now)
