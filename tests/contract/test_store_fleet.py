# SPDX-License-Identifier: Apache-2.0
"""What every store finds and counts among all devices, beside a plain look at each.

Rules: each made-up fleet is a tenant of its own in one store, so that none may be seen
by another; what the store knows came by the ways on which it comes.
Not here: what is asked and told (`tests/unit/server/test_office_fleet.py`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from store_chain import DEVICE, TENANT, chain
from store_room import KINDS, Room, opened, with_device

from server import health
from server.devices import unsent
from server.health import Health
from server.store.chains import ChainEnd, Heard
from server.store.fleet import Order, Wanted
from server.store.interface import NOWHERE, Device, DeviceState, Spot, Store
from server.store.queues import alarms, queue_of
from wire.queue_state import QUEUE_STATE, QUIET, QueueState

NOW = 1_800_000_000
HOUR, DAY = 3_600, 86_400
TENANTS = count(1)
LABELS = ("", "Desk", "desk 2", "STRASSE", "straße", "Ärger", "zebra", "a_b%", "İzmir")
SYSTEMS = ("Linux 6", "linux", "Windows 11 Pro", "", " odd", "- x", "Éclair OS")
SITES = ("", "berlin", "bonn")
TAGS = ((), ("pilot",), ("pilot", "servers"), ("servers-2",))
WORDS = (
    *("desk", "DESK 2", "strasse", "STRAẞE", "i̇zmir", "6", "0.1", "FULL", "_", "%"),
    *("spool-full", "00", "abcdef", "windows pro", "linux 0.3", "x nowhere", "\x00"),
    *("\ud800", "unreadable", "\u00a0desk", "'", "?"),
)
SEEN = (0, NOW - DAY - 1, NOW - DAY, NOW - HOUR, NOW - HOUR + 1, NOW, NOW + HOUR)


@dataclass(frozen=True)
class Made:
    """A device of a made-up fleet: what was said of it, one after another."""

    device: bytes
    label: str
    systems: Sequence[str]
    agent: str
    state: DeviceState
    spot: Spot
    seen: int
    queue: bytes | None


queues = some.one_of(
    some.none(),
    some.just(b"no state"),
    some.builds(
        QueueState,
        waiting=some.sampled_from((0, 1, 7, 2**63 - 1)),
        age=some.sampled_from((0, 5, 90_000)),
        dropped=some.sampled_from((0, 0, 3)),
        gaps=some.sampled_from((0, 0, 1)),
        alarms=some.sampled_from(((), (), ("spool-full",), ("Disk-FULL", "clock"))),
    ).map(QUEUE_STATE.encode),
)
devices = some.builds(
    Made,
    device=some.sampled_from((bytes(16), b"\x00" * 15 + b"\xab", b"\xab\xcd\xef" * 5))
    .map(lambda one: one.ljust(14, b"z")[:14])
    .flatmap(lambda one: some.binary(min_size=2, max_size=2).map(one.__add__)),
    label=some.sampled_from(LABELS),
    systems=some.lists(some.sampled_from(SYSTEMS), min_size=1, max_size=3),
    agent=some.sampled_from(("0.1", "0.3-RC")),
    state=some.sampled_from((DeviceState.ACTIVE, DeviceState.ACTIVE, *DeviceState)),
    spot=some.builds(Spot, some.sampled_from(SITES), some.sampled_from(TAGS)),
    seen=some.sampled_from(SEEN),
    queue=queues,
)
fleets = some.lists(devices, max_size=9, unique_by=lambda one: one.device)
wishes = some.builds(
    Wanted,
    text=some.one_of(some.just(""), some.sampled_from(WORDS)),
    health=some.one_of(some.none(), some.sampled_from(Health)),
    state=some.sampled_from(("", "", "active", "gone", "none")),
    site=some.sampled_from(("", "", "berlin", "rome")),
    tag=some.sampled_from(("", "", "pilot", "servers", "pilot servers", "pil")),
    system=some.sampled_from(("", "", "Linux", "-", "Windows", "linux")),
    silence=some.sampled_from((None, None, 0, HOUR, DAY)),
    among=some.none(),
    order=some.sampled_from(Order),
)


@pytest.fixture(scope="module", params=KINDS)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """Return one store of each kind for all fleets."""
    with opened(request.param, tmp_path_factory.mktemp("fleet")) as made:
        yield made.store


def enrolled(store: Store, made: Sequence[Made]) -> bytes:
    """Put a fleet into the store as it comes about; returns its tenant."""
    tenant = next(TENANTS).to_bytes(16, "big")
    store.add_token(tenant, b"k" * 32, 2_000, len(made) + 1)
    for one in made:
        for system in one.systems:
            device = replace(
                *(DEVICE,), tenant=tenant, device=one.device, system=system, seen=0
            )
            store.enrol(replace(device, agent=one.agent), b"k" * 32, 1_000)
            said = tenant, one.device, one.agent, system, b"i" * 16, 1, 0
            store.heard([Heard(*said, queue=one.queue)], one.seen)
            store.enrol(replace(device, agent="0.2"), b"k" * 32, 1_000)
        store.set_label(tenant, one.device, one.label)
        store.set_state(tenant, one.device, one.state)
    store.place(tenant, {one.device: one.spot for one in made})
    return tenant


def told(device: Device) -> dict[str, object]:
    """Return what is told of a device, by which is judged how it does."""
    queue = queue_of(device.queue) or QUIET
    return {
        "state": device.state.value,
        "seen": device.seen,
        "alarms": alarms(device.queue),
        "dropped": queue.dropped,
        "gaps": queue.gaps,
    }


def does(device: Device) -> Health:
    """Return how a device does."""
    return health.of(told(device), NOW)


def fits(device: Device, wanted: Wanted) -> bool:
    """Tell whether a device is looked for."""
    parts = device.label, device.device.hex(), device.system, device.agent
    words = " ".join((*parts, *alarms(device.queue))).casefold()
    return (
        all(word in words for word in wanted.text.casefold().split())
        and wanted.health in {None, does(device)}
        and wanted.state in {"", device.state.value}
        and wanted.site in {"", device.spot.site}
        and (not wanted.tag or wanted.tag in device.spot.tags)
        and wanted.system in {"", family(device)}
        and (wanted.silence is None or NOW - device.seen >= wanted.silence)
    )


def family(device: Device) -> str:
    """Return the first word of a device's system."""
    return device.system.partition(" ")[0] or "-"


def place(device: Device, order: Order) -> tuple[object, ...]:
    """Return by what a device is sorted."""
    name = not device.label, device.label.casefold(), device.device
    first: dict[Order, tuple[object, ...]] = {
        Order.HEALTH: ([*Health].index(does(device)),),
        Order.NAME: (),
        Order.SEEN: (-device.seen,),
        Order.SILENT: (device.seen,),
        Order.SYSTEM: (device.system,),
    }
    return (*first[order], *name)


@pytest.mark.slow
@given(made=fleets, wanted=wishes, first=some.integers(0, 3), most=some.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_the_same_is_found_as_by_a_look_at_each(
    store: Store, made: Sequence[Made], wanted: Wanted, first: int, most: int
) -> None:
    """Filters, search and order find what a person would who goes through all."""
    tenant = enrolled(store, made)
    every = store.devices(tenant)
    expected = [one for one in every if fits(one, wanted)]
    expected.sort(key=lambda one: place(one, wanted.order))
    fleet = store.fleet
    assert fleet.count(tenant, wanted, NOW) == len(expected)
    assert list(fleet.ids(tenant, wanted, NOW)) == [one.device for one in expected]
    found = list(fleet.found(tenant, wanted, NOW, first, most))
    assert found == expected[first : first + most]
    among = [one.device for one in every[::2]]
    fewer = replace(wanted, among=among)
    assert list(fleet.ids(tenant, fewer, NOW)) == [
        one.device for one in expected if one.device in among
    ]


@pytest.mark.slow
@given(made=fleets)
@settings(max_examples=30, deadline=None)
def test_all_are_counted_as_by_a_look_at_each(
    store: Store, made: Sequence[Made]
) -> None:
    """How many do how, what waits and for how long, and of which kinds they are."""
    tenant = enrolled(store, made)
    every = store.devices(tenant)
    sums = store.fleet.sums(tenant, NOW)
    assert {one.health: one.count for one in sums} == Counter(map(does, every))
    modest = [one for one in every if (queue_of(one.queue) or QUIET).waiting < 2**40]
    if modest == every:  # what nobody can have is not added up
        waiting = unsent(every, NOW)
        assert sum(one.waiting for one in sums) == waiting.envelopes
        assert max((one.age for one in sums), default=0) == waiting.age
    kinds = store.fleet.kinds(tenant)
    expected = {
        (one.state.value, one.spot.site, one.spot.tags, family(one)) for one in every
    }
    assert {(one.state, one.site, one.tags, one.system) for one in kinds} == expected
    assert len(kinds) == len(expected)


def test_a_device_is_behind_until_its_mark(room: Room) -> None:
    """Chains that are further than their marks are counted by their devices."""
    store = with_device(room.store)
    assert store.fleet.behind(TENANT) == 0
    sent = [*chain(2), *chain(1, incarnation=b"j" * 16)]
    store.put(sent, 5)
    assert store.fleet.behind(TENANT) == 1
    assert store.fleet.behind(b"n" * 16) == 0
    for end in store.unmarked():
        assert isinstance(end, ChainEnd)
        store.set_mark(end, b"mark")
    assert store.fleet.behind(TENANT) == 0


def test_a_name_of_no_device_is_no_place(room: Room) -> None:
    """Of a device that there is not, nothing is found by what it said."""
    store = with_device(room.store)
    store.heard([Heard(TENANT, b"x" * 16, "9", "Plan9", b"i" * 16, 1, 0)], NOW)
    assert store.fleet.count(TENANT, Wanted(text="plan9"), NOW) == 0
    assert [one.spot for one in store.fleet.found(TENANT, Wanted(), NOW, 0, 5)] == [
        NOWHERE
    ]
