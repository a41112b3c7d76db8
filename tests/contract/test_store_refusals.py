# SPDX-License-Identifier: Apache-2.0
"""What every store promises of what gates did not take, tried on each kind.

Not here: counting (`tests/unit/server/test_gate_refusing.py`).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import DEVICE, TENANT
from store_room import KINDS, opened

from server.errors import StateError
from server.store.ending import EndingStore
from server.store.interface import DeviceState
from server.store.kept_refusals import KeptRefusals
from server.store.refusals import (
    HOUR_SECONDS,
    NAME_CHARS,
    NAMED,
    NOBODY,
    REASONS,
    Refused,
    RefusedDevice,
    RefusedHour,
)
from server.store.refusals import OTHER as ANOTHER
from server.store.sqlite import SqliteStore

ONE, OTHER = DEVICE.device, b"e" * 16
STRANGERS = b"x" * 16
"""Another tenant of the same store."""
SOME = [bytes([number]) * 16 for number in range(3)]
NOON = 500_000 * HOUR_SECONDS
LATER = NOON + 100 * HOUR_SECONDS


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EndingStore]:
    """Return a new store of each kind with some devices of two tenants."""
    with opened(request.param, tmp_path) as made:
        kept = made.store
        for tenant in (TENANT, STRANGERS):
            kept.add_token(tenant, b"k" * 32, 2_000, 30)
        kept.enrol(replace(DEVICE, tenant=STRANGERS), b"k" * 32, 1_000)
        for device in (ONE, OTHER, *SOME):
            kept.enrol(replace(DEVICE, device=device), b"k" * 32, 1_000)
        yield kept


def said(
    device: bytes, reason: str, count: int, last: int, tenant: bytes = TENANT
) -> Refused:
    """Return what a gate tells of one device."""
    return Refused(tenant, device, reason, count, last)


def test_counts_of_gates_are_added_up(store: EndingStore) -> None:
    """By hour, gate and reason; a device is told once for each reason."""
    refusals = store.refusals
    skew, gone = said(ONE, "clock-skew", 2, NOON), said(OTHER, "gone", 1, NOON + 9)
    refusals.add("west", [skew, gone, said(OTHER, "clock-skew", 4, NOON + 3)])
    refusals.add("east", [said(ONE, "clock-skew", 5, NOON + HOUR_SECONDS)])
    refusals.add("west", [said(ONE, "clock-skew", 7, NOON + 5)])
    hour = NOON // HOUR_SECONDS
    assert list(refusals.hours(TENANT, hour)) == [
        RefusedHour(hour, "west", "clock-skew", 13),
        RefusedHour(hour, "west", "gone", 1),
        RefusedHour(hour + 1, "east", "clock-skew", 5),
    ]
    assert list(refusals.devices(TENANT, NOON)) == [
        RefusedDevice(ONE, "clock-skew", "west", 14, NOON, NOON + HOUR_SECONDS),
        RefusedDevice(OTHER, "gone", "west", 1, NOON + 9, NOON + 9),
        RefusedDevice(OTHER, "clock-skew", "west", 4, NOON + 3, NOON + 3),
    ]
    assert next(iter(refusals.hours(TENANT, hour + 1))).gate == "east"
    assert [one.device for one in refusals.devices(TENANT, NOON + 10)] == [ONE]


def test_nobodys_are_told_to_each_tenant_and_a_tenants_to_itself(
    store: EndingStore,
) -> None:
    """Nobody knows whose they were; another tenant's are another's."""
    refusals, hour = store.refusals, NOON // HOUR_SECONDS
    refusals.add("west", [said(b"", "malformed", 3, NOON, NOBODY)])
    refusals.add("west", [said(ONE, "revoked", 1, NOON, STRANGERS)])
    told = [RefusedHour(hour, "west", "malformed", 3)]
    assert list(refusals.hours(TENANT, 0)) == told
    assert list(refusals.devices(TENANT, 0)) == []
    assert [one.reason for one in refusals.devices(STRANGERS, 0)] == ["revoked"]


def test_what_is_old_is_forgotten(store: EndingStore) -> None:
    """An hour that has begun before, and a device that was refused last before."""
    refusals = store.refusals
    for number, device in enumerate(SOME):
        at = NOON + number * HOUR_SECONDS
        refusals.add("west", [said(device, "gone", 1, at)])
    refusals.forget(NOON + HOUR_SECONDS, LATER)
    left = [NOON // HOUR_SECONDS + 1, NOON // HOUR_SECONDS + 2]
    assert [one.hour for one in refusals.hours(TENANT, 0)] == left
    assert [one.device[0] for one in refusals.devices(TENANT, 0)] == [2, 1]


def test_what_is_to_come_is_forgotten(store: EndingStore) -> None:
    """It would be the latest for ever, and everything else beyond the bound."""
    refusals = store.refusals
    for number, device in enumerate(SOME):
        at = NOON + number * HOUR_SECONDS
        refusals.add("west", [said(device, "gone", 1, at)])
    refusals.forget(0, NOON + 2 * HOUR_SECONDS)
    hour = NOON // HOUR_SECONDS
    assert [one.hour for one in refusals.hours(TENANT, 0)] == [hour, hour + 1]
    assert [one.device[0] for one in refusals.devices(TENANT, 0)] == [1, 0]


def test_a_fleet_is_counted_and_named_up_to_a_bound(store: EndingStore) -> None:
    """However much is refused at once, so much is written down by name."""
    fleet = [bytes([number]) * 16 for number in range(NAMED // REASONS + 1)]
    for device in fleet[len(SOME) :]:
        store.enrol(replace(DEVICE, device=device), b"k" * 32, 1_000)
    many = [
        said(device, f"reason-{number}", 1, NOON)
        for device in fleet
        for number in range(REASONS)
    ]
    store.refusals.add("west", many)
    assert sum(one.count for one in store.refusals.hours(TENANT, 0)) == len(many)
    assert len(store.refusals.devices(TENANT, 0)) == NAMED < len(many)


def test_so_many_reasons_are_told_apart(store: EndingStore) -> None:
    """Of a gate in an hour, and of a device; beyond that it is another one, counted."""
    refusals = store.refusals
    for turn in range(2):
        many = [
            said(ONE, f"reason-{number:03}", 1, NOON + turn)
            for number in range(REASONS + 7)
        ]
        refusals.add("west", many)
    refusals.add("east", [said(OTHER, "reason-999", 1, NOON)])
    told = [(one.reason, one.count) for one in refusals.hours(TENANT, 0)]
    apart = [(f"reason-{number:03}", 2) for number in range(REASONS)]
    assert sorted(told) == sorted([*apart, (ANOTHER, 14), ("reason-999", 1)])
    of_one = refusals.of_device(TENANT, ONE, 0)
    assert sorted((one.reason, one.count) for one in of_one) == [(ANOTHER, 14), *apart]
    assert {one.last for one in of_one} == {NOON + 1}


def test_what_is_kept_is_bounded_whoever_wrote_it(store: EndingStore) -> None:
    """Of hours and of devices the latest stay, however few seconds old the others."""
    refusals, hour = store.refusals, NOON // HOUR_SECONDS
    for number, device in enumerate((*SOME, ONE, OTHER)):
        at = NOON + number * HOUR_SECONDS
        refusals.add(f"gate-{number}", [said(device, "gone", 1, at)])
    too_long = ["w" * NAME_CHARS + "w"]
    if isinstance(store, SqliteStore):  # the other one takes no such text
        too_long.append("w\0" + "w" * 1_000)
    assert isinstance(refusals, KeptRefusals)  # as a gate writes past `add`
    insert = refusals._said("INSERT INTO refusals VALUES (?, ?, ?, ?, ?)")
    for name in too_long:
        for gate, reason in ((name, "gone"), ("west", name)):
            past = (TENANT, hour + 9, gate, reason, 1)
            assert refusals._connections.change(insert, past)
    refusals.forget(0, LATER, 5)
    assert len(refusals.hours(TENANT, 0)) == len(refusals.devices(TENANT, 0)) == 5
    refusals.forget(0, LATER, 2)
    assert [one.hour for one in refusals.hours(TENANT, 0)] == [hour + 3, hour + 4]
    assert [one.device for one in refusals.devices(TENANT, 0)] == [OTHER, ONE]


def test_a_gate_that_fills_the_tables_loses_its_own(store: EndingStore) -> None:
    """However late its rows, what others told stays, unless they told more."""
    refusals, hour = store.refusals, NOON // HOUR_SECONDS
    every = (*SOME, ONE, OTHER)
    for number, device in enumerate(every):
        refusals.add("east", [said(device, "gone", 1, NOON + number)])
        refusals.add("west", [said(device, "revoked", 1, NOON + HOUR_SECONDS)])
    refusals.add("east", [said(ONE, "gone", 1, NOON - HOUR_SECONDS)])
    for number in range(1, 30):
        at = NOON + number * HOUR_SECONDS
        refusals.add("taken", [said(every[number % 5], f"r-{number}", 1, at)])
    refusals.forget(0, LATER, 6)
    assert [(one.hour - hour, one.gate) for one in refusals.hours(TENANT, 0)] == [
        *((-1, "east"), (0, "east"), (1, "west")),
        *((27, "taken"), (28, "taken"), (29, "taken")),
    ]
    of_gates = [one.gate for one in refusals.devices(TENANT, 0)]
    assert of_gates == ["taken", "taken", "west", "west", "east", "east"]


def test_nothing_is_named_of_a_device_that_is_no_more(store: EndingStore) -> None:
    """A gate tells late: what it counted stays a count, and no name returns."""
    late = [said(ONE, "gone", 2, NOON), said(OTHER, "revoked", 1, NOON)]
    store.refusals.add("west", late)
    store.set_state(TENANT, ONE, DeviceState.GONE)
    assert store.end_device(TENANT, ONE, 500) > 0
    store.refusals.add("west", late)
    told = store.refusals.devices(TENANT, 0)
    assert [(one.device, one.count) for one in told] == [(OTHER, 2)]
    counts = {one.reason: one.count for one in store.refusals.hours(TENANT, 0)}
    assert counts == {"gone": 4, "revoked": 2}


def test_what_cannot_be_kept_whole_is_not_kept_at_all(store: EndingStore) -> None:
    """A failure at a name leaves no count behind, so a gate may tell all again."""
    sound, past = said(OTHER, "gone", 1, NOON), said(ONE, "gone", 1, 2**63)
    with pytest.raises((StateError, OverflowError)):
        store.refusals.add("west", [sound, past])
    assert list(store.refusals.hours(TENANT, 0)) == []
    assert list(store.refusals.devices(TENANT, 0)) == []
    store.refusals.add("west", [sound])
    assert [one.count for one in store.refusals.hours(TENANT, 0)] == [1]


def test_a_look_is_bounded_and_has_the_latest(store: EndingStore) -> None:
    """So many rows, of one device where that is asked, and names of a length."""
    refusals, hour = store.refusals, NOON // HOUR_SECONDS
    for turn, device in enumerate([ONE, OTHER] * 3):
        at = NOON + turn * HOUR_SECONDS
        refusals.add("w" * 500, [said(device, f"turn-{turn}" + "x" * 500, 1, at)])
    last = [one.hour - hour for one in refusals.hours(TENANT, 0, 2)]
    assert last == [4, 5]
    assert [one.reason[:6] for one in refusals.devices(TENANT, 0, 2)] == [
        *("turn-5", "turn-4"),
    ]
    told = refusals.of_device(TENANT, ONE, NOON + 1, 9)
    assert [(one.device, one.reason[:6]) for one in told] == [
        *((ONE, "turn-4"), (ONE, "turn-2")),
    ]
    assert [one.reason[:6] for one in refusals.of_device(TENANT, ONE, 0, 1)] == [
        "turn-4"
    ]
    assert refusals.of_device(STRANGERS, ONE, 0) == []
    rows = [*told, *refusals.devices(TENANT, 0), *refusals.hours(TENANT, 0)]
    lengths = {(len(one.gate), len(one.reason)) for one in rows}
    assert lengths == {(NAME_CHARS, NAME_CHARS)}
