# SPDX-License-Identifier: Apache-2.0
"""When the keeper forgets a device.

Rules: a real installation; time is the test's.
Not here: what goes with it (`tests/contract/test_store_devices_ending.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Room

from server.keeper.bounds import DEVICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.rounds import devices
from server.store.interface import DeviceState

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Make an installation with data."""
    made = Room(tmp_path)
    yield made
    made.close()


def labels(desk: Desk) -> set[str]:
    """Return which devices are known."""
    return {device.label for device in desk.store.devices(desk.tenant)}


def delete_all(desk: Desk) -> None:
    """Delete all data there is."""
    for key in desk.store.end_keys(desk.tenant, desk.store.sealed_keys(desk.tenant), 1):
        while desk.store.delete_ended(desk.tenant, key, 500).rows:
            pass


def revoke(desk: Desk, label: str) -> bytes:
    """Revoke a device; returns its id."""
    (number,) = (
        one.device for one in desk.store.devices(desk.tenant) if one.label == label
    )
    desk.store.set_state(desk.tenant, number, DeviceState.REVOKED)
    return number


def test_a_device_ends_a_month_after_it_was_heard(room: Room) -> None:
    """Not a second before, not one that is heard; the ledger keeps its id."""
    with room.keeper() as desk:
        delete_all(desk)
        number = revoke(desk, "Desk")
        room.machine.passes(DEVICE_SECONDS - 1)
        devices.turn(desk, room.machine.system)
        assert labels(desk) == {"Desk", "Shed"}
        room.machine.passes(1)
        for _ in range(2):
            devices.turn(desk, room.machine.system)
        assert labels(desk) == {"Shed"}
        told = [one for one in room.site.acts() if one.act == "device-ended"]
        assert [one.body for one in told] == [{"device": number, "reason": "revoked"}]


def test_a_device_is_known_as_long_as_its_data(room: Room) -> None:
    """Whose data is still kept is known, however long it was not heard."""
    with room.keeper() as desk:
        revoke(desk, "Desk")
        room.machine.passes(10 * DEVICE_SECONDS)
        devices.turn(desk, room.machine.system)
        assert labels(desk) == {"Desk", "Shed"}
        assert "device-ended" not in [one.act for one in room.site.acts()]


def test_that_a_device_left_is_written_down_once(room: Room) -> None:
    """Who was not there reads when it said farewell; of one revoked that is no line."""
    with room.keeper() as desk:
        revoke(desk, "Shed")
        (gone,) = (
            one for one in desk.store.devices(desk.tenant) if one.label == "Desk"
        )
        desk.store.set_state(desk.tenant, gone.device, DeviceState.GONE)
        for _ in range(2):
            devices.turn(desk, room.machine.system)
            room.machine.passes(DEVICE_SECONDS // 2)
        told = [one for one in room.site.acts() if one.act == "device-left"]
    assert [one.body for one in told] == [{"device": gone.device, "seen": gone.seen}]


def test_a_clock_set_forward_ends_no_device(room: Room) -> None:
    """A month is one that the keeper has seen go by."""
    with room.keeper() as desk:
        delete_all(desk)
        revoke(desk, "Desk")
        room.machine.system += 10 * DEVICE_SECONDS
        devices.turn(desk, room.machine.system)
        assert labels(desk) == {"Desk", "Shed"}
