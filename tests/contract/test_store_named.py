# SPDX-License-Identifier: Apache-2.0
"""Which devices a store finds by what a person types, tried on each kind of store.

Not here: what is said where none or too many are meant (`server/devices.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from store_chain import DEVICE, OTHER, TENANT
from store_room import Room

from server import devices
from server.devices import known


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("6464", [0]),  # the id is 64 times sixteen
        ("64646464646464646464646464646464", [0]),
        ("6465", [1]),
        ("64", [0, 1]),
        ("6", [0, 1]),
        ("64640", []),
        ("DESK", []),
        ("desk", [1]),
        ("beef", [2]),
        ("BEEF", []),
        ("646464646464646464646464646464640", []),
        ("", []),
        ("%", []),
        ("de\x00sk", []),
        ("Empfang-B\udcfcro", []),  # a Latin-1 terminal's
    ],
)
def test_a_device_is_found_by_digits_or_label(
    room: Room, named: str, meant: Sequence[int]
) -> None:
    """First digits of an id, or a whole label; nobody else's, and no pattern."""
    store, ids = room.store, (b"d" * 16, b"de" + b"d" * 14, b"\x01" * 16)
    every = [
        replace(DEVICE, device=one, enrolled=1_000 + n) for n, one in enumerate(ids)
    ]
    store.add_token(TENANT, b"k" * 32, 2_000, 3)
    store.add_token(OTHER, b"o" * 32, 2_000, 1)
    for one in every:
        store.enrol(one, b"k" * 32, 1_000)
    store.enrol(replace(every[0], tenant=OTHER, device=b"dd" + b"x" * 14), b"o" * 32, 1)
    store.set_label(TENANT, ids[1], "desk")
    store.set_label(TENANT, ids[2], "beef")
    found = [one.device for one in store.devices(TENANT, named)]
    assert found == [ids[number] for number in meant]


@pytest.mark.parametrize("count", [3, 5, 6, 12])
def test_some_devices_are_found_however_many(
    room: Room, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one question or in several: those that are enrolled, each once."""
    monkeypatch.setattr(devices, "LOOKED_UP", 5)
    store = room.store
    ids = [bytes([number]) * 16 for number in range(count + 2)]
    store.add_token(TENANT, b"k" * 32, 2_000, len(ids))
    for one in ids[:-1]:
        store.enrol(replace(DEVICE, device=one), b"k" * 32, 1_000)
    wanted = [*ids[1:], ids[1]]  # the last is nobody's, the first is not asked for
    found = [one.device for one in known(store, TENANT, wanted)]
    assert sorted(found) == ids[1:-1]
