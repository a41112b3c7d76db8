# SPDX-License-Identifier: Apache-2.0
"""The gate's application under load and failure, spoken to as its server does.

Rules: requests are ASGI messages; a body that does not come is a queue that stays
empty.
Not here: sockets and TLS (`tests/e2e/test_gate.py`).
"""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from gate_asgi import Request, gate_of, running
from installation_fixture import Installation, install
from starlette.types import ASGIApp
from stranger_fixture import Stranger, enrolled

from server.gate.admissions import TICKET_BYTES, Admissions
from server.gate.door import Door, Guest
from server.gate.pace import Pace
from server.gate.shares import Bounds
from server.store.chains import ChainEnd
from server.store.interface import DeviceState


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path_factory.mktemp("collector"))
    yield installation
    installation.store.close()


def test_requests_under_way_are_bounded(made: Installation) -> None:
    """Over the bound a device is told when to come again; room comes back."""
    one, two = enrolled(made), enrolled(made)
    octets = one.ship([one.gap()])

    async def play() -> None:
        async with running(made, bounds=Bounds(requests=1)) as application:
            slow = Request().body(octets[:-1], more=True)
            task = asyncio.create_task(slow.to(application, "/v1/shipments"))
            await slow.hungry.wait()
            refused = await Request().body(two.poll()).to(application, "/v1/poll")
            assert (refused.status, refused.slug) == (503, "overloaded")
            assert int(refused.header("retry-after")) > 0
            slow.body(octets[-1:])
            assert (await task).status == 200
            again = await Request().body(two.poll()).to(application, "/v1/poll")
            assert again.status == 200

    asyncio.run(play())


def test_bytes_under_way_are_bounded(made: Installation) -> None:
    """All bodies together stay below a bound, however many come, stated or not."""
    one, two = enrolled(made), enrolled(made)
    octets, other = one.ship([one.gap()]), two.ship([two.gap()])
    bounds = Bounds(octets=len(octets) + len(other) - 1)

    async def play() -> None:
        async with running(made, bounds=bounds) as application:
            slow = Request().body(octets[:-1], more=True)
            slow.headers["content-length"] = str(len(octets))
            task = asyncio.create_task(slow.to(application, "/v1/shipments"))
            await slow.hungry.wait()
            refused = await Request().body(other).to(application, "/v1/shipments")
            assert refused.slug == "overloaded"
            slow.body(octets[-1:])
            assert (await task).status == 200
            again = await Request().body(other).to(application, "/v1/shipments")
            assert again.status == 200

    asyncio.run(play())


def test_a_stranger_is_read_no_further_than_a_manifest(made: Installation) -> None:
    """Of four megabytes that nobody signed, the gate takes no more than it judges."""
    parts = [bytes([0xA2, 1, 0x59, 0x20, 0]) + bytes(3_000), *[bytes(3_000)] * 1_300]

    async def play() -> None:
        async with running(made) as application:
            stranger = Request()
            for part in parts:
                stranger.body(part, more=True)
            await stranger.to(application, "/v1/shipments")
            assert (stranger.status, stranger.slug) == (400, "malformed")
            assert stranger.header("connection") == "close"
            taken = len(parts) - stranger.arriving.qsize()
            assert taken == 3  # a manifest is at most 8 KiB

    asyncio.run(play())


def test_a_shipment_that_goes_on_is_too_large(made: Installation) -> None:
    """Behind a true manifest no more is read than the largest shipment."""
    device = enrolled(made)
    octets = device.ship([device.gap()])

    async def play() -> None:
        async with running(made) as application:
            endless = Request().body(octets, more=True)
            for _ in range(9):
                endless.body(bytes(1_000_000), more=True)
            await endless.to(application, "/v1/shipments")
            assert (endless.status, endless.slug) == (413, "too-large")
            assert endless.arriving.qsize() == 4

    asyncio.run(play())


def test_a_manifest_is_judged_before_the_rest_comes(made: Installation) -> None:
    """Who may not ship is told so while all envelopes are still to come."""
    device = enrolled(made)
    made.store.set_state(device.tenant, device.device, DeviceState.REVOKED)
    octets = device.ship([device.gap()] * 9)

    async def play() -> None:
        async with running(made) as application:
            revoked = Request().body(octets[:1_000], more=True)
            await revoked.to(application, "/v1/shipments")
            assert revoked.slug == "revoked"

    asyncio.run(play())


@pytest.mark.parametrize("split", [1, 2, 3, 4, 5, 6, 100, 400, 1_000])
def test_a_shipment_may_come_in_any_parts(made: Installation, split: int) -> None:
    """Wherever the network cuts a shipment, it is taken as a whole."""
    device = enrolled(made)
    octets = device.ship([device.gap(), device.gap()])

    async def play() -> None:
        async with running(made) as application:
            parted = Request().body(octets[:split], more=True)
            parted.body(octets[split : 2 * split], more=True).body(octets[2 * split :])
            assert (await parted.to(application, "/v1/shipments")).status == 200

    asyncio.run(play())
    held = made.store.envelopes(device.tenant, device=device.device)
    assert [item.sequence for item in held] == [1, 2]


def test_a_device_that_asks_too_often_is_told_to_wait(made: Installation) -> None:
    """Over its pace a device is refused, and another one is not."""
    greedy, other = enrolled(made), enrolled(made)
    bounds = Bounds(saved=3, rate=0.001)

    async def play() -> None:
        async with running(made, bounds=bounds) as application:
            for status in (200, 200, 200, 429):
                asked = await Request().body(greedy.poll()).to(application, "/v1/poll")
                assert asked.status == status
            assert asked.slug == "over-quota"
            assert int(asked.header("retry-after")) > 0
            heard = await Request().body(other.poll()).to(application, "/v1/poll")
            assert heard.status == 200

    asyncio.run(play())


@pytest.mark.parametrize("path", ["/v1/poll", "/v1/shipments"])
def test_what_is_repeated_ends_nothing_of_its_device(
    made: Installation, path: str
) -> None:
    """A message heard before takes no place of a device, and brings no admission."""
    device, door = enrolled(made), Door(admissions=Admissions(), of_device=1)
    octets = device.poll() if path == "/v1/poll" else device.ship([device.gap()])
    out: list[str] = []

    def come(name: str) -> Guest:
        guest = door.enter(b"here", 0.0)
        assert guest is not None
        guest.put_out = partial(out.append, name)
        guest.ticket = lambda: name.encode().ljust(TICKET_BYTES)
        return guest

    async def play() -> None:
        async with running(made, door=door) as application:
            first, second = come("device"), come("other")
            heard = await Request(guest=first).body(octets).to(application, path)
            assert (heard.status, first.key is None) == (200, False)
            again = await Request(guest=second).body(octets).to(application, path)
            assert (again.slug, second.key, out) == ("replay", None, [])
        assert door.admissions is not None
        assert door.admissions.take(b"device".ljust(TICKET_BYTES)) == first.key

    asyncio.run(play())


def test_what_nobody_vouches_for_is_answered_at_a_pace(made: Installation) -> None:
    """Over its address's pace a stranger waits; a device behind it does not."""
    device = enrolled(made)

    async def play() -> None:
        async with running(made, door=Door(pace=Pace(0.1, 1))) as application:
            assert (await ask(application, "/v1/introduce", b"n" * 16)).status == 200
            late = asyncio.create_task(ask(application, "/v1/introduce", b"n" * 16))
            wrong = asyncio.create_task(ask(application, "/v1/poll", b"junk"))
            lost = asyncio.create_task(ask(application, "/v1/nothing", b""))
            heard = await ask(application, "/v1/poll", device.poll())
            assert heard.status == 200
            assert [late.done(), wrong.done(), lost.done()] == [False] * 3
            for task in (late, wrong, lost):
                task.cancel()

    asyncio.run(play())


def test_what_fails_for_a_stranger_is_answered_at_a_pace(made: Installation) -> None:
    """Whoever finds a way to make the gate fail is told so no faster than others."""
    device = enrolled(made)

    async def play() -> None:
        async with running(made, door=Door(pace=Pace(0.1, 1))) as application:
            first, second = Request(), Request()
            for one in first, second:
                one.arriving.put_nowait({"type": "http.request", "body": "no bytes"})
            assert (await first.to(application, "/v1/poll")).slug == "internal"
            late = asyncio.create_task(second.to(application, "/v1/poll"))
            heard = await ask(application, "/v1/poll", device.poll())
            assert (heard.status, late.done()) == (200, False)
            late.cancel()

    asyncio.run(play())


async def ask(application: ASGIApp, path: str, octets: bytes) -> Request:
    """Send a whole request and wait for its answer."""
    return await Request().body(octets).to(application, path)


def test_a_body_that_does_not_come_is_cut_off(made: Installation) -> None:
    """A request whose body stops is refused after its time."""

    async def play() -> None:
        async with running(made, seconds=0.01) as application:
            slow = await Request().body(b"n", more=True).to(application, "/v1/poll")
            assert (slow.status, slow.slug) == (400, "malformed")

    asyncio.run(play())


def test_a_device_that_goes_away_leaves_nothing(made: Installation) -> None:
    """When the other end disconnects, its bytes and its place are free again."""
    device = enrolled(made)
    octets = device.ship([device.gap()])

    async def play() -> None:
        async with running(made, bounds=Bounds(requests=1)) as application:
            gone = Request().body(octets[:-1], more=True)
            gone.arriving.put_nowait({"type": "http.disconnect"})
            await gone.to(application, "/v1/shipments")
            again = await Request().body(octets).to(application, "/v1/shipments")
            assert again.status == 200

    asyncio.run(play())


def test_a_failure_is_a_problem_and_tells_nothing(
    made: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw is `internal`; the log has its class and no byte of it."""
    device = enrolled(made)
    _damage_mark(made, device)
    poll = device.poll()

    async def play() -> None:
        async with running(made) as application:
            failed = await Request().body(poll).to(application, "/v1/poll")
            assert (failed.status, failed.slug) == (500, "internal")

    asyncio.run(play())
    told = capsys.readouterr().err
    assert "request-failed" in told
    assert "poll" in told
    assert device.device.hex() not in told
    assert "Traceback" not in told


def _damage_mark(made: Installation, device: Stranger) -> None:
    """Leave a mark in the store that is none."""
    gate_side = made.store
    octets = device.gap()
    end = ChainEnd(device.tenant, device.device, device.incarnation, 1, device.previous)
    asyncio.run(_ship(made, device.ship([octets])))
    gate_side.set_mark(end, b"no mark")


async def _ship(made: Installation, octets: bytes) -> None:
    async with running(made) as application:
        shipped = await Request().body(octets).to(application, "/v1/shipments")
        assert shipped.status == 200


def test_a_damaged_store_is_not_a_lost_shipment(tmp_path: Path) -> None:
    """When the store fails before the commit, the device is asked to come again."""
    made = install(tmp_path)
    device = enrolled(made)

    async def play() -> None:
        async with running(made) as application:
            made.store.close()
            failed = await (
                Request()
                .body(device.ship([device.gap()]))
                .to(application, "/v1/shipments")
            )
            assert (failed.status, failed.slug) == (503, "overloaded")

    asyncio.run(play())


async def get(application: ASGIApp, path: str) -> Request:
    """Ask without a body."""
    return await Request(method="GET").body(b"").to(application, path)


def test_a_gate_that_leaves_says_so_and_goes_on(made: Installation) -> None:
    """Who shares devices out is told to ask others; who comes is served, once."""
    device = enrolled(made)

    async def play() -> None:
        async with gate_of(made) as gate:
            application = gate.application()
            assert (await get(application, "/v1/ready")).status == 200
            gate.leave()
            refused = await get(application, "/v1/ready")
            assert (refused.status, refused.slug) == (503, "overloaded")
            assert (await get(application, "/v1/health")).status == 200
            octets = device.ship([device.gap()])
            served = await ask(application, "/v1/shipments", octets)
            assert served.status == 200
            assert served.header("connection") == "close"

    asyncio.run(play())


def test_a_gate_without_its_store_is_not_ready(tmp_path: Path) -> None:
    """It answers that it lives, and that nothing can be stored."""
    made = install(tmp_path)

    async def play() -> None:
        async with running(made) as application:
            made.store.close()
            assert (await get(application, "/v1/ready")).status == 503
            assert (await get(application, "/v1/health")).status == 200

    asyncio.run(play())
