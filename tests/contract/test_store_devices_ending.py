# SPDX-License-Identifier: Apache-2.0
"""What every store promises of a device's end, tried on each kind.

Rules: each test gets a store of its own in a fresh directory; that nothing is left is
asked of every table there is, so a new one cannot be forgotten.
Not here: the end of what it sent (`test_store_ending.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from store_chain import DEVICE, STORED, TENANT, chain, remainder_of, void_of
from store_room import Room

from server.store.blocks import HeldBlock
from server.store.chains import Heard, Hole
from server.store.ending import EndingStore, HeldExtract
from server.store.interface import DeviceState, HeldResync
from server.store.orders import HeldOrder
from server.store.refusals import Refused

OTHER = replace(DEVICE, device=b"e" * 16)
WHOSE = TENANT, DEVICE.device


@pytest.fixture
def store(room: Room) -> EndingStore:
    """Return a store with two devices, of which everything is known that can be."""
    made = room.store
    made.add_token(TENANT, b"k" * 32, 2_000, 2)
    for device in (DEVICE, OTHER):
        made.enrol(device, b"k" * 32, 1_000)
        sent = [replace(one, device=device.device) for one in chain(6)]
        made.put([*sent[:3], void_of(sent[3]), sent[5]], 5)
        who = TENANT, device.device
        made.heard([Heard(*who, "0.1", "Linux", b"i" * 16, 6, 6)], 6)
        made.give_up(Hole(*who, b"i" * 16, 5, 5), 7)
        made.hold_resync(HeldResync(*who, "support", "logs", b"i" * 16, 9, b"resync"))
        made.set_pseudonyms(*who, b"keys")
        made.orders.hold(HeldOrder(*who, b"o" * 16, 99, b"sealed"), 9)
        made.refusals.add("gate", [Refused(*who, "clock-skew", 2, 9)])
    return made


def delete_data(store: EndingStore) -> None:
    """Delete all that both devices sent."""
    store.end_key(TENANT, b"y" * 16, 8)
    store.delete_ended(TENANT, b"y" * 16, 500)
    store.delete_announced(TENANT, "support", "standard", 9_999, 500)


@pytest.mark.parametrize("state", [DeviceState.GONE, DeviceState.REVOKED])
def test_nothing_is_left_of_a_device(
    store: EndingStore, room: Room, state: DeviceState
) -> None:
    """All that was known of it goes, and all of another device stays."""
    delete_data(store)
    before = room.known(OTHER.device)
    assert sorted(before) == [
        *("calls", "chains", "devices", "gaps", "lost", "orders", "pseudonyms"),
        *("refused", "resyncs", "spent", "usage"),
    ]
    store.set_state(*WHOSE, state)
    assert store.end_device(*WHOSE, 500) == sum(before.values()) - 1  # keys went
    assert room.known(DEVICE.device) == {}
    assert room.known(OTHER.device) == before
    assert store.end_device(*WHOSE, 500) == 0


def test_a_device_ends_slice_by_slice(store: EndingStore, room: Room) -> None:
    """The device itself goes with the last slice, and others store in between."""
    delete_data(store)
    store.set_state(*WHOSE, DeviceState.GONE)
    following = [replace(one, device=OTHER.device) for one in chain(9)][6:]
    slices = []
    while rows := store.end_device(*WHOSE, 3):
        assert (store.device(*WHOSE) is None) == (len(slices) == 4)
        assert store.put(following[len(slices) : len(slices) + 1], 9) in ([STORED], [])
        slices.append(rows)
    assert slices == [3, 3, 3, 3, 2]
    assert room.known(DEVICE.device) == {}


@pytest.mark.parametrize("state", [DeviceState.ACTIVE, DeviceState.QUARANTINED])
def test_a_device_that_may_be_heard_again_stays(
    store: EndingStore, state: DeviceState
) -> None:
    """Only a farewell or a revocation ends a device."""
    delete_data(store)
    store.set_state(*WHOSE, state)
    assert store.end_device(*WHOSE, 500) == 0
    assert store.device(*WHOSE) is not None


def _envelope(store: EndingStore) -> None:
    store.put([replace(chain(1)[0], key_id=b"z" * 16, incarnation=b"j" * 16)], 9)


def _announcement(store: EndingStore) -> None:
    store.put([void_of(replace(chain(1)[0], incarnation=b"j" * 16))], 9)


def _block(store: EndingStore) -> None:
    store.hold_block(HeldBlock(*WHOSE, "support", b"z" * 16, b"j" * 16, 1, 1, b"block"))


def _remainder(store: EndingStore) -> None:
    one = replace(chain(1)[0], key_id=b"z" * 16, incarnation=b"j" * 16)
    store.put([one], 9)
    store.replace(remainder_of(one, 0))


def _extract(store: EndingStore) -> None:
    place = DEVICE.device, b"i" * 16, 1, "support", b"h" * 16
    extract = HeldExtract(TENANT, b"c" * 16, *place, b"s" * 32, 900, 1, b"extract")
    store.put_extracts([extract])


@pytest.mark.parametrize(
    "keep", [_envelope, _announcement, _block, _remainder, _extract]
)
def test_a_device_stays_as_long_as_its_data(
    store: EndingStore, keep: Callable[[EndingStore], None]
) -> None:
    """While anything of it is kept it is known whose that is."""
    delete_data(store)
    keep(store)
    store.set_state(*WHOSE, DeviceState.REVOKED)
    assert store.end_device(*WHOSE, 500) == 0
    assert store.device(*WHOSE) is not None
