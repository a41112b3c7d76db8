# SPDX-License-Identifier: Apache-2.0
"""The round `contract`: when the contract has ended, its machines are heard no more.

Rules: by the time to delete by, for a device that is revoked stays revoked and a clock
set ahead must not do that to a fleet.
Not here: what is deleted at the end of the window (`rounds/retention.py`).
"""

from server.keeper.bounds import ROUND_SECONDS
from server.keeper.desk import Desk
from server.register import contract
from server.store.interface import DeviceState

EVERY_SECONDS = ROUND_SECONDS
BY = "contract"
"""Who revoked them, in the ledger: no person did."""


def turn(desk: Desk, now: int) -> None:
    """Revoke every device that is still heard after the contract's end.

    Raises:
        ServerError: register, store or ledger cannot be used.
    """
    with desk.register.view() as connection:
        given = contract.notice(connection)
    if given is None or desk.clock.now() < given.ends:
        return
    for device in desk.store.devices(desk.tenant):
        if device.state is DeviceState.ACTIVE:
            number = device.device
            desk.ledger.add("device-revoked", {"by": BY, "device": number}, now)
            desk.store.set_state(desk.tenant, number, DeviceState.REVOKED)
