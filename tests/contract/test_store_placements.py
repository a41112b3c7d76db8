# SPDX-License-Identifier: Apache-2.0
"""What any store keeps of which device obeys which policy.

Not here: signing placements (`tests/unit/server/test_rollout.py`), devices
(`test_store.py`).
"""

from dataclasses import replace

import pytest
from store_chain import DEVICE, OTHER, TENANT
from store_room import Room, with_device

from server.store.chains import Heard
from server.store.interface import DeviceState, Store
from server.store.placements import Count, HeldPlacement, Obeyed


@pytest.fixture
def store(room: Room) -> Store:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


def test_a_placement_goes_with_its_policy(room: Room, store: Store) -> None:
    """A device obeys what it was placed under last; who is not there gets none."""
    held = store.placements
    for number in (7, 8):
        held.hold_policy(TENANT, number, b"policy %d" % number)
    first = HeldPlacement(DEVICE.device, 7, 100, 1_000, b"first")
    nobody = HeldPlacement(b"n" * 16, 7, 100, 1_000, b"nobody")
    held.hold(TENANT, [nobody, first])
    assert held.every(TENANT) == [first]
    assert held.obeyed(TENANT, DEVICE.device) == Obeyed(b"policy 7", b"first")
    second = HeldPlacement(DEVICE.device, 8, 101, 1_001, b"second")
    held.hold(TENANT, [second])
    found = room.again().placements
    assert found.obeyed(TENANT, DEVICE.device) == Obeyed(b"policy 8", b"second")
    assert found.obeyed(TENANT, nobody.device) is None
    assert found.every(OTHER) == []


def test_placements_are_counted_by_their_versions(room: Room, store: Store) -> None:
    """Of each version, whom it is for and who was heard since; nobody who is over."""
    names = [bytes([number]) * 16 for number in range(5)]
    store.add_token(TENANT, b"s" * 32, 2_000, len(names))
    for name in names:
        store.enrol(replace(DEVICE, device=name), b"s" * 32, 1_000)
    held, seen = store.placements, names[:3]
    store.heard(
        [Heard(TENANT, name, "0.3", "Linux 6", b"i" * 16, 0, 0) for name in seen], 1_500
    )
    versions = {names[0]: (7, 1_500), names[1]: (7, 1_501), names[2]: (8, 1_400)}
    versions |= {names[3]: (8, 1_001), names[4]: (8, 1_002)}
    held.hold(
        TENANT,
        [
            HeldPlacement(name, version, 100, issued, b"signed")
            for name, (version, issued) in versions.items()
        ],
    )
    store.set_state(TENANT, names[4], DeviceState.REVOKED)
    found = room.again().placements
    assert found.counts(TENANT) == {7: Count(2, 1), 8: Count(2, 1)}
    assert found.counts(OTHER) == {}


def test_a_placement_gives_way_to_a_newer_one_alone(store: Store) -> None:
    """Who comes late with an older serial, or the same, changes nothing."""
    held = store.placements
    newest = HeldPlacement(DEVICE.device, 8, 101, 1_001, b"newest")
    held.hold(TENANT, [newest])
    for serial in (100, 101):
        held.hold(TENANT, [HeldPlacement(DEVICE.device, 7, serial, 1_002, b"late")])
    assert held.every(TENANT) == [newest]


@pytest.mark.parametrize(
    "over", [one for one in DeviceState if one is not DeviceState.ACTIVE]
)
def test_who_is_heard_no_more_gets_no_placement(
    store: Store, over: DeviceState
) -> None:
    """A placement that comes late cannot outlive its device."""
    store.set_state(TENANT, DEVICE.device, over)
    store.placements.hold(
        TENANT, [HeldPlacement(DEVICE.device, 7, 100, 1_000, b"late")]
    )
    assert store.placements.every(TENANT) == []
