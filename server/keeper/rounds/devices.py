# SPDX-License-Identifier: Apache-2.0
"""The round `devices`: what was known of a device that is over goes after its data.

Rules: by the time to delete by; that a device said farewell is in the ledger once; it,
or one that was revoked, ends a month after it was heard last, and never before its last
data; its id stays in the ledger.
Not here: the end of its data (`rounds/retention.py`), revoking (`rounds/contract.py`).
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from server.keeper.bounds import DEVICE_LINES, DEVICE_SECONDS, DEVICES_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.store.interface import Device, DeviceState
from server.store.purging import purged

if TYPE_CHECKING:
    from wire.cbor import Plain

EVERY_SECONDS = DEVICES_SECONDS
LEFT = "device-left"
_SKEW_SECONDS = 86_400
"""By which the ledger's clock may be behind the gate's."""
_OVER = {DeviceState.GONE, DeviceState.REVOKED}


def turn(desk: Desk, now: int) -> None:
    """End every device that is over and of which no data is left.

    Raises:
        ServerError: store or ledger cannot be used.
    """
    del now
    heard_before = desk.clock.now() - DEVICE_SECONDS
    devices = list(desk.store.devices(desk.tenant))
    gone = [one for one in devices if one.state is DeviceState.GONE]
    _tell(desk, [one for one in gone if one.seen > heard_before])
    for device in devices:
        over = device.state in _OVER and max(device.seen, device.enrolled)
        if over and over <= heard_before:
            with desk.ending:
                _end(desk, device)
        if desk.stopping.is_set():
            return


def _tell(desk: Desk, gone: Sequence[Device]) -> None:
    """Write down that devices have left, each once."""
    if not gone:
        return
    since = min(one.seen for one in gone) - _SKEW_SECONDS
    lines = desk.ledger.recent(since, LEFT)
    told = {(line.body or {}).get("device") for line in lines}
    for one in gone:
        if one.device not in told:
            body: dict[str, Plain] = {"device": one.device, "seen": one.seen}
            desk.ledger.add(LEFT, body, desk.clock.latest())


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
