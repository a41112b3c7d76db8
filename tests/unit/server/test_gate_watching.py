# SPDX-License-Identifier: Apache-2.0
"""A gate hears devices again as soon as its store is back, whatever its buffer does.

Rules: a real store in a file, which can be away; requests are ASGI messages.
Not here: real servers that are killed (`tests/e2e/test_intake.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from buffer_simulator import SimulatedBuffer
from gate_asgi import Request, gate_of
from installation_fixture import Installation, install
from leaving_store import Leaving
from starlette.types import ASGIApp
from stranger_fixture import enrolled

from server.store.interface import Quotas

PATIENCE_SECONDS = 30.0


@pytest.fixture
def made(tmp_path: Path) -> Installation:
    """Return an installation whose store can be away."""
    found = install(tmp_path)
    return replace(found, store=Leaving(found.layout.store, Quotas(10_000, 0)))


@asynccontextmanager
async def served(made: Installation, *, away: bool) -> AsyncIterator[ASGIApp]:
    """Run a gate with a buffer, which may be away."""
    async with gate_of(made, buffer=SimulatedBuffer(away)) as gate:
        gate.begin()
        yield gate.application()


def store_of(made: Installation) -> Leaving:
    """Return the store that can be away."""
    assert isinstance(made.store, Leaving)
    return made.store


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if await true():
                return
            await asyncio.sleep(0.01)


async def slug(application: ASGIApp, path: str, octets: bytes) -> str:
    """Return why a request is refused."""
    return (await Request().body(octets).to(application, path)).slug


@pytest.mark.parametrize("away", [True, False], ids=["away", "quiet"])
def test_one_failure_is_no_outage(made: Installation, *, away: bool) -> None:
    """The store is looked at at once: no round of the buffer is waited for."""
    device, store = enrolled(made), store_of(made)

    async def play() -> None:
        async with served(made, away=away) as application:

            async def polls() -> bool:
                asked = Request().body(device.poll())
                return (await asked.to(application, "/v1/poll")).status == 200

            await until(polls)
            store.failing = 1
            octets = device.ship([device.gap()])
            assert await slug(application, "/v1/shipments", octets) == "overloaded"
            await until(polls)

    asyncio.run(play())


@pytest.mark.slow
def test_a_store_that_is_back_is_used_without_its_buffer(made: Installation) -> None:
    """Both were away: whoever ships and polls is served once the store is there."""
    device, store = enrolled(made), store_of(made)

    async def play() -> None:
        async with served(made, away=True) as application:
            store.away = True
            octets = device.ship([device.gap()])
            assert await slug(application, "/v1/shipments", octets) == "overloaded"
            assert await slug(application, "/v1/poll", device.poll()) == "overloaded"

            async def was_looked_at() -> bool:
                return store.failed > 1

            await until(was_looked_at)
            store.away = False

            async def ships() -> bool:
                asked = Request().body(device.ship([device.gap()]))
                return (await asked.to(application, "/v1/shipments")).status == 200

            await until(ships)
            polled = await Request().body(device.poll()).to(application, "/v1/poll")
            assert polled.status == 200

    asyncio.run(play())


def test_a_gate_is_not_ready_while_both_are_away(made: Installation) -> None:
    """Though the store was there a moment ago: whoever is sent here is refused."""
    device, store = enrolled(made), store_of(made)

    async def play() -> None:
        async with served(made, away=True) as application:

            async def status() -> int:
                asked = Request(method="GET").body(b"")
                return (await asked.to(application, "/v1/ready")).status

            assert await status() == 200
            store.away = True
            octets = device.ship([device.gap()])
            assert await slug(application, "/v1/shipments", octets) == "overloaded"
            assert await status() == 503

    asyncio.run(play())
