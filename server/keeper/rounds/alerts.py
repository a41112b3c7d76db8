# SPDX-License-Identifier: Apache-2.0
"""The round `alerts`: what the job of alerts has left goes out by the channels.

Rules: where nobody owns the job any more, what it left still goes: alerts of devices
that are over with them, all others in their time.
Not here: the channels (`server/keeper/alarms`), the job (`server/reader/alerting.py`).
"""

from server import configuration
from server.alerts.bounds import KEEP_SECONDS, SENT_KEEP_SECONDS
from server.keeper.alarms import sending
from server.keeper.bounds import ALERTS_SECONDS
from server.keeper.desk import Desk
from server.register import alert_messages, alerts
from server.store.interface import DeviceState

EVERY_SECONDS = ALERTS_SECONDS


def turn(desk: Desk, now: int) -> None:
    """Send what is due.

    Raises:
        ServerError: what stopped the first channel that was stopped.
    """
    if configuration.ALERTS not in desk.settings().jobs:
        _forget(desk, now)
    sending.turn(desk, now)


def _forget(desk: Desk, now: int) -> None:
    with desk.alerts.view() as connection:
        if not alerts.every(connection):
            return
    left = {
        one.device
        for one in desk.store.devices(desk.tenant)
        if one.state not in {DeviceState.GONE, DeviceState.REVOKED}
    }
    with desk.alerts.transaction() as connection:
        alerts.forget_devices(connection, left)
        alerts.forget_old(connection, now - KEEP_SECONDS)
        alert_messages.forget(connection, now - SENT_KEEP_SECONDS)
