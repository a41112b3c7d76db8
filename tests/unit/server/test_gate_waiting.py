# SPDX-License-Identifier: Apache-2.0
"""Polls that wait: who may, what ends a wait, and that waits cost others nothing.

Rules: requests are ASGI messages; another process's order is one that a second store on
the same file holds.
Not here: what an order is (`tests/unit/wire`), what a store hands out
(`tests/contract/test_store_orders.py`).
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from gate_asgi import Request
from installation_fixture import Installation, install
from starlette.types import ASGIApp
from stranger_fixture import enrolled
from waiting_room import LONG, Waiter, answer_of, looked, order_of, play, remove_nobody

from server.errors import StateError
from server.gate.app import Gate
from server.gate.door import Door
from server.gate.shares import Bounds
from server.gate.waiting import Waiting
from server.reader.duties import sign_marks
from server.store.orders import Call
from server.store.sqlite import open_store
from wire.doing import Doing, OrderState
from wire.limits import REVOCATION_SECONDS

KEY = b"t" * 16, b"d" * 16
OTHER = b"o" * 16, b"d" * 16


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    remove_nobody(installation, int(time.time()))
    yield installation
    installation.store.close()


def test_an_order_of_another_process_ends_a_wait(made: Installation) -> None:
    """The device is handed it once it is written elsewhere, long before its end."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        waiter = Waiter(application, made, device)
        await waiter.waits()
        with closing(open_store(made.layout.store)) as other:
            other.orders.hold(order_of(made, device), 1)
        async with asyncio.timeout(LONG / 5):
            told = await waiter.answer()
        assert told.orders == (b"sealed",)

    play(made, act)


def test_an_order_waits_for_a_fresh_list_of_removals(made: Installation) -> None:
    """Without one the device could not obey, so it is not handed the order yet."""
    device = enrolled(made)
    made.store.orders.hold(order_of(made, device), 1)
    now = int(time.time())

    async def act(_: Gate, application: ASGIApp) -> None:
        for age, orders in ((REVOCATION_SECONDS - 30, ()), (60, (b"sealed",))):
            removed = remove_nobody(made, now - age)
            octets = device.poll(made.bundle)
            request = await Request().body(octets).to(application, "/v1/poll")
            told = answer_of(request)
            assert (told.orders, told.revocations) == (orders, removed)

    play(made, act)


def test_what_is_there_is_told_at_once(made: Installation) -> None:
    """A poll that may wait does not, where there is anything new for its device."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        for octets in (device.waits(b"another bundle", LONG), device.poll(made.bundle)):
            request = await Request().body(octets).to(application, "/v1/poll")
            assert not request.hungry.is_set()
            told = answer_of(request)
        assert told.bundle is None

    play(made, act)


def test_a_withdrawal_ends_a_wait(made: Installation) -> None:
    """Who does an order that was taken back hears of what is revoked."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        made.store.orders.hold(order_of(made, device), 1)
        doing = Doing(device.device, OrderState.RUNNING)
        octets = device.waits(made.bundle, LONG, doing)
        request = Request().body(octets)
        task = asyncio.create_task(request.to(application, "/v1/poll"))
        await request.hungry.wait()
        removed = remove_nobody(made, int(time.time()))
        assert made.store.orders.withdraw(made.tenant, device.device, 2)
        told = answer_of(await task)
        assert (told.orders, told.revocations) == ((), removed)

    play(made, act)


@pytest.mark.slow
def test_a_call_of_which_a_device_was_told_ends_no_wait(made: Installation) -> None:
    """What an ordinary poll brought does not end the next wait with nothing."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        made.store.orders.hold(order_of(made, device), 1)
        octets = device.poll(made.bundle)
        request = await Request().body(octets).to(application, "/v1/poll")
        assert answer_of(request).orders == (b"sealed",)
        doing = Doing(device.device, OrderState.RUNNING)
        octets = device.waits(made.bundle, 1, doing)
        began = time.monotonic()
        request = await Request().body(octets).to(application, "/v1/poll")
        assert answer_of(request).orders == ()
        assert time.monotonic() - began >= 1

    play(made, act)


def test_a_call_between_two_waits_ends_the_next(made: Installation) -> None:
    """An order that is taken back while no poll of its device waits is told at once."""
    device, other = enrolled(made), enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        waiter = Waiter(application, made, other)  # the gate looks for calls meanwhile
        await waiter.waits()
        made.store.orders.hold(order_of(made, device), 1)
        octets = device.poll(made.bundle)
        await Request().body(octets).to(application, "/v1/poll")
        assert made.store.orders.withdraw(made.tenant, device.device, 2)
        await looked(made, waiter)
        doing = Doing(device.device, OrderState.RUNNING)
        removed = remove_nobody(made, int(time.time()))
        octets = device.waits(made.bundle, LONG, doing)
        async with asyncio.timeout(LONG / 5):
            request = await Request().body(octets).to(application, "/v1/poll")
        assert answer_of(request).revocations == removed

    play(made, act)


@pytest.mark.slow
def test_a_wait_ends_in_its_time(made: Installation) -> None:
    """At the end of its seconds a device is answered, though there is nothing."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        octets = device.waits(made.bundle, 1)
        request = await Request().body(octets).to(application, "/v1/poll")
        assert answer_of(request).orders == ()
        assert request.hungry.is_set()

    play(made, act)


@pytest.mark.slow
def test_a_mark_that_was_out_is_told_at_the_end_of_a_wait(made: Installation) -> None:
    """It is signed some time after the receipt; no other poll is needed to get it."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        octets = device.ship([device.gap()])
        await Request().body(octets).to(application, "/v1/shipments")
        request = Request().body(device.waits(made.bundle, 1))
        polled = asyncio.create_task(request.to(application, "/v1/poll"))
        await request.hungry.wait()
        assert sign_marks(made.store, made.roles.store, int(time.time())) == 1
        await polled
        mark = made.store.mark(made.tenant, device.device, device.incarnation)
        assert mark is not None
        assert answer_of(request).mark == mark

    play(made, act)


def test_the_end_of_the_gate_answers_all(made: Installation) -> None:
    """Nobody is cut off, and nobody begins to wait any more."""
    devices = [enrolled(made) for _ in range(3)]

    async def act(gate: Gate, application: ASGIApp) -> None:
        waiters = [Waiter(application, made, device) for device in devices]
        for waiter in waiters:
            await waiter.waits()
        gate.leave()
        for waiter in waiters:
            await waiter.answer()
        late = (
            await Request()
            .body(devices[0].waits(made.bundle, LONG))
            .to(application, "/v1/poll")
        )
        assert answer_of(late).orders == ()

    play(made, act)


def test_a_later_poll_ends_the_one_before(made: Installation) -> None:
    """A device has one wait, so one whose connection broke has not two."""
    device = enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        first = Waiter(application, made, device)
        await first.waits()
        second = Waiter(application, made, device)
        await first.answer()
        await second.waits()
        await second.leave()

    play(made, act)


def test_who_went_away_waits_no_more(made: Installation) -> None:
    """A place is free again as soon as nobody is there to be answered."""
    one, two = enrolled(made), enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        first = Waiter(application, made, one)
        await first.waits()
        await first.leave()
        second = Waiter(application, made, two)
        await second.waits()
        await second.leave()

    play(made, act, door=Door(2, 2))


def test_who_finds_no_place_is_answered_at_once(made: Installation) -> None:
    """Half of the connections may wait; the others are answered and not refused."""
    one, two = enrolled(made), enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        first = Waiter(application, made, one)
        await first.waits()
        second = Waiter(application, made, two)
        await second.answer()
        assert not second.request.hungry.is_set()
        await first.leave()

    play(made, act, door=Door(2, 2))


def test_whoever_waits_holds_no_share(made: Installation) -> None:
    """While one waits, another has the only request that there may be under way."""
    one, two = enrolled(made), enrolled(made)

    async def act(_: Gate, application: ASGIApp) -> None:
        waiter = Waiter(application, made, one)
        await waiter.waits()
        for octets in (two.poll(made.bundle), one.poll(made.bundle)):
            request = await Request().body(octets).to(application, "/v1/poll")
            assert request.status == 200
        await waiter.leave()

    play(made, act, bounds=Bounds(requests=1, device_requests=1))


async def none(_: int) -> Sequence[Call]:
    """Find no call."""
    return ()


def test_a_tenant_beside_others_has_half_of_the_places() -> None:
    """Alone it may have all; beside another one half is kept from it."""

    async def scene() -> None:
        waiting = Waiting(2, none)
        assert waiting.enter(KEY, beside=True)
        assert waiting.enter((KEY[0], b"e" * 16), beside=True) is None
        assert waiting.enter(OTHER, beside=True)
        assert len(waiting) == 2
        waiting.end()
        alone = Waiting(2, none)
        assert alone.enter(KEY, beside=False)
        assert alone.enter((KEY[0], b"e" * 16), beside=False)
        alone.end()

    asyncio.run(scene())


def test_a_store_that_fails_is_looked_at_again() -> None:
    """A look that fails loses no call."""
    looks = iter([StateError("full"), [Call(7, *KEY)]])
    after: list[int] = []

    async def look(last: int) -> Sequence[Call]:
        after.append(last)
        found = next(looks, [])
        if isinstance(found, StateError):
            raise found
        return found

    async def scene() -> None:
        waiting = Waiting(2, look, last=5, seconds=0)
        wait = waiting.enter(KEY, beside=False)
        assert wait is not None
        with wait:
            assert await wait.until(9, asyncio.Event().wait())
        assert after[:2] == [5, 5]
        assert len(waiting) == 0
        waiting.end()

    asyncio.run(scene())


async def turns() -> None:
    """Let everybody go on who can."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_nobody_looks_while_nobody_waits() -> None:
    """A store is left alone until a device waits, and again after it."""
    looks: list[int] = []

    async def look(last: int) -> Sequence[Call]:
        looks.append(last)
        return [Call(len(looks), *KEY)]

    async def scene() -> None:
        waiting = Waiting(2, look, seconds=0)
        for _ in range(2):
            before = len(looks)
            wait = waiting.enter(KEY, beside=False)
            assert wait is not None
            with wait:
                assert await wait.until(9, asyncio.Event().wait())
            assert len(looks) > before
            await turns()
            quiet = len(looks)
            await turns()
            assert len(looks) == quiet

    asyncio.run(scene())
