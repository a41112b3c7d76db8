# SPDX-License-Identifier: Apache-2.0
"""What every store promises of orders, of what devices say of them, and of calls.

Rules: each test gets a store of its own; an order is octets, for a store reads none.
Not here: who may ask (`tests/unit/server/test_orders.py`), what an order is
(`tests/unit/wire`).
"""

from collections.abc import Sequence
from queue import Queue

import pytest
from store_chain import DEVICE, OTHER, TENANT
from store_room import Room, with_device

from server.errors import StateError
from server.store.chains import Heard
from server.store.interface import DeviceState, Store
from server.store.orders import Call, HeldOrder, OrderFate
from server.store.sqlite import SqliteStore
from wire.doing import Doing, OrderState

WHOSE = TENANT, DEVICE.device
FIRST, SECOND = b"1" * 16, b"2" * 16
DAY = 86_400
SOON = 60


@pytest.fixture
def store(room: Room) -> Store:
    """Return a new store that knows one device and its token."""
    return with_device(room.store)


def held(order: bytes = FIRST, expires: int = 1_000) -> HeldOrder:
    """Return an order for the device."""
    return HeldOrder(*WHOSE, order, expires, b"sealed " + order)


def say(store: Store, *doing: Doing, now: int = 50) -> None:
    """Let the device say something with a poll."""
    poll = Heard(*WHOSE, "0.1", "Linux", b"i" * 16, 0, 0, doing=doing)
    store.heard([poll], now)


def states(store: Store) -> Sequence[OrderState | None]:
    """Return the state of each order."""
    fates = store.orders.fates(TENANT)
    return [fate.doing.state if fate.doing else None for fate in fates]


def test_an_order_is_handed_until_its_device_says_a_word(store: Store) -> None:
    """What may have been lost on the way is handed again, and nothing else is."""
    store.orders.hold(held(), 10)
    assert states(store) == [None]
    for _ in range(2):
        assert store.orders.handed(*WHOSE, 20) == [held().octets]
    say(store, Doing(FIRST, OrderState.RECEIVED, "", 0, 0))
    assert store.orders.handed(*WHOSE, 60) == []
    assert states(store) == [OrderState.RECEIVED]


def test_an_order_is_for_its_own_device(store: Store) -> None:
    """Neither another device nor another tenant is handed it, or heard of it."""
    store.orders.hold(held(), 10)
    assert store.orders.handed(TENANT, b"e" * 16, 20) == []
    assert store.orders.handed(OTHER, DEVICE.device, 20) == []
    assert store.orders.fates(OTHER) == []
    assert not store.orders.withdraw(OTHER, FIRST, 20)


def test_orders_are_handed_in_turn(store: Store) -> None:
    """So many as fit an answer come first, the others when those are answered."""
    every = [bytes([number]) * 16 for number in range(6)]
    for moment, order in enumerate(every):
        store.orders.hold(held(order), moment)
    first = [held(order).octets for order in every[:4]]
    assert store.orders.handed(*WHOSE, 20) == first
    say(store, Doing(every[0], OrderState.REFUSED, "not-in-policy"))
    assert store.orders.handed(*WHOSE, 20)[-1] == held(every[4]).octets


def test_what_has_expired_is_not_handed(store: Store) -> None:
    """Up to its last second an order is handed, and not after it."""
    store.orders.hold(held(expires=30), 10)
    assert store.orders.handed(*WHOSE, 30)
    assert not store.orders.handed(*WHOSE, 31)
    assert store.orders.pending(TENANT, 30)
    assert not store.orders.pending(TENANT, 31)


def test_what_is_withdrawn_is_not_handed(store: Store) -> None:
    """It is told with its time; what the device says of it later is heard still."""
    store.orders.hold(held(), 10)
    assert store.orders.withdraw(TENANT, FIRST, 20)
    assert not store.orders.withdraw(TENANT, FIRST, 21)
    assert store.orders.handed(*WHOSE, 30) == []
    say(store, Doing(FIRST, OrderState.RUNNING, "", 1, 3))
    (fate,) = store.orders.fates(TENANT)
    assert (fate.withdrawn, fate.changed) == (20, 50)
    assert states(store) == [OrderState.RUNNING]


def test_what_has_ended_goes_on_no_more(store: Store) -> None:
    """After its last word a device can say no other, and nobody can withdraw it."""
    store.orders.hold(held(), 10)
    say(store, Doing(FIRST, OrderState.DENIED, "nobody-there", 0, 0))
    say(store, Doing(FIRST, OrderState.DONE, "", 1, 1), now=51)
    (fate,) = store.orders.fates(TENANT)
    assert (fate.changed, fate.ended) == (50, True)
    assert states(store) == [OrderState.DENIED]
    assert not store.orders.withdraw(TENANT, FIRST, 60)
    assert not store.orders.pending(TENANT, 60)


def test_each_end_is_written_down_once(store: Store) -> None:
    """What ended or was over is told to whoever writes; what fails is told again."""
    store.orders.hold(held(), 10)
    store.orders.hold(held(SECOND, expires=60), 11)
    store.orders.hold(held(b"3" * 16, expires=70), 12)
    say(store, Doing(FIRST, OrderState.DONE))
    written: list[bytes] = []

    def fail(_: OrderFate) -> None:
        msg = "full"
        raise StateError(msg)

    with pytest.raises(StateError):
        store.orders.note_ends(TENANT, 61, fail)
    for _ in range(2):
        store.orders.note_ends(TENANT, 61, lambda fate: written.append(fate.order))
    assert written == [FIRST, SECOND]


def test_what_was_never_here_is_not_heard(store: Store) -> None:
    """A device makes no order by speaking of one."""
    say(store, Doing(SECOND, OrderState.DONE, "", 1, 1))
    assert store.orders.fates(TENANT) == []


@pytest.mark.parametrize("state", [DeviceState.REVOKED, DeviceState.QUARANTINED])
def test_a_device_that_is_not_heard_is_asked_nothing(
    store: Store, state: DeviceState
) -> None:
    """An order for it is not taken, and neither is one for a device nobody knows."""
    store.set_state(*WHOSE, state)
    assert not store.orders.hold(held(), 10)
    assert not store.orders.hold(HeldOrder(TENANT, b"e" * 16, FIRST, 9, b"x"), 10)
    assert store.orders.last_call() == 0


def test_an_order_and_its_withdrawal_call_its_device(store: Store) -> None:
    """Whoever looks from then on finds each call once, in order."""
    assert store.orders.last_call() == 0
    store.orders.hold(held(), 10)
    store.orders.withdraw(TENANT, FIRST, 20)
    assert store.orders.calls(0) == [Call(1, *WHOSE), Call(2, *WHOSE)]
    assert store.orders.calls(1) == [Call(2, *WHOSE)]
    assert store.orders.last_call() == 2


def test_orders_are_forgotten_a_day_after_their_end(store: Store) -> None:
    """Up to then anybody can look; afterwards numbers of calls still only grow."""
    store.orders.hold(held(), 10)
    (fate,) = store.orders.fates(TENANT)
    assert fate.forgotten == 1_001 + DAY
    assert store.orders.forget(fate.forgotten - 1) == 0
    assert store.orders.forget(fate.forgotten) == 1
    assert store.orders.fates(TENANT) == []
    assert store.orders.calls(0) == []
    store.orders.hold(held(SECOND), 10)
    assert store.orders.calls(1) == [Call(2, *WHOSE)]


def test_the_newest_revocations_are_told(store: Store) -> None:
    """They are of one tenant, and replace those before."""
    assert store.orders.revocations(TENANT) is None
    for octets in (b"first", b"second"):
        store.orders.revoke(TENANT, octets)
    assert store.orders.revocations(TENANT) == b"second"
    assert store.orders.revocations(OTHER) is None


def test_who_listens_is_rung_for_every_call(room: Room) -> None:
    """A store that tells rings at the beginning, and at a call of any other process."""
    store, other = with_device(room.store), room.again()
    rung: Queue[str] = Queue()
    end = store.orders.listen(lambda: rung.put("a call"))
    assert (end is None) is isinstance(store, SqliteStore)
    if end is None:
        return  # it is looked at, each tenth of a second
    assert rung.get(timeout=SOON)
    other.orders.hold(held(), 10)
    assert rung.get(timeout=SOON)
    other.orders.withdraw(TENANT, FIRST, 11)
    assert rung.get(timeout=SOON)
    end()
    assert not other.orders.withdraw(TENANT, FIRST, 12)
    assert rung.empty()
    other.close()
